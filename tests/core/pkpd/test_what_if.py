"""A change of mind changes what is given from its minute on, and nothing before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quietdrip.core.pkpd.what_if import (
    Change,
    Doses,
    NewRate,
    Pause,
    Push,
    StopNow,
    changed,
    running_mg_per_min,
)
from quietdrip.core.reasons import Refusal
from tests.core.pkpd.made import DRUG
from tests.core.pkpd.read_model import hourly

PLANNED = hourly(DRUG, 60, 120, bolus_mg=10, at_min=90)  # 1 mg/min, then 2 mg/min


def after(change: Change) -> Doses:
    found = changed(PLANNED, change)
    assert isinstance(found, Doses), found
    return found


def test_what_was_planned_is_counted_by_hand() -> None:
    assert PLANNED.total_mg == pytest.approx(60 + 120 + 10)
    assert PLANNED.end_min == 120
    assert [running_mg_per_min(PLANNED, minute) for minute in (-1, 0, 59, 60, 120)] == [
        0, 1, 1, 2, 0,
    ]  # fmt: skip


def test_a_stop_gives_nothing_more() -> None:
    assert after(StopNow(at_min=80)).total_mg == pytest.approx(60 + 40)


def test_a_stop_after_the_end_changes_nothing_and_is_not_refused() -> None:
    assert after(StopNow(at_min=500)) == PLANNED


def test_a_pause_gives_the_same_later() -> None:
    paused = after(Pause(at_min=30, for_min=15))
    assert paused.total_mg == pytest.approx(PLANNED.total_mg)
    assert paused.end_min == 135
    assert [running_mg_per_min(paused, minute) for minute in (29, 30, 44, 45, 74, 75)] == [
        1, 0, 0, 1, 1, 2,
    ]  # fmt: skip
    assert paused.boluses[0].at_min == 105


def test_a_new_rate_runs_to_the_planned_end() -> None:
    found = after(NewRate(at_min=30, rate_mg_per_min=3))
    assert [running_mg_per_min(found, minute) for minute in (29, 30, 60, 119, 120)] == [
        1, 3, 3, 3, 0,
    ]  # fmt: skip


def test_a_bolus_comes_on_top() -> None:
    assert after(Push(at_min=20, dose_mg=5)).total_mg == pytest.approx(PLANNED.total_mg + 5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (Pause(at_min=10, for_min=0), "no pause"),
        (NewRate(at_min=120, rate_mg_per_min=1), "no infusion runs any more"),
        (NewRate(at_min=10, rate_mg_per_min=-1), "no rate"),
        (Push(at_min=10, dose_mg=0), "no bolus"),
        (Push(at_min=-1, dose_mg=5), "count from its start"),
    ],
)
def test_what_is_no_change_is_refused(change: Change, says: str) -> None:
    found = changed(PLANNED, change)
    assert isinstance(found, Refusal)
    assert says in found.says


@given(st.floats(0, 200), st.floats(1, 60))
def test_nothing_changes_before_the_change(at_min: float, for_min: float) -> None:
    for change in (
        StopNow(at_min=at_min),
        Pause(at_min=at_min, for_min=for_min),
        Push(at_min=at_min, dose_mg=for_min),
    ):
        found = after(change)
        for minute in (at_min / 4, at_min / 2, at_min * 0.999):
            if minute < at_min:
                assert running_mg_per_min(found, minute) == running_mg_per_min(PLANNED, minute)
