"""What is due when, and that every number of a card says how it came about."""

from dataclasses import replace
from typing import Any

from quietdrip.core.protocol import Monitoring, Observations, Premedication, Protocol, Recovery
from tests.core.made import HOURLY, MOOD_40, PAIN_4H, SITE_BOLUS, D, asked, card, given

EVERY_15 = Observations(what=("pressure",), every_min=15, source=("made",))
AFTER_CHANGE = Observations(what=("sedation",), at_min=(5, 15), after="each-rate-change")
AT_END = Observations(what=("pulse",), every_min=10, after="end")


def watched(
    protocol: Protocol, *observations: Observations, before: tuple[str, ...] = ()
) -> Protocol:
    profile = Monitoring(id="made", title="made", before=before, observations=observations)
    return replace(protocol, monitoring=profile)


def at(protocol: Protocol, kind: str, **texts: Any) -> list[object]:
    made = card(protocol, asked(**texts))
    return [due.at_min for due in made.due if due.kind == kind]


def test_observations_every_15_minutes_fall_at_15_and_30_of_40() -> None:
    assert at(watched(MOOD_40, EVERY_15), "observe") == [D(15), D(30)]


def test_observations_start_and_stop_where_the_profile_says() -> None:
    later = replace(EVERY_15, from_min=60, until_min=120)

    found = at(watched(PAIN_4H, later), "observe", given=given(rate="25 mg/h"))
    assert found == [D(75), D(90), D(105), D(120)]


def test_observations_after_a_rate_change_follow_each_step() -> None:
    climb = given(start_rate="10 mg/h", increment="10 mg/h", max_rate="40 mg/h")

    found = at(watched(HOURLY, AFTER_CHANGE), "observe", given=climb)
    assert found == [D(5), D(15), D(65), D(75), D(125), D(135), D(185), D(195)]


def test_what_is_checked_before_has_no_time_and_comes_first() -> None:
    made = card(watched(MOOD_40, before=("fasting",)), asked())

    assert made.due[0].at_min is None
    assert "fasting" in {due.what for due in made.due if due.kind == "before"}.pop()


def test_after_the_end_one_line_says_the_rhythm() -> None:
    made = card(watched(MOOD_40, AT_END), asked())

    assert [due.at_min for due in made.due if due.kind == "recovery"] == [D(40)]


def test_ready_is_the_end_and_the_shortest_stay_and_never_the_clock_alone() -> None:
    half_hour = replace(MOOD_40, recovery=Recovery(minimum_min=30, source=("made",)))
    made = card(half_hour, asked())
    ready = next(due for due in made.due if due.kind == "ready")

    assert made.ready_min == ready.at_min == D(70)
    assert "and every criterion met" in ready.what


def test_a_stay_the_source_does_not_state_stays_not_stated() -> None:
    made = card(MOOD_40, asked())

    assert made.ready_min is None
    assert [due.what for due in made.due if due.kind == "ready"] == [
        "Shortest recovery: not stated"
    ]


def test_premedication_is_named_with_what_is_not_stated_about_it() -> None:
    sedated = replace(
        MOOD_40, premedication=(Premedication(drug="midazolam", need="optional", timing="before"),)
    )
    silent = replace(MOOD_40, premedication_stated=False)

    assert card(sedated, asked()).due[0].what == "midazolam (optional), dose not stated, before"
    assert card(silent, asked()).due[0].what == "Premedication: not stated"


def test_a_step_up_is_a_decision_of_a_person_with_the_condition_of_the_source() -> None:
    climb = given(start_rate="10 mg/h", increment="10 mg/h", max_rate="40 mg/h")
    made = card(HOURLY, asked(given=climb))
    step = next(due for due in made.due if due.kind == "step-up")

    assert step.what == "Decide: 10 to 20 mL/h (20 mg/h)"
    assert step.condition.endswith("condition of the protocol: not stated")


def test_every_number_a_nurse_acts_on_has_its_formula() -> None:
    ids = {formula.id for formula in card(SITE_BOLUS, asked()).formulas}

    assert {"dosing-weight", "bolus", "total-mg", "total-ml", "rate-1", "pump-rate-1", "rounding",
            "drug-ml", "diluent-ml", "residual"} <= ids  # fmt: skip


def test_a_formula_can_be_followed_with_a_pencil() -> None:
    says = {
        f.id: f.with_numbers
        for f in card(MOOD_40, asked(vial="10 mg/mL", final="10 mg/mL")).formulas
    }

    assert says["dose"] == "0.5 mg/kg x 70 kg = 35 mg"
    assert says["total-ml"] == "35 mg / 10 mg/mL = 3.5 mL"
    assert says["rate-1"] == "35 mg x 60 / 40 min = 52.5 mg/h; / 70 kg = 0.75 mg/kg/h"
    assert says["pump-rate-1"].startswith("52.5 mg/h / 10 mg/mL -> 5.25 mL/h")
