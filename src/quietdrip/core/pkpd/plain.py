"""Amounts by multiplying non-negative numbers only: exact for every linear model, and the judge.

The stretch x' = A x + b r is [x, r]' = M [x, r]. With q at least as large as every outflow,
M + q I has no negative entry, so exp(M t) = exp(-q t) exp((M + q I) t) is a sum of non-negative
terms (uniformisation, Jensen 1953, doi:10.1080/03461238.1953.10419459). Nothing cancels: each
amount, however small, keeps its leading digits, and equal rates are no special case. Long times
are whole leaps of 1 / q, doubled by squaring, and a rest.
"""

from itertools import count

import numpy as np

from quietdrip.core.pkpd.doses import Stretches
from quietdrip.core.pkpd.individual import Floats, Linear


def amounts_mg(linear: Linear, doses: Stretches, at_min: Floats) -> Floats:
    """Amounts in every state, (..., n, times), at ascending times from the first edge on."""
    fastest_per_min = float(-linear.flows_per_min.min())
    gain = _gain(linear, fastest_per_min)
    spans = np.diff(doses.edges_min) * fastest_per_min
    stretch = np.searchsorted(doses.edges_min, at_min, side="right") - 1
    since = (at_min - doses.edges_min[stretch]) * fastest_per_min
    leaps = _leaps(gain, max(spans.max(initial=0), since.max(initial=0)))
    starts = _starts(linear, doses, fastest_per_min, _crossings(gain, leaps, spans))
    return _after(gain, leaps, starts[..., stretch], since)[..., :-1, :]


def _gain(linear: Linear, fastest_per_min: float) -> Floats:
    """(M + q I) / q, (..., n + 1, n + 1); the last state feeds the others and never changes."""
    n = linear.into.size
    gain = np.zeros((*linear.flows_per_min.shape[:-2], n + 1, n + 1))
    gain[..., :n, :n] = linear.flows_per_min / fastest_per_min + np.eye(n)
    gain[..., :n, n] = linear.into
    gain[..., n, n] = 1
    return gain


def _starts(
    linear: Linear, doses: Stretches, fastest_per_min: float, crossings: list[Floats]
) -> Floats:
    """The augmented state at the beginning of each stretch, (..., n + 1, stretches)."""
    n = linear.into.size
    starts = np.zeros((*linear.flows_per_min.shape[:-2], n + 1, doses.edges_min.size))
    for index, (rate, bolus) in enumerate(
        zip(doses.rates_mg_per_min, doses.boluses_mg, strict=True)
    ):
        if index:
            before = starts[..., index - 1, None]
            starts[..., index] = (crossings[index - 1] @ before)[..., 0]
        starts[..., :n, index] += linear.into * bolus
        starts[..., n, index] = rate / fastest_per_min
    return starts


def _crossings(gain: Floats, leaps: list[Floats], spans: Floats) -> list[Floats]:
    """What each whole stretch does to any state at its beginning: one matrix a stretch."""
    n = gain.shape[-1]
    columns = np.broadcast_to(np.tile(np.eye(n), spans.size), (*gain.shape[:-1], n * spans.size))
    crossed = _after(gain, leaps, columns, np.repeat(spans, n))
    return np.split(crossed, spans.size, axis=-1) if spans.size else []


def _after(gain: Floats, leaps: list[Floats], columns: Floats, spans: Floats) -> Floats:
    """Each column moved on by its own span, in units of 1 / q."""
    whole = np.floor(spans)
    moved = _short(gain, columns, spans - whole)
    binary = whole.astype(np.int64)
    for power, leap in enumerate(leaps):
        jumping = (binary >> power & 1).astype(bool)
        moved[..., jumping] = leap @ moved[..., jumping]
    return moved


def _leaps(gain: Floats, longest: float) -> list[Floats]:
    """exp(M t) for t of 1, 2, 4 … units of 1 / q, as far as the longest span needs."""
    n = gain.shape[-1]
    leaps: list[Floats] = []
    for _ in range(int(longest).bit_length()):
        once = leaps[-1] @ leaps[-1] if leaps else _short(gain, np.eye(n), np.ones(n))
        leaps.append(once)
    return leaps


def _short(gain: Floats, columns: Floats, spans: Floats) -> Floats:
    """Each column moved on by at most one unit: the series, summed until it stands still."""
    total = term = columns + np.zeros_like(gain[..., :1])
    for order in count(1):
        term = (gain @ term) * (spans / order)
        more = total + term
        if np.array_equal(more, total):
            break
        total = more
    return total * np.exp(-spans)
