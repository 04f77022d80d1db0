"""Times told by their rhythm: nothing lost, nothing added."""

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from quietdrip.sheets.axis import level_ticks, time_ticks
from quietdrip.sheets.braille import LETTERS_HIGH, chart
from quietdrip.sheets.rhythm import rows, runs, told
from quietdrip.sheets.wording import from_until, span
from tests.sheets import made

D = Decimal


def times(*minutes: int) -> list[Decimal]:
    return [D(minute) for minute in minutes]


def test_equal_distances_are_one_line_and_a_lone_time_stands_alone() -> None:
    assert told(times(10, 20, 30, 40), 9) == ("every 10 min from 10 to 40 min", 0)
    assert told(times(0, 40), 9) == ("start; 40 min", 0)
    assert told(times(60, 90), 9) == ("60 min; 90 min", 0)
    assert told(times(15, 30, 45, 60, 90, 120, 150, 180), 9) == (
        "every 15 min from 15 to 60 min; every 30 min from 1 h 30 min to 3 h",
        0,
    )


def test_a_line_that_is_full_says_how_many_times_it_leaves_out() -> None:
    assert told(times(1, 5, 50, 200, 201), 2) == ("1 min; 5 min", 3)


@given(st.lists(st.integers(min_value=0, max_value=8000), unique=True, min_size=1, max_size=60))
def test_no_time_is_lost_or_added_and_runs_are_never_short(minutes: list[int]) -> None:
    given_times = times(*sorted(minutes))
    found = runs(given_times)

    assert found[0].first_min == given_times[0]
    assert found[-1].last_min == given_times[-1]
    for run in found:
        inside = [at for at in given_times if run.first_min <= at <= run.last_min]
        assert len(inside) >= 3 if run.every_min else inside == [run.first_min]
    covered = [at for run in found for at in given_times if run.first_min <= at <= run.last_min]
    assert covered == given_times


def test_observations_with_the_same_times_share_a_line_and_a_step_names_its_own() -> None:
    card = made.climb().card
    assert card is not None
    lines = {row.what: row.when for row in rows(card, 9)}

    assert lines["blood pressure, sedation"] == "5 and 15 min after each rate change"
    assert lines["blood pressure, heart rate, respiratory rate, oxygen saturation"] == (
        "every 15 min from 15 min to 4 h"
    )


def test_spans_read_as_people_say_them() -> None:
    assert [span(D(minutes)) for minutes in (40, 60, 90, 120, 150, 240, 1440, 7200, 7215)] == [
        "40 min",
        "60 min",
        "90 min",
        "2 h",
        "2 h 30 min",
        "4 h",
        "1 d",
        "5 d",
        "5 d 15 min",
    ]
    assert from_until(D(0), D(40)) == "0 to 40 min"
    assert from_until(D(40), D(80)) == "40 to 80 min"
    assert from_until(D(60), D(120)) == "1 h to 2 h"
    assert span(D("40.5")) == "40.5 min"


@given(st.floats(min_value=0.001, max_value=1e6))
def test_an_axis_starts_at_zero_reaches_the_top_and_has_few_even_ticks(top: float) -> None:
    ticks = level_ticks(top)
    gaps = {round(after - before, 9) for before, after in pairwise(ticks)}

    assert ticks[0] == 0
    assert ticks[-1] >= top
    assert 2 <= len(ticks) <= 5
    assert len(gaps) == 1


@given(st.floats(min_value=1, max_value=14 * 1440))
def test_a_time_axis_stays_inside_the_drawing(end_min: float) -> None:
    ticks = time_ticks(end_min)

    assert ticks[0] == (0.0, "0")
    assert ticks[-1][0] <= end_min
    assert len(ticks) <= 9


def test_the_chart_of_letters_stays_inside_its_columns() -> None:
    for answer in (made.mood(), made.climb(), made.five_days()):
        assert answer.curve is not None
        for ascii_only in (False, True):
            lines = chart(answer.curve, 80, ascii_only=ascii_only)

            assert len(lines) == LETTERS_HIGH + 2
            assert max(map(len, lines)) <= 80
            assert lines[LETTERS_HIGH - 1].lstrip().startswith("0 |")
