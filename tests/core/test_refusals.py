"""Every refusal of the core with an order that gets it, and the nearest one that does not.

The nearest one gives a card, so each pair shows where exactly the line runs.
"""

import ast
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import quietdrip.core
from quietdrip.core.card import Card
from quietdrip.core.prescription import Asked
from quietdrip.core.protocol import Constant, Protocol, Total
from quietdrip.core.reasons import Refusal
from tests.core.made import (
    BOUNDS,
    CAPPED,
    FREE,
    FREE_RATE,
    HARD,
    HOURLY,
    MOOD_40,
    PAIN_4H,
    SHELF,
    SITE_BOLUS,
    THREE_DAYS,
    D,
    answer,
    asked,
    given,
    just,
    limit,
    protocol,
    why_not,
    within,
)

CORE = Path(next(iter(quietdrip.core.__path__)))
TEN = {"vial": "10 mg/mL", "final": "10 mg/mL"}
CLIMB = {"start-rate": "10 mg/h", "increment": "10 mg/h", "max-rate": "40 mg/h"}
ESKETAMINE = replace(MOOD_40, drug="esketamine")
REFERENCE = replace(MOOD_40, activation="reference-only")
TINY = protocol(Constant(rate=just("0.1 mg/h"), over=just("4 h")))
BOUNDED = protocol(Total(dose=within("40 mg", "80 mg"), over=just("4 h")))
BOLUS_1 = protocol(
    Constant(rate=just("0.1 mg/kg/h"), over=just("1 h")), bolus=within("0.1 mg/kg", "2 mg/kg")
)


def climb(**changes: str) -> Mapping[str, str]:
    return {**CLIMB, **given(**changes)}


def dose(text: str, over: str = "40 min") -> Mapping[str, str]:
    return {"dose": text, "over": over}


def slow_climb(every: str) -> Mapping[str, str]:
    return given(start_rate="10 mg/h", increment="0.1 mg/h", every=every)


def twice_typed(**fields: str) -> Asked:
    """An order whose every field was typed a second time."""
    return asked(given=given(**fields), confirmed=given(**fields))


# The reason, the order that gets it, the nearest order that gives a card.
Pair = tuple[str, tuple[Protocol, Asked], tuple[Protocol, Asked]]
PAIRS: list[Pair] = [
    ("reference-only", (REFERENCE, asked()), (MOOD_40, asked())),
    ("drug-mismatch", (ESKETAMINE, asked()), (MOOD_40, asked())),
    ("weight-out-of-range", (MOOD_40, asked("29.9 kg")), (MOOD_40, asked("30 kg"))),
    ("weight-out-of-range", (MOOD_40, asked("200.1 kg")), (MOOD_40, asked("200 kg"))),
    ("weight-changed", (MOOD_40, asked("77.1 kg", last_weight="70 kg")),
     (MOOD_40, asked("77 kg", last_weight="70 kg"))),
    ("weight-changed", (MOOD_40, asked("62.9 kg", last_weight="70 kg")),
     (MOOD_40, asked("62.9 kg", last_weight="70 kg", confirmed={"weight": "62.9 kg"}))),
    ("dosing-weight-not-chosen", (MOOD_40, asked(ideal_weight="60 kg")),
     (MOOD_40, asked(ideal_weight="60 kg", dosing_weight="ideal"))),
    ("dosing-weight-missing", (MOOD_40, asked(dosing_weight="ideal")),
     (MOOD_40, asked(dosing_weight="actual"))),
    ("dosing-weight-unknown", (MOOD_40, asked(dosing_weight="lean")),
     (MOOD_40, asked(dosing_weight="actual"))),
    ("not-stated-dose", (FREE, asked(given={"over": "40 min"})),
     (FREE, asked(given=dose("35 mg")))),
    ("not-stated-over", (FREE, asked(given={"dose": "35 mg"})), (FREE, asked(given=dose("35 mg")))),
    ("not-stated-rate", (PAIN_4H, asked()), (PAIN_4H, asked(given=given(rate="25 mg/h")))),
    ("not-stated-day", (THREE_DAYS, asked()), (THREE_DAYS, asked(given=given(day="1 d")))),
    ("not-stated-start-rate", (HOURLY, asked(given=given(increment="10 mg/h", max_rate="40 mg/h"))),
     (HOURLY, asked(given=climb()))),
    ("not-stated-increment", (PAIN_4H, asked(given=given(start_rate="10 mg/h", every="1 h"))),
     (PAIN_4H, asked(given=given(start_rate="10 mg/h", every="1 h", increment="5 mg/h")))),
    ("not-stated-every", (PAIN_4H, asked(given=given(start_rate="10 mg/h", increment="5 mg/h"))),
     (PAIN_4H, asked(given=given(start_rate="10 mg/h", every="1 h", increment="5 mg/h")))),
    ("not-stated-max-rate", (HOURLY, asked(given=given(start_rate="10 mg/h", increment="5 mg/h"))),
     (HOURLY, asked(given=climb()))),
    ("not-stated-bolus", (BOLUS_1, asked()), (BOLUS_1, asked(given=given(bolus="0.3 mg/kg")))),
    ("field-unknown", (MOOD_40, asked(given=given(bolus="0.3 mg/kg"))), (SITE_BOLUS, asked())),
    ("field-zero", (FREE, asked(given=dose("0 mg"))), (FREE, asked(given=dose("4 mg")))),
    ("outside-protocol", (BOUNDED, asked(given=given(dose="39.9 mg"))),
     (BOUNDED, asked(given=given(dose="40 mg")))),
    ("outside-protocol", (BOUNDED, asked(given=given(dose="80.1 mg"))),
     (BOUNDED, asked(given=given(dose="80 mg")))),
    ("outside-protocol", (MOOD_40, asked(given=given(dose="0.6 mg/kg"))),
     (MOOD_40, asked(given=given(dose="0.5 mg/kg")))),
    ("outside-protocol", (CAPPED, asked(given=given(rate="0.351 mg/kg/h"))),
     (CAPPED, asked(given=given(rate="0.35 mg/kg/h")))),
    ("outside-protocol", (CAPPED, asked(given=given(rate="24.6 mg/h"))),
     (CAPPED, asked(given=given(rate="24.5 mg/h")))),  # 0.35 x 70
    ("time-too-long", (FREE_RATE, asked(given=given(rate="10 mg/h", over="100.001 d"))),
     (FREE_RATE, asked(given=given(rate="10 mg/h", over="100 d")))),
    ("too-many-steps", (PAIN_4H, asked(given=slow_climb("2.3 min"))),
     (PAIN_4H, asked(given=slow_climb("2.4 min")))),  # 240 / 2.4 = 100 steps
    ("too-many-syringes",
     (FREE_RATE, asked(given=given(rate="21 mg/h", over="100 d"), syringe="50 mL")),
     (FREE_RATE, asked(given=given(rate="20 mg/h", over="100 d"), syringe="50 mL"))),
    ("rate-and-steps", (PAIN_4H, asked(given=given(rate="25 mg/h", start_rate="10 mg/h",
     increment="5 mg/h", every="1 h"))), (PAIN_4H, asked(given=given(rate="25 mg/h")))),
    ("start-above-ceiling", (HOURLY, asked(given=climb(start_rate="40.1 mg/h"))),
     (HOURLY, asked(given=climb(start_rate="40 mg/h")))),
    ("day-unknown", (THREE_DAYS, asked(given=given(day="4 d"))),
     (THREE_DAYS, asked(given=given(day="3 d")))),
    ("day-unknown", (THREE_DAYS, asked(given=given(day="1.5 d"))),
     (THREE_DAYS, asked(given=given(day="48 h")))),
    ("far-from-expected", (FREE, asked(given=dose("3.5 mg"))), (FREE, asked(given=dose("3.6 mg")))),
    ("far-from-expected", (FREE, asked(given=dose("140 mg", "6 h"))),
     (FREE, asked(given=dose("139.9 mg", "6 h")))),
    ("far-from-expected", (FREE, asked(given=dose("3.4 mg"))),
     (FREE, asked(given=dose("3.4 mg"), confirmed=given(dose="3.4 mg")))),
    ("hard-bolus", (BOLUS_1, asked(given=given(bolus="1 mg/kg"))),
     (BOLUS_1, asked(given=given(bolus="0.99 mg/kg")))),
    ("hard-rate", (FREE_RATE, twice_typed(rate="4.8 mg/kg/h", over="10 min")),
     (FREE_RATE, twice_typed(rate="4.79 mg/kg/h", over="10 min"))),
    ("confirmation-differs", (FREE, asked(given=dose("3.4 mg"), confirmed=given(dose="3.5 mg"))),
     (FREE, asked(given=dose("3.4 mg"), confirmed=given(dose="3.4 mg")))),
    ("dosing-weight-above-actual",
     (MOOD_40, asked("70 kg", ideal_weight="70.1 kg", dosing_weight="ideal")),
     (MOOD_40, asked("70 kg", ideal_weight="70 kg", dosing_weight="ideal"))),
    ("vial-unknown", (MOOD_40, asked(vial="20 mg/mL")), (MOOD_40, asked(vial="ketamine-50"))),
    ("final-not-signed", (MOOD_40, asked(final="4.8 mg/mL")), (MOOD_40, asked(final="5 mg/mL"))),
    ("final-above-vial", (MOOD_40, asked(vial="5 mg/mL", final="10 mg/mL")),
     (MOOD_40, asked(vial="5 mg/mL", final="5 mg/mL"))),
    ("vial-not-to-be-diluted", (MOOD_40, asked(vial="10 mg/mL", final="5 mg/mL")),
     (MOOD_40, asked(**TEN))),
    ("undiluted-strong-vial", (MOOD_40, asked(vial="100 mg/mL", final="100 mg/mL")),
     (MOOD_40, asked(vial="100 mg/mL", final="50 mg/mL"))),
    ("syringe-unknown", (MOOD_40, asked(syringe="40 mL")), (MOOD_40, asked(syringe="50 mL"))),
    ("syringe-too-small", (MOOD_40, asked(vial="100 mg/mL", syringe="5 mL")),
     (MOOD_40, asked(vial="100 mg/mL", syringe="10 mL"))),  # 0.1 mL of it makes 10 mL
    ("pump-unknown", (MOOD_40, asked(pump="coarse")), (MOOD_40, asked(pump="whole"))),
    ("diluent-unknown", (MOOD_40, asked(diluent="milk")), (MOOD_40, asked(diluent="saline"))),
    ("pump-too-slow", (MOOD_40, asked(pump="slow")), (MOOD_40, asked("69.8 kg", pump="slow"))),
    ("pump-too-fast", (TINY, asked(pump="tenths", final="2 mg/mL")), (TINY, asked(pump="tenths"))),
    ("rounding-too-coarse", (MOOD_40, asked(**TEN, pump="whole")),
     (MOOD_40, asked(**TEN, pump="tenths"))),
    ("start-not-a-time", (MOOD_40, asked(start="9:00")), (MOOD_40, asked(start="09:00"))),
    ("start-not-a-time", (MOOD_40, asked(start="24:00")), (MOOD_40, asked(start="23:59"))),
    ("quantity-wrong-unit", (MOOD_40, asked("70 mg")), (MOOD_40, asked("70 kg"))),
]  # fmt: skip
WIDER = replace(
    SHELF,
    vials=(*SHELF.vials, replace(SHELF.vials[1], id="ketamine-5", strength_mg_per_ml=D(5))),
    strengths=(*SHELF.strengths, replace(SHELF.strengths[0], mg_per_ml=D(50)),
               replace(SHELF.strengths[0], mg_per_ml=D(100))),
    pumps=(*SHELF.pumps, replace(SHELF.pumps[0], id="slow", fastest_ml_per_h=D("52.4"))),
)  # fmt: skip


@pytest.mark.parametrize(("reason", "crosses", "stays"), PAIRS)
def test_each_refusal_comes_at_its_line_and_not_before(
    reason: str, crosses: tuple[Protocol, Asked], stays: tuple[Protocol, Asked]
) -> None:
    refused = why_not(*crosses, shelf=WIDER)

    assert set(refused) == {reason}
    assert refused[reason].endswith(".")
    assert isinstance(answer(*stays, shelf=WIDER), Card), answer(*stays, shelf=WIDER)


def test_every_reason_the_core_can_give_has_its_pair_here_or_in_a_test_of_its_own_module() -> None:
    elsewhere = {
        "differs", "rate-differs", "read-back-disagrees", "limit-loosened",
        # these are said beside a card
        "trailing-zero", "rate-cap", "weight-in-pounds", "rounding", "beyond-use-not-stated",
        "syringe-holds-more",
    }  # fmt: skip
    given_here = {reason for reason, _, _ in PAIRS}

    assert {id for id in refusal_ids() if not id.startswith(("quantity-", "not-stated"))} <= (
        given_here | elsewhere
    )


def refusal_ids() -> set[str]:
    """The first text of each call of `refuse` and the id of each `Reason` in the core."""
    found: set[str] = set()
    for file in CORE.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("refuse", "_doubt") and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
            if node.func.id == "Reason":
                found |= {
                    str(k.value.value)
                    for k in node.keywords
                    if k.arg == "id" and isinstance(k.value, ast.Constant)
                }
    return found


def test_a_refusal_says_everything_that_is_wrong_at_once() -> None:
    wrong = asked(
        "70", vial="20 mg/mL", final="3 mg/mL", pump="none", given=given(dose="0,5 mg/kg")
    )
    refusal = answer(MOOD_40, wrong)

    assert isinstance(refusal, Refusal)
    assert {r.field for r in refusal.reasons} == {"weight", "vial", "final", "pump", "dose"}


def test_a_hard_limit_has_no_way_through_by_typing_twice() -> None:
    twice = given(rate="4.8 mg/kg/h", over="10 min")

    assert set(why_not(FREE_RATE, asked(given=twice, confirmed=twice))) == {"hard-rate"}


def test_a_soft_limit_warns_and_says_what_it_needs() -> None:
    made = answer(PAIN_4H, asked("45 kg", given=given(rate="50 mg/h")))
    assert isinstance(made, Card)
    warning = next(reason for reason in made.warnings if reason.id == "soft-rate")

    assert warning.kind == "warning"
    assert warning.needs == "a reason and a second clinician"
    assert "1.111 mg/kg/h" in warning.says


def test_a_second_typing_must_be_the_same_number_in_the_same_unit() -> None:
    far = dose("3.4 mg")

    for again in ("3.5 mg", "3400 mcg"):
        assert set(why_not(FREE, asked(given=far, confirmed=given(dose=again)))) == {
            "confirmation-differs"
        }
    assert isinstance(answer(FREE, asked(given=far, confirmed=given(dose="3.40 mg"))), Card)


def test_pounds_typed_as_kilograms_are_named_where_the_last_weight_is_known() -> None:
    doubt = why_not(MOOD_40, asked("154 kg", last_weight="70 kg"))["weight-changed"]
    other = why_not(MOOD_40, asked("31.8 kg", last_weight="70 kg"))["weight-changed"]

    assert "looks like pounds" in doubt
    assert "looks like kilograms" in other


def test_a_last_weight_that_is_none_is_refused_and_does_not_switch_the_check_off() -> None:
    refused = why_not(MOOD_40, asked("154 kg", last_weight="0 kg"))

    assert "weight-out-of-range" in refused


def test_a_slip_of_ten_or_a_thousand_is_named() -> None:
    assert (
        "ten times too much"
        in why_not(FREE, asked(given=dose("5 mg/kg", "5 h")))["far-from-expected"]
    )
    assert "mg typed as mcg" in why_not(FREE, asked(given=dose("100 mcg")))["far-from-expected"]


def test_each_limit_counts_the_lower_of_dosing_and_actual_weight() -> None:
    light = asked("60 kg", ideal_weight="45 kg", dosing_weight="ideal", given=given(rate="50 mg/h"))
    made = answer(PAIN_4H, light)

    assert isinstance(made, Card)
    assert "soft-rate" in {reason.id for reason in made.warnings}  # 50 / 45, not 50 / 60


def test_a_day_counts_24_hours_wherever_they_lie() -> None:
    strict = replace(BOUNDS, limits=(limit("day", "day_mg", "600", **HARD),))
    two_days = given(rate="25 mg/h", over="2 d")
    slower = given(rate="24.9 mg/h", over="2 d")

    assert set(why_not(FREE_RATE, asked(given=two_days), bounds=strict)) == {"day"}  # 25 x 24
    assert isinstance(answer(FREE_RATE, asked(given=slower), bounds=strict), Card)


def test_a_climb_is_held_against_the_day_it_is_highest_in() -> None:
    strict = replace(BOUNDS, limits=(limit("day", "day_mg", "961", **HARD),))
    over = protocol(
        replace(HOURLY.infusion, every=just("1 d"), over=just("3 d"))  # type: ignore[type-var]
    )
    order = asked(given=climb(start_rate="20 mg/h", max_rate="40 mg/h"))

    assert isinstance(answer(over, order, bounds=strict), Card)  # 40 x 24 = 960 on the third day
    tighter = replace(BOUNDS, limits=(limit("day", "day_mg", "960", **HARD),))
    assert set(why_not(over, order, bounds=tighter)) == {"day"}
