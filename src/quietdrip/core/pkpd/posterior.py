"""People who agree with a person's samples: draws of the posterior, and how far to trust them.

Draws from a wide t distribution around the fit are weighed by the true posterior and drawn again
by weight (importance resampling; Kong 1992 for the effective number). The normal posterior of the
fit is only the proposal, so what is skew stays skew.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quietdrip.core.pkpd import star
from quietdrip.core.pkpd.band import Band, Bodies, band, heard
from quietdrip.core.pkpd.evidence import costs
from quietdrip.core.pkpd.fit import Fit
from quietdrip.core.pkpd.individual import Floats, linear
from quietdrip.core.pkpd.population import Crowd, People, Purpose, chance
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Reason

PROPOSALS = 2000
FREEDOM = 5
"""Degrees of freedom of the proposal: tails wider than those of any posterior seen here."""
ROUNDS = 4
ENOUGH = 0.1
"""Below this part of effective draws the proposal is centred anew on what they found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Draws of all effects of a fit, (n, k), each with its weight (n,); the weights add up to 1.

    `effective_draws` says how many equally weighted draws they are worth.
    """

    fit: Fit
    seed: int
    log_effects: Floats
    weights: Floats
    effective_draws: float

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What to doubt of the draws themselves."""
        if self.effective_draws >= ENOUGH * len(self.weights):
            return ()
        says = (
            f"Only {self.effective_draws:.0f} of {len(self.weights)} draws carry weight; "
            "the band is rough."
        )
        return (Reason(id="posterior-rough", says=says, kind="warning"),)


def posterior(fit: Fit, seed: int, proposals: int = PROPOSALS) -> Posterior:
    """Weighted draws of the posterior; the same seed gives the same draws."""
    touched = [fit.prior.parameters.index(name) for name in fit.given.body.varying]
    middle = fit.log_effects[touched]
    covariance = fit.log_covariance[np.ix_(touched, touched)]
    luck = chance(seed, Purpose.POSTERIOR)
    normal = luck.standard_normal((proposals, len(touched)))
    stretch = np.sqrt(FREEDOM / luck.chisquare(FREEDOM, proposals))
    for _ in range(ROUNDS):
        drawn = middle + (normal * stretch[:, None]) @ np.linalg.cholesky(covariance).T
        # The density of the proposal, but for a constant, is a power of the distance alone.
        square = (normal * normal).sum(axis=-1) * stretch**2
        wide = (FREEDOM + len(touched)) / 2 * np.log1p(square / FREEDOM)
        weights = np.exp(_from_most(wide - costs(fit.given, drawn)))
        weights /= weights.sum()
        effective = float(1 / (weights @ weights))
        if effective >= ENOUGH * proposals:
            break
        middle = weights @ drawn
        off = drawn - middle
        covariance = (weights[:, None] * off).T @ off + covariance * (1 / effective)
    rest = luck.standard_normal((proposals, len(fit.prior.parameters)))
    return Posterior(
        fit=fit,
        seed=seed,
        log_effects=_with_untouched(fit, touched, drawn, rest),
        weights=weights,
        effective_draws=effective,
    )


def agreeing(found: Posterior, count: int = 1000) -> People:
    """So many people drawn by weight, evenly, so that no weight is left to chance."""
    steps = (np.arange(count) + 0.5) / count
    chosen = np.searchsorted(np.cumsum(found.weights), steps).clip(max=len(found.weights) - 1)
    effects, person = found.log_effects[chosen], found.fit.person
    values = {name: np.full(count, value) for name, value in person.typical.items()}
    for column, name in enumerate(found.fit.prior.parameters):
        values[name] *= np.exp(np.ascontiguousarray(effects[:, column]))
    return People(
        model=person.model,
        crowd=Crowd(seed=found.seed, count=count),
        weight_kg=np.full(count, person.weight_kg),
        age_y=None if person.age_y is None else np.full(count, person.age_y),
        varying=found.fit.prior.parameters,
        log_effects=effects,
        values=values,
        says=f"Draws of one person: {found.fit.says}; {found.effective_draws:.0f} of "
        f"{len(found.weights)} draws effective.",
    )


def own_band(
    found: Posterior, doses: Doses, at_min: Floats, bands_percent: Sequence[float]
) -> Band:
    """The person's own median and bands for these doses: of their blood, without assay error."""
    drawn, fit = agreeing(found), found.fit
    model = fit.person.model
    crowd = star.upstream(linear(model, drawn.values), heard(model))
    bodies = Bodies(
        people=drawn,
        person=star.upstream(linear(model, fit.values), heard(model)),
        crowd=crowd,
        modes=star.modes_of(crowd),
    )
    return band(bodies, doses, at_min, bands_percent)


def _from_most(log_weights: Floats) -> Floats:
    """Below the largest; what is not a number weighs nothing."""
    known = np.where(np.isfinite(log_weights), log_weights, -np.inf)
    below: Floats = known - known.max()
    return below


def _with_untouched(fit: Fit, touched: Sequence[int], drawn: Floats, rest: Floats) -> Floats:
    """All effects: those no sample touches are drawn given those that were touched."""
    prior = fit.prior.log_covariance
    follow = prior[:, touched] @ fit.given.log_precision
    kept = prior - follow @ prior[touched, :]
    found = drawn @ follow.T
    free = [index for index in range(len(prior)) if index not in touched]
    if free:
        root = np.linalg.cholesky(kept[np.ix_(free, free)])
        found[:, free] += rest[:, free] @ root.T
    found[:, touched] = drawn
    return found
