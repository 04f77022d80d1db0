"""Levels as sums of exponentials: fast, and used only where the modes of a system are well apart.

A = V diag(rates) W, so each mode decays on its own and a stretch costs one multiplication a point.
Two rates that meet (an effect site as quick as a plasma phase, a chain of equal delays) make V
singular; such persons are not `apart` and go the plain way.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quietdrip.core.pkpd.doses import Stretches
from quietdrip.core.pkpd.individual import Floats, Linear

Mask = NDArray[np.bool_]
AMPLIFIED_AT_MOST = 1000
"""How much the modes may amplify rounding (a condition number): three of sixteen digits."""
MANY = 100
"""From so many evenly spaced points on, exponentials are multiplied, not evaluated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """Each person's modes: how fast they decay, what a dose puts in, what a level reads of them.

    `rates_per_min` (..., n) are negative; `into` is (..., n); `levels_ng_per_ml_per_mg` is
    (..., outputs, n). `apart` (...) is False where a person must go the plain way.
    """

    rates_per_min: Floats
    into: Floats
    levels_ng_per_ml_per_mg: Floats
    apart: Mask


def modes_of(linear: Linear) -> Modes:
    """The modes of one person or many."""
    rates_per_min, shapes = np.linalg.eig(linear.flows_per_min)
    singular = np.zeros(rates_per_min.shape[:-1], dtype=bool)
    try:
        back = np.linalg.inv(shapes)
    except np.linalg.LinAlgError:
        singular, back = ~singular, shapes
    amplified = np.abs(shapes).sum(axis=-1).max(axis=-1) * np.abs(back).sum(axis=-1).max(axis=-1)
    wave = np.abs(rates_per_min.imag).max(axis=-1) > 0
    return Modes(
        rates_per_min=rates_per_min.real,
        into=(back @ linear.into).real,
        levels_ng_per_ml_per_mg=(linear.levels_ng_per_ml_per_mg @ shapes).real,
        apart=~singular & ~wave & (amplified <= AMPLIFIED_AT_MOST),
    )


def levels_ng_per_ml(modes: Modes, doses: Stretches, at_min: Floats) -> Floats:
    """Levels, (..., outputs, times), at ascending times from the first edge on."""
    found = np.empty((*modes.levels_ng_per_ml_per_mg.shape[:-1], at_min.size))
    grid = _grid(modes, at_min)
    first = np.searchsorted(at_min, doses.edges_min)
    last = [*first[1:], at_min.size]
    spans_min = np.diff(doses.edges_min, append=doses.edges_min[-1:])
    amounts_mg = np.zeros_like(modes.into)
    for index, edge_min in enumerate(doses.edges_min):
        amounts_mg = amounts_mg + modes.into * doses.boluses_mg[index]
        steady_mg = modes.into * -doses.rates_mg_per_min[index] / modes.rates_per_min
        fading_mg = amounts_mg - steady_mg
        here = slice(first[index], last[index])
        if here.start < here.stop:
            levels = modes.levels_ng_per_ml_per_mg * fading_mg[..., None, :]
            since_min = at_min[here] - edge_min
            found[..., here] = _sum_of_modes(modes, levels, since_min, grid)
            found[..., here] += modes.levels_ng_per_ml_per_mg @ steady_mg[..., None]
        amounts_mg = steady_mg + fading_mg * np.exp(modes.rates_per_min * spans_min[index])
    # What rounding leaves below zero, a millionth of a millionth of the peak, is no level.
    return np.maximum(found, 0, out=found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """An even grid: its step, and how each mode decays over each of the first `width` steps."""

    step_min: float
    width: int
    decays: Floats


def _grid(modes: Modes, at_min: Floats) -> _Grid | None:
    """The even grid these times lie on to the last digit, or None where they do not."""
    if at_min.size < MANY:
        return None
    step_min = (at_min[-1] - at_min[0]) / (at_min.size - 1)
    off_min = np.abs(at_min - (at_min[0] + step_min * np.arange(at_min.size)))
    if off_min.max() > MANY * np.spacing(np.abs(at_min[-1]) + np.abs(at_min[0])):
        return None
    width = int(np.sqrt(at_min.size))
    decays = np.exp(modes.rates_per_min[..., None] * (step_min * np.arange(width)))
    return _Grid(step_min=step_min, width=width, decays=decays)


def _sum_of_modes(modes: Modes, levels: Floats, since_min: Floats, grid: _Grid | None) -> Floats:
    """Each output's sum of `levels` (..., outputs, n) decaying for these times."""
    if grid is None:
        return levels @ np.exp(modes.rates_per_min[..., None] * since_min)
    # exp(a + b) = exp(a) exp(b): rows of the grid times columns of the grid.
    rows_min = since_min[:: grid.width]
    rows = np.exp(modes.rates_per_min[..., None, :] * rows_min[:, None])
    table = (levels[..., :, None, :] * rows[..., None, :, :]) @ grid.decays[..., None, :, :]
    return table.reshape(*levels.shape[:-1], -1)[..., : since_min.size]
