"""A person's own parameters from measured levels: the most likely ones, and how sure they are.

Maximum a posteriori with exact gradients, then a normal posterior around it (Laplace). What a
model's published variability does not say is not assumed, and samples that cannot belong to the
dose record are refused or doubted aloud. Nothing is learnt here from how a person feels; that is
`fit_effect`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, lgamma, log, sqrt

import numpy as np

from quietdrip.core.pkpd.doses import stretches
from quietdrip.core.pkpd.evidence import Evidence, Slope, evidence, gradients, slope
from quietdrip.core.pkpd.individual import Floats, doubts, values
from quietdrip.core.pkpd.model import Model, Site
from quietdrip.core.pkpd.population import Scatter, scatter
from quietdrip.core.pkpd.sample import Sample, unusable
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Kind, Reason, Refusal

STEPS = 60
NEAR, CLOSE = 1e-3, 1e-12
"""The search is near, and at its end, where the cost can fall by less than this."""
NUDGE = 1e-4
"""By how many prior standard deviations gradients are compared to find their own slope."""
LONGEST = 3.0
"""No step is longer than so many prior standard deviations."""
MOST = 1.645
"""Nine of ten normal numbers lie within so many standard deviations."""
DOUBTED, REFUSED = 0.01, 1e-6
"""Samples as far off as this happen by chance so rarely, if model and dose record are right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is fitted and what they were given; `typical` are the parameters before any sample."""

    model: Model
    weight_kg: float
    age_y: float | None
    doses: Doses
    typical: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A sample beside what the person's own curve says of it, in ng/mL and in its own scatter."""

    sample: Sample
    fitted_ng_per_ml: float
    typical_ng_per_ml: float
    z: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One person's parameters from their samples, and what they stand on.

    `log_effects` (k,) and `log_covariance` (k, k) are the normal posterior of the logarithm of
    each parameter of `prior` over the typical person's. `values` are the person's parameters in L,
    L/min, 1/min, min or as a fraction. `shrinkage_fraction` is the part of a parameter's prior
    variance that is left: 1 where the samples say nothing of it. `by_chance_fraction` is how often
    samples would lie so far off if model and dose record were right.
    """

    person: Person
    given: Evidence
    prior: Scatter
    log_effects: Floats
    log_covariance: Floats
    values: dict[str, float]
    shrinkage_fraction: dict[str, float]
    by_chance_fraction: float
    seen: tuple[Seen, ...]
    warnings: tuple[Reason, ...]

    @property
    def says(self) -> str:
        """The label every drawing of the fit carries."""
        sites = " and ".join(sorted({str(sample.site) for sample in self.given.samples}))
        count = len(self.given.samples)
        plural = "" if count == 1 else "s"
        title = self.person.model.title
        return f"individual, from {count} {sites} blood sample{plural}, {title}"


def fit(
    model: Model,
    weight_kg: float,
    doses: Doses,
    samples: Sequence[Sample],
    *,
    age_y: float | None = None,
    across_sites: bool = False,
) -> Fit | Refusal:
    """Fit one person's parameters to samples of one occasion.

    `across_sites` accepts venous samples with an arterial model, or the other way round, with a
    warning. ValueError where a dose is no dose, or of another drug than the model's.
    """
    prior = scatter(model, one_occasion=True)
    if isinstance(prior, Refusal):
        return prior
    line = stretches(model.drug, doses.infusions, doses.boluses)
    wrong = unusable(model, line, samples, across_sites=across_sites)
    if wrong is not None:
        return wrong
    person = Person(
        model=model,
        weight_kg=weight_kg,
        age_y=age_y,
        doses=doses,
        typical={name: float(v) for name, v in values(model, weight_kg, age_y).items()},
    )
    given = evidence(model, person.typical, prior, line, samples)
    return given if isinstance(given, Refusal) else _fitted(person, prior, given)


def _fitted(person: Person, prior: Scatter, given: Evidence) -> Fit | Refusal:
    start = slope(given, np.zeros(len(given.body.varying)))
    log_effects, best, bent = _most_likely(given, start)
    by_chance = _by_chance(given, log_effects, best)
    far = _far(given, start, by_chance)
    if by_chance < REFUSED:
        return Refusal(reasons=far)
    own = np.asarray(np.linalg.inv(bent), dtype=np.float64)
    mean, covariance = _filled(prior, given, log_effects, own)
    left = np.diag(covariance) / np.diag(prior.log_covariance)
    moved = dict(zip(prior.parameters, np.exp(mean).tolist(), strict=True))
    return Fit(
        person=person,
        given=given,
        prior=prior,
        log_effects=mean,
        log_covariance=covariance,
        values={name: value * moved.get(name, 1.0) for name, value in person.typical.items()},
        shrinkage_fraction=dict(zip(prior.parameters, left.tolist(), strict=True)),
        by_chance_fraction=by_chance,
        seen=_seen(given, start, best),
        warnings=(*far, *_warnings(person, given)),
    )


def _most_likely(given: Evidence, start: Slope) -> tuple[Floats, Slope, Floats]:
    """The effects of least cost, where they stand, and the curvature of the cost there.

    Expected curvature leads near, never away; the true one, once near, leads the rest of the way.
    """
    here, now, _ = _downhill(given, np.zeros(len(given.body.varying)), start, None, NEAR)
    bent = _curvature(given, here)
    if np.linalg.eigvalsh(bent)[0] <= 0:
        bent = now.curvature
    here, now, there = _downhill(given, here, now, bent, CLOSE)
    return here, now, bent if there else now.curvature


def _downhill(
    given: Evidence, here: Floats, now: Slope, curvature: Floats | None, close: float
) -> tuple[Floats, Slope, bool]:
    """Newton steps, damped wherever the cost would rise, until so little is left to gain."""
    damping = 0.0
    for _ in range(STEPS):
        stiff = now.curvature if curvature is None else curvature
        step = -np.linalg.solve(stiff + damping * given.log_precision, now.gradient)
        if -now.gradient @ step < close:
            return here, now, True
        length = float(np.sqrt(step @ given.log_precision @ step))
        step /= max(1.0, length / LONGEST)
        tried = slope(given, here + step)
        if tried.cost <= now.cost + CLOSE * abs(now.cost):
            here, now = here + step, tried
            damping = damping / 10 if damping > 1 else 0.0
        else:
            damping = max(10 * damping, 1.0)
    return here, now, False


def _curvature(given: Evidence, log_effects: Floats) -> Floats:
    """The true curvature of the cost, from exact gradients a little apart."""
    nudge = NUDGE * np.sqrt(np.diag(given.log_covariance))
    turned = gradients(given, log_effects + np.concatenate([np.diag(nudge), -np.diag(nudge)]))
    k = nudge.size
    curvature = (turned[:k] - turned[k:]) / (2 * nudge[:, None])
    return np.asarray((curvature + curvature.T) / 2, dtype=np.float64)


def _filled(
    prior: Scatter, given: Evidence, log_effects: Floats, covariance: Floats
) -> tuple[Floats, Floats]:
    """The posterior of all effects: what no sample touches follows what it is correlated with."""
    touched = [prior.parameters.index(name) for name in given.body.varying]
    follow = prior.log_covariance[:, touched] @ given.log_precision
    kept = prior.log_covariance - follow @ prior.log_covariance[touched, :]
    return follow @ log_effects, kept + follow @ covariance @ follow.T


def _by_chance(given: Evidence, log_effects: Floats, best: Slope) -> float:
    """How often people and samples would together lie as far from the typical as these do."""
    ratio = np.log(_reading(given) / best.levels_ng_per_ml)
    by_ratio = ratio / np.sqrt(_log_variance(given, best.levels_ng_per_ml))
    by_ratio = np.where(given.measured.below, np.minimum(by_ratio, 0), by_ratio)
    z = np.minimum(np.abs(best.z), np.abs(by_ratio))
    far = float(z @ z + log_effects @ given.log_precision @ log_effects)
    return _beyond(far, z.size)


def _beyond(square: float, count: int) -> float:
    """How often so many squared standard normal numbers add up to more than this (chi-square)."""
    half, odd = square / 2, count % 2
    found = erfc(sqrt(half)) if odd else exp(-half)
    for order in range(1, (count + 1) // 2):
        power = order - 0.5 if odd else float(order)
        found += exp(power * log(half) - half - lgamma(power + 1)) if half > 0 else 0.0
    return min(found, 1.0)


def _far(given: Evidence, start: Slope, by_chance: float) -> tuple[Reason, ...]:
    """The sample that fits the dose record least, where they fit badly together."""
    if by_chance >= DOUBTED:
        return ()
    level = start.levels_ng_per_ml
    moving = start.slopes_ng_per_ml / level
    people = ((given.log_covariance @ moving) * moving).sum(axis=0)
    log_sd = np.sqrt(people + _log_variance(given, level))
    off = np.log(_reading(given) / level) / log_sd
    off = np.where(given.measured.below, np.minimum(off, 0), off)
    worst = int(np.argmax(np.abs(off)))
    low, high = (level[worst] * np.exp(side * MOST * log_sd[worst]) for side in (-1, 1))
    says = (
        f"The dose record and {given.samples[worst].says} do not fit together: nine people in ten "
        f"would have {low:.3g} to {high:.3g} ng/mL then. Check doses, times, line and tube."
    )
    kind: Kind = "refused" if by_chance < REFUSED else "warning"
    return (Reason(id="sample-contradicts-doses", says=says, kind=kind),)


def _reading(given: Evidence) -> Floats:
    """What was read, or the limit it lies below, in ng/mL."""
    measured = given.measured
    return np.exp(measured.read, where=measured.on_log, out=measured.read.copy())


def _log_variance(given: Evidence, level_ng_per_ml: Floats) -> Floats:
    """The variance of the logarithm of a reading, about."""
    measured = given.measured
    return measured.relative + measured.absolute_ng2_per_ml2 / level_ng_per_ml**2


def _seen(given: Evidence, start: Slope, best: Slope) -> tuple[Seen, ...]:
    columns = (best.levels_ng_per_ml, start.levels_ng_per_ml, best.z)
    rows = zip(given.samples, *(column.tolist() for column in columns), strict=True)
    return tuple(
        Seen(sample=sample, fitted_ng_per_ml=fitted, typical_ng_per_ml=typical, z=z)
        for sample, fitted, typical, z in rows
    )


def _warnings(person: Person, given: Evidence) -> tuple[Reason, ...]:
    """What is doubtful about reading these samples with this model."""
    model, found = person.model, []
    sites = {sample.site for sample in given.samples}
    if sites != {model.site} or model.site is Site.NOT_STATED:
        drawn = " and ".join(sorted(sites))
        says = (
            f"The samples are {drawn} and {model.title} was made from {model.site} ones; early "
            "levels differ between the two, and the difference is not modelled."
        )
        found.append(Reason(id="sample-site-differs", says=says, kind="warning"))
    if not all(one.published for one in given.spreads):
        says = (
            f"How measured levels scatter around {model.title} was not published for these "
            "samples; only the assay's own scatter is counted, so the fit looks surer than it is."
        )
        found.append(Reason(id="residual-not-stated", says=says, kind="warning"))
    return (*found, *doubts(model, person.weight_kg, person.age_y))
