"""Amounts by multiplying non-negative numbers only: exact for every linear model, and the judge.

The stretch x' = A x + b r is [x, r]' = M [x, r]. With q at least as large as every outflow,
M + q I has no negative entry, so exp(M t) = exp(-q t) exp((M + q I) t) is a sum of non-negative
terms (uniformisation, Jensen 1953). Nothing cancels: each
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
    lengths = np.diff(doses.edges_min, append=doses.edges_min[-1:]) * fastest_per_min
    first = [*np.searchsorted(at_min, doses.edges_min), at_min.size]
    stretch = np.repeat(np.arange(lengths.size), np.diff(first))
    since = (at_min - doses.edges_min[stretch]) * fastest_per_min
    series = _series(gain)
    leaps = _leaps(series, max(lengths.max(), since.max(initial=0)))
    moved = np.empty((*gain.shape[:-1], at_min.size))
    state = np.zeros(gain.shape[:-1])
    for index, length in enumerate(lengths):
        state[..., :-1] += linear.into * doses.boluses_mg[index]
        state[..., -1] = doses.rates_mg_per_min[index] / fastest_per_min
        terms = np.einsum("k...ij,...j->...ik", series, state)
        here = slice(first[index], first[index + 1])
        moved[..., here] = _short(terms, since[here])
        state = _leapt(leaps, _short(terms, length[None]), length[None])[..., 0]
    return _leapt(leaps, moved, since)[..., :-1, :]


def _gain(linear: Linear, fastest_per_min: float) -> Floats:
    """(M + q I) / q, (..., n + 1, n + 1); the last state feeds the others and never changes."""
    n = linear.into.size
    gain = np.zeros((*linear.flows_per_min.shape[:-2], n + 1, n + 1))
    gain[..., :n, :n] = linear.flows_per_min / fastest_per_min + np.eye(n)
    gain[..., :n, n] = linear.into
    gain[..., n, n] = 1
    return gain


def _series(gain: Floats) -> Floats:
    """The terms of exp((M + q I) / q), (terms, ..., n + 1, n + 1), until their sum stands still."""
    terms = [np.eye(gain.shape[-1]) + np.zeros_like(gain)]
    total = terms[0]
    for order in count(1):
        terms.append(gain @ terms[-1] / order)
        before, total = total, total + terms[-1]
        if np.array_equal(before, total):
            break
    return np.stack(terms)


def _short(terms: Floats, spans: Floats) -> Floats:
    """The state after the broken part of each span, (..., n + 1, spans)."""
    broken = spans - np.floor(spans)
    powers = np.ones((terms.shape[-1], spans.size))
    np.cumprod(np.broadcast_to(broken, (len(powers) - 1, spans.size)), axis=0, out=powers[1:])
    return (terms @ powers) * np.exp(-broken)


def _leaps(series: Floats, longest: float) -> list[Floats]:
    """exp(M t) for t of 1, 2, 4 … units of 1 / q, as far as the longest span needs."""
    once = series.sum(axis=0) * np.exp(-1)
    # The rate stays what it is: a last digit lost here would double with each leap.
    once[..., -1, -1] = 1
    leaps: list[Floats] = [once]
    for _ in range(int(longest).bit_length() - 1):
        leaps.append(leaps[-1] @ leaps[-1])
    return leaps


def _leapt(leaps: list[Floats], columns: Floats, spans: Floats) -> Floats:
    """Each column moved on by the whole units of its own span; the columns are changed."""
    whole = spans.astype(np.int64)
    for power, leap in enumerate(leaps):
        jumping = np.flatnonzero(whole >> power & 1)
        if jumping.size:
            columns[..., jumping] = leap @ columns[..., jumping]
    return columns
