"""How likely measured levels are, given true ones, and how that moves with the true level.

A level below the limit counts by the probability of being there (method M3, Beal 2001); it is
neither dropped nor filled in.
"""

from dataclasses import dataclass
from math import erfc, log, pi

import numpy as np

from quietdrip.core.pkpd.individual import Floats
from quietdrip.core.pkpd.modal import Mask

FAR = -30.0
"""So many standard deviations below, the tail of the normal curve is given by its series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Samples as arrays over t: what was read, or the limit where `below`, and its spread.

    Where `on_log` the reading is the logarithm of ng/mL.
    """

    read: Floats
    below: Mask
    relative: Floats
    absolute_ng2_per_ml2: Floats
    on_log: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """Minus the log-likelihood, its slope against the true level, and its expected curvature.

    `z` is the distance of each reading from the true level in standard deviations; for a level
    below the limit it is 0 where the true level is below too.
    """

    cost: Floats
    slope_ml_per_ng: Floats
    curvature_ml2_per_ng2: Floats
    z: Floats


def odds(measured: Measured, level_ng_per_ml: Floats) -> Odds:
    """For true levels (..., t), each above 0."""
    level = level_ng_per_ml
    if measured.on_log.any():
        log_scale = measured.on_log
        inverse = 1 / level
        share = measured.absolute_ng2_per_ml2 * inverse * inverse
        flat = measured.relative * level * level + measured.absolute_ng2_per_ml2
        variance = np.where(log_scale, measured.relative + share, flat)
        widens = np.where(log_scale, -2 * share * inverse, 2 * measured.relative * level)
        middle = np.where(log_scale, np.log(level), level)
        moves = np.where(log_scale, inverse, 1.0)
    else:
        widens = 2 * measured.relative * level
        variance = measured.relative * level * level + measured.absolute_ng2_per_ml2
        middle, moves = level, np.ones(1)
    z = (measured.read - middle) / np.sqrt(variance)
    widens = widens / variance / 2
    moves = moves / np.sqrt(variance)
    cost = (z * z + np.log(2 * pi * variance)) / 2
    slope = widens - z * moves - z * z * widens
    curvature = moves * moves + 2 * widens * widens
    if not measured.below.any():
        return Odds(cost=cost, slope_ml_per_ng=slope, curvature_ml2_per_ng2=curvature, z=z)
    tail, hazard = _tail(z)
    turn = moves + z * widens
    return Odds(
        cost=np.where(measured.below, -tail, cost),
        slope_ml_per_ng=np.where(measured.below, hazard * turn, slope),
        curvature_ml2_per_ng2=np.where(
            measured.below, hazard * (hazard + z) * turn * turn, curvature
        ),
        z=np.where(measured.below, np.minimum(z, 0), z),
    )


def _tail(z: Floats) -> tuple[Floats, Floats]:
    """ln Φ(z), and φ(z) / Φ(z)."""
    near, far = np.maximum(z, FAR), np.minimum(z, FAR)
    tail = np.log(_erfc(-near / np.sqrt(2)).astype(np.float64) / 2)
    hazard = np.exp(-near * near / 2 - log(2 * pi) / 2 - tail)
    square = far * far
    series = 1 - 1 / square + 3 / square**2
    far_tail = -square / 2 - log(2 * pi) / 2 + np.log(series / -far)
    return np.where(z < FAR, far_tail, tail), np.where(z < FAR, -far / series, hazard)


_erfc = np.frompyfunc(erfc, 1, 1)
