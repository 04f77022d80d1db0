"""The grammar of quantities: what is taken, what is refused and in which words."""

from fractions import Fraction

import pytest

from quietdrip.core import units
from quietdrip.core.reasons import Refusal
from quietdrip.core.units import Kind, Quantity, parse, parse_as, plain
from tests.core.made import D, q

TAKEN = [
    ("70 kg", Kind.WEIGHT, "70"),
    ("70kg", Kind.WEIGHT, "70"),
    ("0 mg", Kind.MASS, "0"),
    ("0.5 mg/kg", Kind.DOSE_PER_WEIGHT, "0.5"),
    ("500 mcg/kg", Kind.DOSE_PER_WEIGHT, "0.5"),
    ("500 \u00b5g/kg", Kind.DOSE_PER_WEIGHT, "0.5"),
    ("500 \u03bcg/kg", Kind.DOSE_PER_WEIGHT, "0.5"),
    ("0.07 g", Kind.MASS, "70"),
    ("154.324 lb", Kind.WEIGHT, "70.00018890788"),
    ("25 mg/h", Kind.RATE, "25"),
    ("25 mg/hr", Kind.RATE, "25"),
    ("0.5 mg/min", Kind.RATE, "30"),
    ("16.667 mcg/kg/min", Kind.RATE_PER_WEIGHT, "1.00002"),
    ("0.5 mg/kg/min", Kind.RATE_PER_WEIGHT, "30"),
    ("1 mL/min", Kind.FLOW, "60"),
    ("0.5 L", Kind.VOLUME, "500"),
    ("4 h", Kind.TIME, "240"),
    ("9 d", Kind.TIME, "12960"),
    ("40 minutes", Kind.TIME, "40"),
    ("10 mg/ml", Kind.STRENGTH, "10"),
    ("9999999.999 mg", Kind.MASS, "9999999.999"),
]

REFUSED = [
    ("", "quantity-empty"),
    ("   ", "quantity-empty"),
    ("70", "quantity-no-unit"),
    ("kg", "quantity-no-number"),
    ("0,5 mg/kg", "quantity-comma"),
    ("1,000 mg", "quantity-comma"),
    ("1_0 mg", "quantity-underscore"),
    ("-5 mg", "quantity-sign"),
    ("+5 mg", "quantity-sign"),
    ("\u22125 mg", "quantity-digits-other-script"),
    ("1e2 mg", "quantity-exponent"),
    ("1e400 mg", "quantity-exponent"),
    ("1E2 mg", "quantity-exponent"),
    ("inf mg", "quantity-not-a-number"),
    ("NaN", "quantity-not-a-number"),
    (".5 mg", "quantity-no-leading-zero"),
    ("5. mg", "quantity-bare-point"),
    ("1.5.2 mg", "quantity-two-points"),
    ("05 mg", "quantity-leading-zeros"),
    ("00.5 mg", "quantity-leading-zeros"),
    ("0.5000 mg", "quantity-too-fine"),
    ("12345678 mg", "quantity-too-long"),
    ("\uff17\uff10 kg", "quantity-digits-other-script"),
    ("\u0667\u0660 kg", "quantity-digits-other-script"),
    ("70\u00a0kg", "quantity-space"),
    ("70  kg", "quantity-space"),
    (" 70 kg", "quantity-space"),
    ("70 kg\n", "quantity-space"),
    ("70\tkg", "quantity-space"),
    ("7 0 kg", "quantity-split-number"),
    ("70 kg kg", "quantity-doubled-unit"),
    ("5 mg/kg/kg", "quantity-doubled-unit"),
    ("5 MG", "quantity-unit-case"),
    ("5 Mg", "quantity-unit-case"),
    ("5 ML/h", "quantity-unit-case"),
    ("5 stone", "quantity-unknown-unit"),
    ("5 mg/lb", "quantity-unknown-unit"),
    ("5 %", "quantity-unknown-unit"),
    ("5 mg / kg", "quantity-unknown-unit"),
    ("0x46 kg", "quantity-unknown-unit"),
    ("1/2 mg", "quantity-unknown-unit"),
]


@pytest.mark.parametrize(("text", "kind", "canonical"), TAKEN)
def test_a_quantity_is_taken_exactly_as_typed(text: str, kind: Kind, canonical: str) -> None:
    quantity = q(text)

    assert quantity.kind is kind
    assert quantity.text == text
    assert quantity.canonical == Fraction(canonical)


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_doubtful_quantity_is_refused_in_words_and_never_repaired(text: str, reason: str) -> None:
    refusal = parse(text, "dose")

    assert isinstance(refusal, Refusal)
    assert [r.id for r in refusal.reasons] == [reason]
    assert refusal.reasons[0].field == "dose"
    assert "write" in refusal.says or "check" in refusal.says


def test_a_pound_is_exactly_0_45359237_kg() -> None:
    assert q("1 lb").canonical == Fraction(45359237, 100000000)


def test_a_unit_of_another_kind_is_refused_and_the_right_ones_are_named() -> None:
    refusal = parse_as("70 mg", (Kind.WEIGHT,), "weight")

    assert isinstance(refusal, Refusal)
    assert refusal.says.startswith("'70 mg' is a mass; weight takes kg")


@pytest.mark.parametrize(
    "convert", [units.kg, units.mg, units.ml, units.minutes, units.mg_per_ml, units.ml_per_h]
)
def test_arithmetic_between_unlike_units_raises(convert: object) -> None:
    assert callable(convert)
    with pytest.raises(TypeError, match="is a plasma level, not a"):
        convert(q("100 ng/mL"))


def test_1_mg_per_kg_per_hour_is_16_67_mcg_per_kg_per_minute() -> None:
    assert plain(q("1 mg/kg/h").canonical * 1000 / 60) == "16.666"


@pytest.mark.parametrize(("text", "ends_so"), [("5.0 mg", True), ("0.50 mg", True), ("5 mg", False),
                                               ("10 mg", False), ("0.05 mg", False)])  # fmt: skip
def test_a_trailing_zero_is_seen(text: str, ends_so: bool) -> None:
    assert q(text).trailing_zero is ends_so


def test_people_read_no_trailing_zero_no_exponent_and_always_a_leading_zero() -> None:
    assert [plain(D(text)) for text in ("5.0", "0.50", "1E+2", "100", "0")] == [
        "5", "0.5", "100", "100", "0",
    ]  # fmt: skip
    assert plain(Fraction(2, 3)) == "0.666"


def test_rounding_goes_down_for_the_pump_and_up_only_for_what_is_drawn() -> None:
    assert units.floor_to(Fraction("5.25"), D("0.1")) == D("5.2")
    assert units.floor_to(Fraction("5.2"), D("0.1")) == D("5.2")
    assert units.ceil_to(Fraction("5.21"), Fraction("0.1")) == Fraction("5.3")
    assert units.ceil_to(Fraction("5.2"), Fraction("0.1")) == Fraction("5.2")


def test_every_accepted_spelling_of_a_unit_is_also_the_oracles() -> None:
    from tests.core.oracle_text import PARTS

    theirs = {spelling: name for name, spellings in PARTS.items() for spelling in spellings}

    assert theirs == units._SPELLINGS
    assert isinstance(parse("1 ng/mL"), Quantity)
