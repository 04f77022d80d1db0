"""Exact levels of any linear model under piecewise-constant infusions and instant boluses.

There is no step size. Between two changes x' = A x + b r has a closed solution, reached in two
ways: `modal` sums exponentials where a person's modes are well apart, `plain` serves everyone
else and judges the other.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from quietdrip.core.pkpd import modal, plain
from quietdrip.core.pkpd.doses import Bolus, Infusion, Stretches, stretches
from quietdrip.core.pkpd.individual import Floats, Linear, individual
from quietdrip.core.pkpd.modal import Mask, Modes
from quietdrip.core.pkpd.model import Model

__all__ = ["Bolus", "Infusion", "concentrations", "levels_ng_per_ml", "plain_levels_ng_per_ml"]


def concentrations(
    model: Model,
    weight_kg: float,
    infusions: Sequence[Infusion],
    boluses: Sequence[Bolus],
    at_min: Floats,
    age_y: float | None = None,
) -> dict[str, Floats]:
    """Levels in ng/mL of the typical person of this weight: one row for each output and `effect`.

    `at_min` ascends and may start anywhere; before the first dose every level is zero.
    ValueError where a dose is not a dose, or is of another drug than the model's.
    """
    person = individual(model, weight_kg, age_y)
    levels = levels_ng_per_ml(person, infusions, boluses, at_min)
    return dict(zip(person.outputs, levels, strict=True))


def levels_ng_per_ml(
    linear: Linear, infusions: Sequence[Infusion], boluses: Sequence[Bolus], at_min: Floats
) -> Floats:
    """Levels in ng/mL, (..., outputs, times), of one person or of many along the leading axes."""
    doses, found, after = _prepared(linear, infusions, boluses, at_min)
    if not after.size:
        return found
    modes = modal.modes_of(linear)
    late = slice(found.shape[-1] - after.size, None)
    if np.all(modes.apart):
        found[..., late] = modal.levels_ng_per_ml(modes, doses, after)
    elif not np.any(modes.apart):
        found[..., late] = _plain(linear, doses, after)
    else:
        crowd = ~modes.apart
        found[~crowd, :, late] = modal.levels_ng_per_ml(_modes_of(modes, ~crowd), doses, after)
        found[crowd, :, late] = _plain(_people(linear, crowd), doses, after)
    return found


def plain_levels_ng_per_ml(
    linear: Linear, infusions: Sequence[Infusion], boluses: Sequence[Bolus], at_min: Floats
) -> Floats:
    """The same levels, all of them the plain way."""
    doses, found, after = _prepared(linear, infusions, boluses, at_min)
    if after.size:
        found[..., found.shape[-1] - after.size :] = _plain(linear, doses, after)
    return found


def _prepared(
    linear: Linear, infusions: Sequence[Infusion], boluses: Sequence[Bolus], at_min: Floats
) -> tuple[Stretches, Floats, Floats]:
    """The doses on one line, zero levels for every time, and the times from the first dose on."""
    at_min = np.asarray(at_min, dtype=np.float64)
    if at_min.ndim != 1 or not np.all(np.isfinite(at_min)) or np.any(at_min[1:] < at_min[:-1]):
        raise ValueError("The minutes asked for must be one ascending row of numbers.")
    doses = stretches(linear.drug, infusions, boluses)
    found = np.zeros((*linear.levels_ng_per_ml_per_mg.shape[:-1], at_min.size))
    start_min = doses.edges_min[0] if doses.edges_min.size else np.inf
    return doses, found, at_min[np.searchsorted(at_min, start_min) :]


def _plain(linear: Linear, doses: Stretches, at_min: Floats) -> Floats:
    return linear.levels_ng_per_ml_per_mg @ plain.amounts_mg(linear, doses, at_min)


def _people(linear: Linear, chosen: Mask) -> Linear:
    """The chosen ones of a population."""
    return replace(
        linear,
        flows_per_min=linear.flows_per_min[chosen],
        levels_ng_per_ml_per_mg=linear.levels_ng_per_ml_per_mg[chosen],
    )


def _modes_of(modes: Modes, chosen: Mask) -> Modes:
    """The modes of the chosen ones of a population."""
    return Modes(
        rates_per_min=modes.rates_per_min[chosen],
        into=modes.into[chosen],
        levels_ng_per_ml_per_mg=modes.levels_ng_per_ml_per_mg[chosen],
        apart=modes.apart[chosen],
    )
