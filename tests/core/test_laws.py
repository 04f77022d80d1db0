"""What holds for every card, whatever was ordered."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quietdrip.core.card import Card
from quietdrip.core.limits import Limit
from quietdrip.core.prescription import Asked
from quietdrip.core.protocol import Protocol, fields
from quietdrip.core.reasons import Refusal
from quietdrip.core.units import Quantity, parse, plain
from tests.core.made import (
    BOUNDS,
    CAPPED,
    FREE,
    FREE_RATE,
    HOURLY,
    MOOD_40,
    PAIN_4H,
    SHELF,
    SITE_BOLUS,
    THREE_DAYS,
    D,
    answer,
)

Order = tuple[Protocol, Asked]
PROTOCOLS = (MOOD_40, PAIN_4H, CAPPED, HOURLY, THREE_DAYS, FREE, FREE_RATE, SITE_BOLUS)


def number(low: str, high: str, step: str) -> st.SearchStrategy[str]:
    """Texts of numbers from low to high."""
    grain = D(step)
    return st.integers(int(D(low) / grain), int(D(high) / grain)).map(lambda n: plain(n * grain))


def typed(low: str, high: str, step: str, unit: str) -> st.SearchStrategy[str]:
    return number(low, high, step).map(lambda text: f"{text} {unit}")


RATES = typed("1", "60", "0.1", "mg/h") | typed("0.02", "1.2", "0.01", "mg/kg/h")
FIELDS: Mapping[str, st.SearchStrategy[str]] = {
    "dose": typed("5", "250", "0.5", "mg") | typed("0.05", "1.2", "0.01", "mg/kg"),
    "bolus": st.just("0.3 mg/kg"),
    "rate": RATES,
    "start-rate": RATES,
    "increment": RATES,
    "every": typed("15", "240", "5", "min"),
    "max-rate": RATES,
    "over": typed("10", "720", "1", "min"),
    "day": typed("1", "3", "1", "d"),
}
WEIGHT = typed("30", "200", "0.1", "kg")
MIXES = st.sampled_from(
    [("10 mg/mL", "10 mg/mL")]
    + [(vial, f"{f} mg/mL") for vial in ("50 mg/mL", "100 mg/mL") for f in (1, 2, 5, 10)]
)


@st.composite
def orders(draw: st.DrawFn, protocols: tuple[Protocol, ...] = PROTOCOLS) -> Order:
    """A protocol and a full order for it; every value typed twice, so nothing is asked back."""
    protocol = draw(st.sampled_from(protocols))
    climb = draw(st.booleans())
    names = [f.name for f in fields(protocol) if f.stated.fixed is None]
    if protocol is PAIN_4H:
        names = ["start-rate", "increment", "every"] if climb else ["rate"]
    given = {name: draw(FIELDS[name]) for name in names}
    vial, final = draw(MIXES)
    asked = Asked(
        weight=draw(WEIGHT),
        vial=vial,
        final=final,
        pump=draw(st.sampled_from(["fine", "tenths", "whole", "banded"])),
        syringe=draw(st.sampled_from(["", "20 mL", "50 mL"])),
        given=given,
        confirmed=given,
    )
    return protocol, asked


def card_of(order: Order) -> Card:
    """The card of an order that gives one."""
    made = answer(*order)
    assume(isinstance(made, Card))
    assert isinstance(made, Card)
    return made


@given(orders())
def test_delivered_never_exceeds_ordered(order: Order) -> None:
    card = card_of(order)

    assert card.delivered.total_mg <= card.total_mg
    assert card.delivered.short_mg >= 0
    for step in card.steps:
        assert step.rate_ml_per_h * card.concentration_mg_per_ml <= step.rate_mg_per_h
        assert step.delivers_mg <= step.rate_mg_per_h * step.for_min / 60 + D("1e-7")


@given(orders())
def test_delivered_and_left_over_sum_to_prepared_and_prepared_and_waste_to_the_vials(
    order: Order,
) -> None:
    card = card_of(order)
    recipe = card.draw_up

    assert card.delivered.total_mg + recipe.residual_mg == recipe.drug_mg
    assert recipe.drug_mg + recipe.waste_mg == recipe.vials * recipe.vial.content_mg
    assert recipe.residual_mg >= 0
    assert 0 <= recipe.waste_mg < recipe.vial.content_mg


@given(orders())
def test_ordered_is_delivered_and_what_rounding_takes(order: Order) -> None:
    card = card_of(order)

    apart_mg = card.total_mg - card.delivered.total_mg - card.delivered.short_mg
    assert 0 <= apart_mg < D("0.001")  # shown to three decimals, cut
    assert card.delivered.short_percent <= BOUNDS.rounding_at_most_percent


@given(orders())
def test_the_drug_drawn_up_is_the_drug_in_the_syringe(order: Order) -> None:
    recipe = card_of(order).draw_up

    assert (
        recipe.drug_ml * recipe.vial.strength_mg_per_ml
        == recipe.final_volume_ml * recipe.strength.mg_per_ml
        == recipe.drug_mg
    )
    assert recipe.drug_ml + recipe.diluent_ml == recipe.final_volume_ml
    for filling in recipe.fillings:
        assert filling.drug_ml * recipe.vial.strength_mg_per_ml == filling.drug_mg
        assert filling.drug_ml % SHELF.draw_step_ml == 0
        assert filling.volume_ml <= recipe.syringe.volume_ml


@given(orders())
def test_the_syringes_follow_one_another_without_a_gap_and_cover_the_infusion(order: Order) -> None:
    card = card_of(order)
    fillings = card.draw_up.fillings

    assert fillings[0].from_min == 0
    assert fillings[-1].until_min == card.over_min
    assert all(a.until_min == b.from_min for a, b in pairwise(fillings))
    assert all(a.from_min <= a.until_min for a in fillings)
    assert (
        sum(f.volume_ml for f in fillings)
        == card.draw_up.final_volume_ml
        >= card.delivered.total_ml
    )


@given(orders())
def test_the_steps_follow_one_another_and_cover_the_infusion(order: Order) -> None:
    card = card_of(order)

    assert card.steps[0].start_min == 0
    assert all(a.start_min + a.for_min == b.start_min for a, b in pairwise(card.steps))
    assert card.steps[-1].start_min + card.steps[-1].for_min == card.over_min
    assert all(a.rate_mg_per_h < b.rate_mg_per_h for a, b in pairwise(card.steps))


@given(orders())
def test_the_timeline_is_in_order_and_nothing_but_recovery_is_due_after_the_end(
    order: Order,
) -> None:
    card = card_of(order)
    timed = [due.at_min for due in card.due if due.at_min is not None]

    assert timed == sorted(timed)
    assert timed[0] == 0
    assert all(
        due.at_min is None or due.at_min <= card.over_min or due.kind in ("recovery", "ready")
        for due in card.due
    )


@given(orders((MOOD_40, SITE_BOLUS, THREE_DAYS)), st.integers(2, 5))
def test_an_order_for_body_weight_grows_with_it(order: Order, times: int) -> None:
    protocol, asked = order
    light, heavy = (
        replace(asked, weight="30.4 kg"),
        replace(asked, weight=f"{plain(D('30.4') * times)} kg"),
    )
    light_card, heavy_card = card_of((protocol, light)), card_of((protocol, heavy))

    assert heavy_card.total_mg == light_card.total_mg * times
    for a, b in zip(light_card.steps, heavy_card.steps, strict=True):
        assert b.rate_mg_per_h == a.rate_mg_per_h * times
        assert b.rate_mg_per_kg_h == a.rate_mg_per_kg_h


@given(orders(), number("0", "60", "0.1"))
def test_a_heavier_weight_never_lowers_a_dose(order: Order, more_kg: str) -> None:
    protocol, asked = order
    heavier_kg = D(asked.weight.removesuffix(" kg")) + D(more_kg)
    light, heavy = (
        card_of(order),
        card_of((protocol, replace(asked, weight=f"{plain(heavier_kg)} kg"))),
    )

    assert heavy.total_mg >= light.total_mg
    assert max(s.rate_mg_per_h for s in heavy.steps) >= max(s.rate_mg_per_h for s in light.steps)


@given(orders())
def test_the_order_in_which_fields_are_given_does_not_matter(order: Order) -> None:
    protocol, asked = order
    backwards = replace(asked, given=dict(reversed(list(asked.given.items()))))

    assert answer(protocol, backwards) == answer(protocol, asked)


@given(orders())
def test_the_same_order_gives_the_same_answer(order: Order) -> None:
    assert answer(*order) == answer(*order)


@given(orders(), st.sampled_from(range(len(BOUNDS.limits))), st.integers(1, 99))
def test_tightening_a_limit_never_makes_a_card_of_a_refusal(
    order: Order, which: int, percent: int
) -> None:
    loose = BOUNDS.limits[which]
    tight: Limit = replace(loose, limit=loose.limit * percent / 100, hard=True, reaching=True)
    limits = tuple(tight if limit is loose else limit for limit in BOUNDS.limits)
    before, after = answer(*order), answer(*order, bounds=replace(BOUNDS, limits=limits))

    if isinstance(before, Refusal):
        assert isinstance(after, Refusal)
    elif isinstance(after, Card):
        assert after.steps == before.steps


@given(orders())
def test_a_warning_is_never_lost_where_a_limit_is_passed(order: Order) -> None:
    card = card_of(order)
    peak_mg_per_kg_h = max(Fraction(s.rate_mg_per_h) for s in card.steps) / Fraction(card.weight_kg)
    said = {reason.id for reason in card.warnings}

    assert ("soft-rate" in said) == (peak_mg_per_kg_h > 1)
    assert peak_mg_per_kg_h < Fraction("4.8")


NUMBERS = st.from_regex(r"\A(0|[1-9][0-9]{0,6})(\.[0-9]{1,3})?\Z")
SPELLED = st.sampled_from(
    ["mg", "mcg", "\u00b5g", "g", "kg", "lb", "mL", "ml", "mg/mL", "mg/kg", "mcg/kg/min", "mg/kg/h",
     "mL/h", "ml/hr", "min", "minutes", "h", "hours", "d", "cm", "ng/mL"]
)  # fmt: skip


@given(NUMBERS, st.sampled_from(["", " "]), SPELLED)
def test_every_accepted_text_prints_back_to_the_same_value(
    digits: str, space: str, unit: str
) -> None:
    quantity = parse(f"{digits}{space}{unit}")
    assert isinstance(quantity, Quantity)
    again = parse(f"{plain(quantity.value)} {quantity.unit.name}")

    assert isinstance(again, Quantity)
    assert (again.value, again.unit) == (quantity.value, quantity.unit)
    assert quantity.value == D(digits)


ALPHABET = "0123456789. /abcdefghijklmnopqrstuvwxyzL\u00b5\u03bc"


@given(NUMBERS, SPELLED, st.characters(exclude_characters=ALPHABET), st.integers(0, 30))
def test_a_text_with_a_character_outside_the_alphabet_is_refused(
    digits: str, unit: str, stranger: str, place: int
) -> None:
    text = f"{digits} {unit}"
    place %= len(text) + 1

    assert isinstance(parse(text[:place] + stranger + text[place:]), Refusal)


@settings(max_examples=300)
@given(st.text(max_size=20) | st.text(ALPHABET + ",_-+eE\u00a0\u0661", max_size=14))
def test_any_text_is_a_quantity_by_both_readings_or_by_neither(text: str) -> None:
    from tests.core.oracle_text import read

    ours, theirs = parse(text), read(text)

    if isinstance(ours, Refusal):
        assert theirs is None
        assert ours.says
    else:
        assert theirs is not None
        assert ours.canonical == theirs.size
