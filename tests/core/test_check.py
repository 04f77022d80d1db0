"""The second look: a blind re-entry, and a read-back of the pump."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quietdrip.core.check import check, expected, read_back
from quietdrip.core.reasons import Refusal
from tests.core.made import BOUNDS, HOURLY, MOOD_40, PAIN_4H, SITE_BOLUS, asked, card, q
from tests.core.made import given as fields

F1 = card(MOOD_40, asked())
F2 = card(MOOD_40, asked(vial="10 mg/mL", final="10 mg/mL"))
F3 = card(PAIN_4H, asked(given=fields(rate="25 mg/h")))
TYPED = {
    "weight": "70 kg",
    "vial": "50 mg/mL",
    "drug-volume": "0.7 mL",
    "final-volume": "35 mL",
    "total": "35 mg",
    "rate-1": "52.5 mL/h",
}
DRUG = "ketamine"


def differs(typed: dict[str, str], drug: str = DRUG) -> set[str]:
    refusal = check(F1, drug, typed, BOUNDS)
    return {reason.field for reason in refusal.reasons} if refusal else set()


def test_a_re_entry_from_the_labels_and_the_order_agrees() -> None:
    assert differs(TYPED) == set()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("weight", "154 kg"),
        ("vial", "100 mg/mL"),
        ("drug-volume", "7 mL"),
        ("final-volume", "50 mL"),
        ("total", "350 mg"),
        ("rate-1", "5.25 mL/h"),
    ],
)
def test_a_difference_names_its_field_and_never_the_first_value(field: str, text: str) -> None:
    refusal = check(F1, DRUG, {**TYPED, field: text}, BOUNDS)

    assert isinstance(refusal, Refusal)
    assert [reason.field for reason in refusal.reasons] == [field]
    assert not any(value.split(" ")[0] in refusal.says for value in TYPED.values())


def test_two_percent_agrees_and_more_does_not() -> None:
    assert differs({**TYPED, "total": "35.7 mg"}) == set()
    assert differs({**TYPED, "total": "35.71 mg"}) == {"total"}
    assert differs({**TYPED, "total": "34.3 mg"}) == set()
    assert differs({**TYPED, "total": "34.29 mg"}) == {"total"}


@pytest.mark.parametrize("field", TYPED)
def test_a_blank_or_a_unit_of_another_kind_never_agrees(field: str) -> None:
    assert differs({**TYPED, field: ""}) == {field}
    assert differs({name: text for name, text in TYPED.items() if name != field}) == {field}
    assert differs({**TYPED, field: "70 cm"}) == {field}


def test_another_drug_never_agrees() -> None:
    assert differs(TYPED, drug="ketorolac") == {"drug"}
    assert differs(TYPED, drug="esketamine") == {"drug"}


def test_a_step_of_the_order_that_the_card_lacks_is_a_difference() -> None:
    assert differs({**TYPED, "rate-2": "60 mL/h"}) == {"rate-2"}


def test_every_step_and_the_bolus_are_entered_again() -> None:
    climb = fields(start_rate="10 mg/h", increment="10 mg/h", max_rate="40 mg/h")

    assert {f"rate-{n}" for n in (1, 2, 3, 4)} <= set(expected(card(HOURLY, asked(given=climb))))
    assert "bolus" in expected(card(SITE_BOLUS, asked()))


@given(st.sampled_from(sorted(TYPED)), st.integers(1, 5000).filter(lambda n: not 97 < n < 103))
def test_no_wrong_entry_passes(field: str, percent: int) -> None:
    number, unit = TYPED[field].split(" ")
    wrong = f"{float(number) * percent / 100:.3f} {unit}"

    assert differs({**TYPED, field: wrong}) == {field}


def caught(rate: str, volume: str, over: str) -> set[str]:
    refusal = read_back(F2, q(rate), q(volume), q(over), BOUNDS)
    return {reason.id for reason in refusal.reasons} if refusal else set()


def test_a_pump_set_as_the_card_says_agrees() -> None:
    assert caught("5.25 mL/h", "3.5 mL", "40 min") == set()
    assert read_back(F1, q("52.5 mL/h"), q("35 mL"), q("40 min"), BOUNDS) is None
    assert read_back(F3, q("25 mL/h"), q("100 mL"), q("4 h"), BOUNDS) is None


def test_mg_per_h_keyed_as_ml_per_h_is_named() -> None:
    refusal = read_back(F2, q("52.5 mL/h"), q("3.5 mL"), q("40 min"), BOUNDS)

    assert isinstance(refusal, Refusal)
    assert "that number is the card's mg/h, not its mL/h" in refusal.says
    assert {r.id for r in refusal.reasons} == {"rate-differs", "read-back-disagrees"}


def test_every_swap_of_dose_rate_volume_and_time_that_changes_the_dose_is_caught() -> None:
    numbers = {"35": None, "5.25": "mL/h", "3.5": "mL", "40": "min", "52.5": None}
    right = ("5.25", "3.5", "40")

    for rate, volume, over in permutations(numbers, 3):
        found = caught(f"{rate} mL/h", f"{volume} mL", f"{over} min")
        assert bool(found) == ((rate, volume, over) != right), (rate, volume, over)


def test_rate_volume_and_time_must_agree_among_themselves() -> None:
    assert "read-back-disagrees" in caught("5.25 mL/h", "3.5 mL", "30 min")


def test_a_rate_in_another_unit_is_an_error_not_an_answer() -> None:
    with pytest.raises(TypeError, match="is a drug rate, not a pump rate"):
        read_back(F1, q("52.5 mg/h"), q("35 mL"), q("40 min"), BOUNDS)
