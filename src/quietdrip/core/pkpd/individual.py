"""A model for one person or a population: its linear system, and what to doubt about it.

x' = A x + b r, y = C x. Amounts in mg, time in min, levels in ng/mL.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from quietdrip.core.pkpd.model import (
    EFFECT,
    OUT,
    ByClearance,
    ByHalfLife,
    ByRate,
    ByTransit,
    Drug,
    EffectSite,
    Flow,
    Model,
    Output,
    Parameter,
    Shape,
)
from quietdrip.core.reasons import Kind, Reason
from quietdrip.core.units import MIN_PER_H, NG_PER_ML_IN_MG_PER_L

Floats = NDArray[np.float64]
"""An array of numbers; a leading axis, where there is one, is the population."""
Numbers = float | Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """The system of one person, or of many along the leading axes.

    `flows_per_min` is A, (..., n, n); `into` is b, (n,): the share of a dose each state receives;
    `levels_ng_per_ml_per_mg` is C, (..., outputs, n). All off-diagonal entries of A are >= 0.
    """

    drug: Drug
    states: tuple[str, ...]
    outputs: tuple[str, ...]
    flows_per_min: Floats
    into: Floats
    levels_ng_per_ml_per_mg: Floats


def individual(model: Model, weight_kg: Numbers, age_y: Numbers | None = None) -> Linear:
    """The typical person of this weight. Where the age is not given no age effect is applied.

    Arrays of weights (and ages) give a population along the leading axis.
    """
    return linear(model, values(model, weight_kg, age_y))


def values(model: Model, weight_kg: Numbers, age_y: Numbers | None = None) -> dict[str, Numbers]:
    """Every parameter of the typical person, in L, L/min, 1/min, min or as a fraction."""
    if not np.all(np.isfinite(weight_kg)) or np.any(np.less_equal(weight_kg, 0)):
        raise ValueError(f"A weight of {weight_kg} kg is not a weight.")
    return {p.name: _value(p, weight_kg, age_y) for p in model.parameters}


def _value(parameter: Parameter, weight_kg: Numbers, age_y: Numbers | None) -> Numbers:
    value: Numbers = parameter.typical
    if parameter.age is not None and age_y is not None:
        years_above = np.maximum(np.subtract(age_y, parameter.age.above_y), 0)
        value = value + parameter.age.per_y * years_above
        if np.any(np.less_equal(value, 0)):
            raise ValueError(f"At an age of {age_y} years {parameter.name} would not be above 0.")
    if parameter.weight is not None:
        relative = weight_kg / parameter.weight.reference_kg
        value = value * relative**parameter.weight.exponent
    match parameter.unit:
        case "L/kg":
            return value * weight_kg
        case "L/h" | "1/h":
            return value / MIN_PER_H
        case "L" | "L/min" | "1/min" | "min" | "fraction":
            return value
    assert_never(parameter.unit)


def linear(model: Model, of: Mapping[str, Numbers]) -> Linear:
    """The linear system for these parameter values; arrays of equal length make a population.

    Where the model has an effect site it is one more state, in mg of its driver's state, and one
    more output, `effect`. It takes nothing from its driver.
    """
    states = model.states if model.effect is None else (*model.states, EFFECT)
    outputs = model.outputs
    if model.effect is not None:
        at_effect = replace(_driver(model, model.effect), name=EFFECT, state=EFFECT)
        outputs = (*outputs, at_effect)
    place = {state: index for index, state in enumerate(states)}
    many = np.broadcast_shapes(*(np.shape(value) for value in of.values()))
    levels = np.zeros((*many, len(outputs), len(states)))
    for row, output in enumerate(outputs):
        levels[..., row, place[output.state]] = _ng_per_ml_per_mg(output, of)
    into = np.zeros(len(states))
    into[place[model.dose_into]] = 1
    return Linear(
        drug=model.drug,
        states=states,
        outputs=tuple(output.name for output in outputs),
        flows_per_min=_flows_per_min(model, of, place, many),
        into=into,
        levels_ng_per_ml_per_mg=levels,
    )


def _flows_per_min(
    model: Model, of: Mapping[str, Numbers], place: Mapping[str, int], many: tuple[int, ...]
) -> Floats:
    flows_per_min = np.zeros((*many, len(place), len(place)))
    for flow in model.flows:
        rate_per_min = _flow_per_min(flow, of)
        origin = place[flow.origin]
        flows_per_min[..., origin, origin] -= rate_per_min
        if flow.to != OUT:
            flows_per_min[..., place[flow.to], origin] += rate_per_min
    if model.effect is not None:
        ke0_per_min = _per_min(model.effect.delay, of)
        flows_per_min[..., place[EFFECT], place[EFFECT]] -= ke0_per_min
        flows_per_min[..., place[EFFECT], place[_driver(model, model.effect).state]] += ke0_per_min
    return flows_per_min


def _driver(model: Model, effect: EffectSite) -> Output:
    """The output the effect site follows."""
    return next(output for output in model.outputs if output.name == effect.driver)


def _flow_per_min(flow: Flow, of: Mapping[str, Numbers]) -> Numbers:
    rate_per_min = _per_min(flow.shape, of)
    if not flow.fraction:
        return rate_per_min
    fraction = of[flow.fraction]
    return rate_per_min * (1 - fraction if flow.remainder else fraction)


def _per_min(shape: Shape, of: Mapping[str, Numbers]) -> Numbers:
    match shape:
        case ByRate(rate=rate):
            return of[rate]
        case ByClearance(clearance=clearance, volume=volume):
            return of[clearance] / of[volume]
        case ByTransit(mean_time=mean_time, steps=steps):
            return steps / of[mean_time]
        case ByHalfLife(half_life=half_life):
            return float(np.log(2)) / of[half_life]
    assert_never(shape)


def _ng_per_ml_per_mg(output: Output, of: Mapping[str, Numbers]) -> Numbers:
    level = NG_PER_ML_IN_MG_PER_L / of[output.volume]
    if output.molar_mass_g_per_mol is None or output.parent_molar_mass_g_per_mol is None:
        return level
    return level * output.molar_mass_g_per_mol / output.parent_molar_mass_g_per_mol


def doubts(model: Model, weight_kg: float, age_y: float | None = None) -> tuple[Reason, ...]:
    """What a page must say beside this model's prediction for this person, most pressing first."""
    found = [
        *_outside(model, "weight", "kg", weight_kg, model.weight_from_kg, model.weight_to_kg),
        *_outside(model, "age", "y", age_y, model.age_from_y, model.age_to_y),
    ]
    if age_y is None and any(p.age is not None for p in model.parameters):
        says = f"{model.title} changes with age; the age is not known, so no age effect is applied."
        found.append(_doubt(model, "model-age-effect-not-applied", says))
    if model.effect is not None and model.effect.composite:
        says = (
            "The effect-site curve is a composite: its delay and the plasma curve come from "
            f"different studies. {model.effect.stands_on}"
        )
        found.append(_doubt(model, "model-effect-site-composite", says))
    if model.confidence_says:
        says = f"How far {model.title} is to be trusted: {model.confidence_says}."
        found.append(_doubt(model, "model-confidence", says))
    found += [_doubt(model, "model-warning", says) for says in model.warnings]
    return tuple(found)


def _outside(
    model: Model,
    name: str,
    unit: str,
    value: float | None,
    at_least: float | None,
    at_most: float | None,
) -> list[Reason]:
    """A warning where the person lies outside the people the model was made from."""
    if value is None or at_least is None or at_most is None or at_least <= value <= at_most:
        return []
    says = (
        f"{model.title} was made from people of {at_least:g} to {at_most:g} {unit}; "
        f"at a {name} of {value:g} {unit} it is an extrapolation."
    )
    return [_doubt(model, f"model-{name}-outside", says, kind="warning")]


def _doubt(model: Model, doubt_id: str, says: str, kind: Kind = "note") -> Reason:
    return Reason(
        id=doubt_id,
        says=says,
        kind=kind,
        source=model.source,
        confidence=model.confidence,
    )
