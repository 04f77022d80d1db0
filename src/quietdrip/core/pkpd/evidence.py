"""Samples, doses and a prior as one function of a person's effects: how unlikely they are.

The cost is minus the logarithm of the posterior density, without its constant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quietdrip.core.pkpd.body import Body, body
from quietdrip.core.pkpd.doses import Stretches
from quietdrip.core.pkpd.individual import Floats
from quietdrip.core.pkpd.likelihood import Measured, odds
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.population import Scatter
from quietdrip.core.pkpd.sample import Sample, Spread, before_any_dose, spread
from quietdrip.core.pkpd.slopes import Past, levels_and_slopes, levels_only, past
from quietdrip.core.reasons import Refusal, refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything the effects of one person are judged by.

    `samples` ascend in time; `chosen` (o, t) is 1 where sample t is of output o. The prior of the
    body's varying parameters is normal with `log_covariance` (k, k).
    """

    body: Body
    seen: Past
    samples: tuple[Sample, ...]
    spreads: tuple[Spread, ...]
    measured: Measured
    chosen: Floats
    log_covariance: Floats
    log_precision: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Cost, its gradient (k,), an always positive curvature (k, k), and where the levels stand."""

    cost: float
    gradient: Floats
    curvature: Floats
    levels_ng_per_ml: Floats
    slopes_ng_per_ml: Floats
    z: Floats


def evidence(
    model: Model,
    typical: Mapping[str, float],
    prior: Scatter,
    doses: Stretches,
    samples: Sequence[Sample],
) -> Evidence | Refusal:
    """The evidence; a sample drawn before any dose says nothing and is left out."""
    timed = sorted(samples, key=lambda sample: sample.at_min)
    telling = tuple(sample for sample in timed if not before_any_dose(doses, sample))
    if not telling:
        says = "No sample says anything of this person: none was drawn after a dose."
        return refuse("samples-say-nothing", says)
    spreads = []
    for sample in telling:
        found = spread(model, doses, sample)
        if isinstance(found, Refusal):
            return found
        spreads.append(found)
    outputs = tuple(dict.fromkeys(sample.output for sample in telling))
    person = body(model, typical, prior.parameters, outputs)
    here = [prior.parameters.index(name) for name in person.varying]
    covariance = prior.log_covariance[np.ix_(here, here)]
    precision = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    return Evidence(
        body=person,
        seen=past(doses, np.array([sample.at_min for sample in telling])),
        samples=telling,
        spreads=tuple(spreads),
        measured=_measured(telling, spreads),
        chosen=np.array([[float(s.output == o) for s in telling] for o in outputs]),
        log_covariance=covariance,
        log_precision=precision,
    )


def slope(given: Evidence, log_effects: Floats) -> Slope:
    """The cost and its slope for one person's effects (k,)."""
    every, moving = levels_and_slopes(given.body, log_effects, given.seen)
    level = (every * given.chosen).sum(axis=0)
    turns = (moving * given.chosen[:, None, :]).sum(axis=0)
    here = odds(given.measured, level)
    pulled = given.log_precision @ log_effects
    return Slope(
        cost=float(here.cost.sum() + log_effects @ pulled / 2),
        gradient=turns @ here.slope_ml_per_ng + pulled,
        curvature=(turns * here.curvature_ml2_per_ng2) @ turns.T + given.log_precision,
        levels_ng_per_ml=level,
        slopes_ng_per_ml=turns,
        z=here.z,
    )


def gradients(given: Evidence, log_effects: Floats) -> Floats:
    """The gradient of the cost for many effects, (..., k) to (..., k)."""
    every, moving = levels_and_slopes(given.body, log_effects, given.seen)
    level = (every * given.chosen).sum(axis=-2)
    turns = (moving * given.chosen[:, None, :]).sum(axis=-3)
    here = odds(given.measured, level)
    found: Floats = (turns @ here.slope_ml_per_ng[..., None])[..., 0]
    found += log_effects @ given.log_precision
    return found


def costs(given: Evidence, log_effects: Floats) -> Floats:
    """The cost for many effects, (..., k) to (...)."""
    every = levels_only(given.body, log_effects, given.seen)
    level = (every * given.chosen).sum(axis=-2)
    pulled = log_effects @ given.log_precision
    found: Floats = odds(given.measured, level).cost.sum(axis=-1)
    found += (pulled * log_effects).sum(axis=-1) / 2
    return found


def _measured(samples: Sequence[Sample], spreads: Sequence[Spread]) -> Measured:
    known = [
        sample.assay.limit_ng_per_ml if sample.level_ng_per_ml is None else sample.level_ng_per_ml
        for sample in samples
    ]
    read, on_log = np.array(known, dtype=np.float64), np.array([one.on_log for one in spreads])
    return Measured(
        read=np.where(on_log, np.log(read), read),
        below=np.array([sample.level_ng_per_ml is None for sample in samples]),
        relative=np.array([one.relative for one in spreads]),
        absolute_ng2_per_ml2=np.array([one.absolute_ng2_per_ml2 for one in spreads]),
        on_log=on_log,
    )
