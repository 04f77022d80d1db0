"""Laws: counts add up, and a quantile read back from them is the quantile to half a percent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quietdrip.core.pkpd import tally

LEVELS = st.lists(st.floats(0.01, 50_000), min_size=1, max_size=200)
PERCENTS = st.sampled_from([5, 25, 50, 75, 95])


@given(LEVELS, PERCENTS)
def test_a_quantile_lies_within_half_a_percent_of_the_nearest_rank(
    levels: list[float], percent: int
) -> None:
    counts = tally.counted(tally.bins_of(np.array(levels)), tally.BINS)
    rank = max(int(np.ceil(percent / 100 * len(levels))), 1)

    assert tally.quantile(counts, percent) == pytest.approx(sorted(levels)[rank - 1], rel=5e-3)


@given(LEVELS, LEVELS)
def test_people_counted_in_two_parts_are_the_people_counted_at_once(
    one: list[float], other: list[float]
) -> None:
    def counts(levels: list[float]) -> tally.Counts:
        return {"peak": tally.counted(tally.bins_of(np.array(levels)), tally.BINS)}

    together, either = counts(one + other), counts(other)
    assert np.array_equal(tally.added(counts(one), either)["peak"], together["peak"])
    assert np.array_equal(tally.added(either, counts(one))["peak"], together["peak"])
    assert tally.added({}, either).keys() == either.keys()


def test_each_row_of_a_table_is_counted_by_itself() -> None:
    places = np.array([[0, 2], [0, 1], [1, 2]])

    assert tally.counted(places, 3).tolist() == [[2, 1, 0], [0, 1, 2]]


def test_nothing_is_a_level_of_zero_and_too_much_is_said_to_be_beyond_the_grid() -> None:
    counts = tally.counted(tally.bins_of(np.array([0.0, 1e9])), tally.BINS)

    assert tally.quantile(counts, 5) == 0
    assert tally.quantile(counts, 95) == float("inf")


def test_the_place_at_half_of_the_people_is_the_nearest_rank() -> None:
    assert tally.place_of(np.array([1, 0, 2, 1]), 25) == 0
    assert tally.place_of(np.array([1, 0, 2, 1]), 50) == 2
    assert tally.place_of(np.array([1, 0, 2, 1]), 95) == 3
