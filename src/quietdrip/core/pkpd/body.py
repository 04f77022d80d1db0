"""A person's system taken apart into its flows, so that it can be bent parameter by parameter.

Every flow is a constant times powers of parameters, so its rate after a log-normal effect is its
typical rate times one exponential.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, prod
from typing import assert_never

import numpy as np

from quietdrip.core.pkpd import star
from quietdrip.core.pkpd.individual import Floats, linear
from quietdrip.core.pkpd.model import (
    OUT,
    ByClearance,
    ByHalfLife,
    ByRate,
    ByTransit,
    Drug,
    Flow,
    Model,
    Shape,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The system behind some outputs, flow by flow.

    Flow f has a typical rate, `rates_per_min` (f,); follows varying parameter k with a power,
    `powers` (f, k); and moves drug: one unit of it adds `moves` (f, n * n) to A. The outputs read
    `levels_ng_per_ml_per_mg` (o, n) and follow the parameters with `reading_powers` (o, k).
    `tree` lists the exchanges outwards where all states exchange both ways, else it is None.
    """

    drug: Drug
    varying: tuple[str, ...]
    states: tuple[str, ...]
    outputs: tuple[str, ...]
    rates_per_min: Floats
    powers: Floats
    moves: Floats
    into: Floats
    levels_ng_per_ml_per_mg: Floats
    reading_powers: Floats
    tree: Sequence[tuple[int, int]] | None


def body(
    model: Model, values: Mapping[str, float], varying: Sequence[str], outputs: Sequence[str]
) -> Body:
    """The body of the person with these parameter values, as far as these outputs depend on it.

    Of `varying` those are kept that these outputs depend on. Outputs are the model's own: an
    effect site is not read from blood.
    """
    person = star.upstream(linear(model, values), outputs)
    flows = [flow for flow in model.flows if flow.origin in person.states]
    factors = [_factors(flow.shape) for flow in flows]
    volume = {output.name: output.volume for output in model.outputs}
    touching = {name for _, powers in factors for name in powers} | {volume[o] for o in outputs}
    kept = tuple(name for name in varying if name in touching)
    n = len(person.states)
    return Body(
        drug=model.drug,
        varying=kept,
        states=person.states,
        outputs=tuple(outputs),
        rates_per_min=np.array([_rate_per_min(flow, values) for flow in flows]),
        powers=np.array([[float(powers.get(k, 0)) for k in kept] for _, powers in factors]),
        moves=np.array([_moves(flow, person.states) for flow in flows]).reshape(-1, n * n),
        into=person.into,
        levels_ng_per_ml_per_mg=person.levels_ng_per_ml_per_mg,
        reading_powers=np.array([[-float(volume[o] == k) for k in kept] for o in outputs]),
        tree=star.exchanges(person.flows_per_min > 0),
    )


def bent(body: Body, log_effects: Floats) -> tuple[Floats, Floats, Floats]:
    """For effects (..., k): rates of the flows (..., f), A (..., n, n) and readings (..., o, n)."""
    rates_per_min = body.rates_per_min * np.exp(log_effects @ body.powers.T)
    n = body.into.size
    flows_per_min = (rates_per_min @ body.moves).reshape(*rates_per_min.shape[:-1], n, n)
    thinner = np.exp(log_effects @ body.reading_powers.T)[..., None]
    return rates_per_min, flows_per_min, body.levels_ng_per_ml_per_mg * thinner


def turns(body: Body, rates_per_min: Floats) -> Floats:
    """The direction in which each parameter's logarithm turns A, (..., k, n, n), in 1/min."""
    n = body.into.size
    turning = (rates_per_min[..., None, :] * body.powers.T) @ body.moves
    return turning.reshape(*turning.shape[:-1], n, n)


def _factors(shape: Shape) -> tuple[float, dict[str, int]]:
    """A rate as a constant and the powers of its parameters."""
    match shape:
        case ByRate(rate=rate):
            return 1.0, {rate: 1}
        case ByClearance(clearance=clearance, volume=volume):
            return 1.0, {clearance: 1, volume: -1}
        case ByTransit(mean_time=mean_time, steps=steps):
            return float(steps), {mean_time: -1}
        case ByHalfLife(half_life=half_life):
            return log(2), {half_life: -1}
    assert_never(shape)


def _rate_per_min(flow: Flow, values: Mapping[str, float]) -> float:
    constant, powers = _factors(flow.shape)
    rate_per_min = constant * prod(values[name] ** power for name, power in powers.items())
    if not flow.fraction:
        return rate_per_min
    fraction = values[flow.fraction]
    return rate_per_min * (1 - fraction if flow.remainder else fraction)


def _moves(flow: Flow, states: Sequence[str]) -> Floats:
    """What one unit of a flow adds to A; a state that nobody reads is as good as outside."""
    moves, origin = np.zeros((len(states), len(states))), states.index(flow.origin)
    moves[origin, origin] = -1
    if flow.to != OUT and flow.to in states:
        moves[states.index(flow.to), origin] = 1
    return moves
