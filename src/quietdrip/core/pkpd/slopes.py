"""Levels, and exactly how each of them moves with the logarithm of each varying parameter.

Doses turn a system A into levels as f(A) for an analytic f, so the derivative in a direction E is
known in closed form: in the modes of A it is E times the divided differences of f (Daleckii and
Krein 1965; Higham 2008, theorem 3.11). Where modes meet, the doubled
system [[A, 0], [E, A]] gives the same by `plain`. No step size, no difference quotients.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quietdrip.core.pkpd import modal, plain
from quietdrip.core.pkpd.body import Body, bent, turns
from quietdrip.core.pkpd.doses import Stretches
from quietdrip.core.pkpd.individual import Floats, Linear

MEET = 1e-5
"""Two rates nearer than this part of themselves count as one in a divided difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Doses as seen from each of the sampling times `at_min` (t,).

    Infusion stretch m ran for `ran_min` (t, m), until `ended_min` (t, m) ago. Bolus b came
    `since_min` (t, b) ago and weighs `boluses_mg` (t, b). What lies ahead ran for no time and
    weighs nothing.
    """

    doses: Stretches
    at_min: Floats
    ran_min: Floats
    ended_min: Floats
    rates_mg_per_min: Floats
    since_min: Floats
    boluses_mg: Floats


def past(doses: Stretches, at_min: Floats) -> Past:
    """The doses seen from these ascending times, each at or after the first dose."""
    running = np.flatnonzero(doses.rates_mg_per_min)
    pushed = np.flatnonzero(doses.boluses_mg)
    stops_min = np.append(doses.edges_min[1:], np.inf)[running]
    ago_min = at_min[:, None] - doses.edges_min
    return Past(
        doses=doses,
        at_min=at_min,
        ran_min=np.maximum(np.minimum(at_min[:, None], stops_min) - doses.edges_min[running], 0),
        ended_min=np.maximum(at_min[:, None] - stops_min, 0),
        rates_mg_per_min=doses.rates_mg_per_min[running],
        since_min=np.maximum(ago_min[:, pushed], 0),
        boluses_mg=np.where(ago_min[:, pushed] >= 0, doses.boluses_mg[pushed], 0),
    )


def levels_and_slopes(body: Body, log_effects: Floats, seen: Past) -> tuple[Floats, Floats]:
    """Levels (..., o, t) in ng/mL and their slopes (..., o, k, t) in ng/mL per unit of logarithm.

    `log_effects` (..., k) may hold many people along its leading axes.
    """
    rates_per_min, flows_per_min, reads = bent(body, log_effects)
    modes = _modes(body, flows_per_min)
    turning = turns(body, rates_per_min)
    if modes is None:
        levels, slopes = _doubled(body, flows_per_min, turning, reads, seen)
    else:
        levels, slopes = _by_modes(body, modes, turning, reads, seen)
    # The reading itself follows its volume.
    slopes += body.reading_powers[:, :, None] * levels[..., None, :]
    return levels, slopes


def levels_only(body: Body, log_effects: Floats, seen: Past) -> Floats:
    """The same levels, (..., o, t), without their slopes."""
    _, flows_per_min, reads = bent(body, log_effects)
    modes = _modes(body, flows_per_min)
    if modes is None:
        amounts = plain.amounts_mg(_system(body, flows_per_min), seen.doses, seen.at_min)
        return _matrix(reads @ amounts)
    felt = _felt(modes.rates_per_min, seen)
    return _matrix((reads @ modes.out) @ ((modes.back @ body.into)[..., None] * felt))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Modes:
    """Rates (..., n), the way out of the modes and the way back into them, (..., n, n) each."""

    rates_per_min: Floats
    out: Floats
    back: Floats


def _modes(body: Body, flows_per_min: Floats) -> _Modes | None:
    """The modes, or None where someone's are too crowded to divide by their gaps."""
    if body.tree is not None:
        return _tree_modes(body.tree, flows_per_min)
    rates_per_min, out = np.linalg.eig(flows_per_min)
    try:
        back = np.linalg.inv(out)
    except np.linalg.LinAlgError:
        return None
    amplified = np.abs(out).sum(axis=-1).max(axis=-1) * np.abs(back).sum(axis=-1).max(axis=-1)
    if np.iscomplexobj(rates_per_min) or np.any(amplified > modal.AMPLIFIED_AT_MOST):
        return None
    return _Modes(rates_per_min=rates_per_min, out=out, back=back)


def _tree_modes(tree: Sequence[tuple[int, int]], flows_per_min: Floats) -> _Modes:
    """States that exchange in a tree are symmetric once scaled: orthogonal modes, never crowded."""
    scales = np.ones(flows_per_min.shape[:-1])
    for near, far in tree:
        ratio = flows_per_min[..., near, far] / flows_per_min[..., far, near]
        scales[..., far] = scales[..., near] * np.sqrt(ratio)
    symmetric = flows_per_min * (scales[..., :, None] / scales[..., None, :])
    rates_per_min, shapes = np.linalg.eigh(symmetric)
    return _Modes(
        rates_per_min=rates_per_min,
        out=shapes / scales[..., :, None],
        back=np.swapaxes(shapes, -1, -2) * scales[..., None, :],
    )


def _by_modes(
    body: Body, modes: _Modes, turning: Floats, reads: Floats, seen: Past
) -> tuple[Floats, Floats]:
    """Levels, and slopes at fixed readings."""
    felt, steepness = _felt_and_steepness(modes.rates_per_min, seen)
    read, into = reads @ modes.out, modes.back @ body.into
    levels = _matrix(read @ (into[..., None] * felt))
    turned = modes.back[..., None, :, :] @ turning @ modes.out[..., None, :, :]
    turned = read[..., :, None, :, None] * (turned * into[..., None, None, :])[..., None, :, :, :]
    divided = _divided(modes.rates_per_min, felt, steepness)
    *people, outputs, k, n, _ = turned.shape
    by_pair = turned.reshape(*people, outputs * k, n * n)
    slopes = by_pair @ divided.reshape(*people, n * n, -1)
    return levels, slopes.reshape(*people, outputs, k, -1)


def _felt(lambdas_per_min: Floats, seen: Past) -> Floats:
    """What a mode fading with each rate holds at each time, (..., n, t), in mg."""
    rate = lambdas_per_min[..., None, None]
    running = np.exp(rate * seen.ended_min) * (np.expm1(rate * seen.ran_min) / rate)
    felt: Floats = running @ seen.rates_mg_per_min
    if seen.boluses_mg.size:
        felt += (np.exp(rate * seen.since_min) * seen.boluses_mg).sum(axis=-1)
    return felt


def _felt_and_steepness(lambdas_per_min: Floats, seen: Past) -> tuple[Floats, Floats]:
    """The same, and its derivative with respect to the rate, in mg min."""
    rate = lambdas_per_min[..., None, None]
    faded = np.exp(rate * seen.ended_min)
    filled = np.expm1(rate * seen.ran_min) / rate
    grows = (seen.ran_min * (1 + rate * filled) - filled) / rate
    felt: Floats = (faded * filled) @ seen.rates_mg_per_min
    steepness = (faded * (seen.ended_min * filled + grows)) @ seen.rates_mg_per_min
    if seen.boluses_mg.size:
        left = np.exp(rate * seen.since_min) * seen.boluses_mg
        felt += left.sum(axis=-1)
        steepness += (left * seen.since_min).sum(axis=-1)
    return felt, steepness


def _divided(lambdas_per_min: Floats, felt: Floats, steepness: Floats) -> Floats:
    """Divided differences over pairs of rates, (..., n, n, t); the derivative where they meet."""
    gaps = lambdas_per_min[..., :, None] - lambdas_per_min[..., None, :]
    meet = np.abs(gaps) <= MEET * np.abs(lambdas_per_min[..., :, None])
    between = (felt[..., :, None, :] - felt[..., None, :, :]) / np.where(meet, 1, gaps)[..., None]
    halfway = (steepness[..., :, None, :] + steepness[..., None, :, :]) / 2
    return np.where(meet[..., None], halfway, between)


def _doubled(
    body: Body, flows_per_min: Floats, turning: Floats, reads: Floats, seen: Past
) -> tuple[Floats, Floats]:
    """The same by the doubled system: amounts, and beneath them how they move."""
    n = body.into.size
    doubled = np.zeros((*turning.shape[:-2], 2 * n, 2 * n))
    doubled[..., :n, :n] = flows_per_min[..., None, :, :]
    doubled[..., n:, n:] = flows_per_min[..., None, :, :]
    doubled[..., n:, :n] = turning
    found = plain.amounts_mg(_system(body, doubled), seen.doses, seen.at_min)
    slopes = reads[..., None, :, :] @ found[..., n:, :]
    return _matrix(reads @ found[..., 0, :n, :]), np.swapaxes(slopes, -2, -3).copy()


def _system(body: Body, flows_per_min: Floats) -> Linear:
    """A system whose amounts are asked for, and no levels; a dose enters its first copy."""
    n = flows_per_min.shape[-1]
    return Linear(
        drug=body.drug,
        states=(),
        outputs=(),
        flows_per_min=flows_per_min,
        into=np.concatenate([body.into, np.zeros(n - body.into.size)]),
        levels_ng_per_ml_per_mg=np.zeros((0, n)),
    )


def _matrix(found: Floats) -> Floats:
    """A product as what it is; NumPy's types lose it."""
    return found
