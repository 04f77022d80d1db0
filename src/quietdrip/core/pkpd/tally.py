"""Counts that stand for a crowd: made chunk by chunk and added, so memory never grows with people.

Levels are counted in a fixed logarithmic grid. Whole numbers add up to the same in any order, and a
quantile read back from the grid lies within half a percent of the exact one.
"""

from collections.abc import Mapping
from math import log

import numpy as np
from numpy.typing import NDArray

from quietdrip.core.pkpd.individual import Floats

Whole = NDArray[np.int64]
Counts = dict[str, Whole]
"""What was counted, by name. Counts of different people may be added, those of one people not."""

LOWEST = 1 / 1000
"""Where the grid begins, in ng/mL or ng h/mL; what is below it counts as nothing."""
DECADES, IN_A_DECADE = 8, 500
BINS = DECADES * IN_A_DECADE + 2
"""The first bin holds what is below the grid, the last what is above it."""
PERCENT = 100


def bins_of(values: Floats) -> Whole:
    """The bin of each value, in the shape of the values."""
    above = np.maximum(values, LOWEST / 10)
    place = np.floor(np.log(above / LOWEST) * (IN_A_DECADE / log(10))) + 1
    found: Whole = np.clip(place, 0, BINS - 1).astype(np.int64)
    return found


def counted(places: Whole, width: int) -> Whole:
    """How many people have each place: (people,) to (width,), (people, rows) to (rows, width)."""
    if places.ndim == 1:
        found: Whole = np.bincount(places, minlength=width)
        return found
    rows = places.shape[1]
    shifted = places + np.arange(rows) * width
    table: Whole = np.bincount(shifted.ravel(), minlength=rows * width)
    return table.reshape(rows, width)


def added(one: Mapping[str, Whole], other: Mapping[str, Whole]) -> Counts:
    """Two counts as one; nothing added to nothing is the other."""
    if not one:
        return dict(other)
    return {name: one[name] + other[name] for name in one}


def quantile(counts: Whole, percent: float) -> float:
    """The value of the grid below which this share of the people stays; inf beyond the grid."""
    total = int(counts.sum())
    upto = np.cumsum(counts)
    wanted = max(percent / PERCENT * total, 1)
    place = int(np.searchsorted(upto, wanted))
    if place == 0:
        return 0.0
    if place >= BINS - 1:
        return float("inf")
    within = (wanted - float(upto[place - 1])) / float(counts[place])
    return LOWEST * float(10 ** ((place - 1 + within) / IN_A_DECADE))


def place_of(counts: Whole, percent: float) -> int:
    """The place, from 0, at or below which this share of the people stays: the nearest rank."""
    wanted = max(percent / PERCENT * int(counts.sum()), 1)
    return int(np.searchsorted(np.cumsum(counts), wanted))
