"""A person's own sensitivity from how they were seen to react; never their kinetics.

Kept apart from `fit`: a score on a scale is no level in blood. One number is learnt, the level at
half of the effect, and its posterior is exact: summed over a grid, no normal shape is assumed. How
much people differ in it is an argument, because no model of the library states it for dissociation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log

import numpy as np

from quietdrip.core.pkpd.individual import Floats
from quietdrip.core.pkpd.model import C50
from quietdrip.core.reasons import Refusal, refuse

GRID = 2001
"""Points of the grid the posterior is summed over, evenly in the logarithm of the level."""
LEAST = 1e-3
"""A yes or no is never more certain than this: people also say what no sigmoid expects."""
FAR = 4.0
"""A person so many prior standard deviations from the middle is not believed."""
WIDE = 6.0
"""The grid reaches so many prior standard deviations to either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One observation: the part of the whole scale reached, or whether the effect was there.

    Exactly one of `score_fraction` (with the scatter of the score) and `present` is given.
    """

    at_min: float
    score_fraction: float | None = None
    score_sd_fraction: float | None = None
    present: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How an effect follows the level at its site: a sigmoid, and how people differ in its middle.

    `people_differ_log_sd` is the standard deviation of the logarithm of the level at half of the
    effect; None where it is not stated, and then nothing is fitted. `assumed_by` names whoever
    states it where no publication does.
    """

    c50: C50
    steepness: float
    people_differ_log_sd: float | None
    assumed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """One person's level at half of an effect, from observed effect alone.

    `c50_ng_per_ml` is the median, `low` and `high` hold nine tenths; `shrinkage_fraction` is the
    part of the prior variance of its logarithm that is left.
    """

    response: Response
    c50_ng_per_ml: float
    low_ng_per_ml: float
    high_ng_per_ml: float
    shrinkage_fraction: float
    observations: tuple[Seen, ...]

    @property
    def says(self) -> str:
        """The label every drawing of it carries."""
        count = len(self.observations)
        plural = "" if count == 1 else "s"
        return (
            f"sensitivity to {self.response.c50.endpoint}, from {count} observed effect{plural}, "
            f"not from blood; how people differ is as assumed by {self.response.assumed_by}"
        )


def sensitivity(
    response: Response, observations: Sequence[Seen], levels_ng_per_ml: Floats
) -> Sensitivity | Refusal:
    """The sensitivity that explains the observations, given the level (t,) at the time of each.

    The levels are those of the site the response belongs to, predicted or individual; they are
    taken as known.
    """
    wrong = _wrong(response, observations, levels_ng_per_ml)
    if wrong is not None:
        return wrong
    differ = response.people_differ_log_sd or 0.0  # a missing or zero one was refused above
    middle = log(response.c50.c50_ng_per_ml)
    grid = middle + differ * np.linspace(-WIDE, WIDE, GRID)
    log_weight = -(((grid - middle) / differ) ** 2) / 2
    for seen, level in zip(observations, levels_ng_per_ml.tolist(), strict=True):
        log_weight += _log_likelihood(response, seen, level, grid)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = float(weight @ grid)
    variance = float(weight @ (grid - mean) ** 2)
    share = np.cumsum(weight) - weight / 2
    low, median, high = np.exp(np.interp([0.05, 0.5, 0.95], share, grid)).tolist()
    if abs(log(median) - middle) > FAR * differ:
        says = (
            f"These effects and these levels do not fit together: half of the effect would be "
            f"at {median:.3g} ng/mL, against {response.c50.c50_ng_per_ml:g} ng/mL. "
            "Check scores, doses and times."
        )
        return refuse("effects-contradict-levels", says, source=response.c50.source)
    return Sensitivity(
        response=response,
        c50_ng_per_ml=median,
        low_ng_per_ml=low,
        high_ng_per_ml=high,
        shrinkage_fraction=variance / differ**2,
        observations=tuple(observations),
    )


def effect_fraction(level_ng_per_ml: Floats, c50_ng_per_ml: float, steepness: float) -> Floats:
    """The part of the whole effect at these levels: the sigmoid of Hill."""
    with np.errstate(divide="ignore"):  # no drug is a level infinitely far below the middle
        over = steepness * (np.log(level_ng_per_ml) - log(c50_ng_per_ml))
    return _sigmoid(over)


def _log_likelihood(response: Response, seen: Seen, level_ng_per_ml: float, grid: Floats) -> Floats:
    """Of one observation, for each level at half of the effect in the grid of logarithms."""
    if level_ng_per_ml == 0:
        effect = np.zeros_like(grid)
    else:
        effect = _sigmoid(response.steepness * (log(level_ng_per_ml) - grid))
    if seen.score_fraction is not None and seen.score_sd_fraction is not None:
        off: Floats = (seen.score_fraction - effect) / seen.score_sd_fraction
        return -off * off / 2
    likely = np.clip(effect, LEAST, 1 - LEAST)
    found: Floats = np.log(likely if seen.present else 1 - likely)
    return found


def _sigmoid(over: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow."""
    small = np.exp(-np.abs(over))
    found: Floats = np.where(over >= 0, 1, small) / (1 + small)
    return found


def _wrong(
    response: Response, observations: Sequence[Seen], levels_ng_per_ml: Floats
) -> Refusal | None:
    differ = response.people_differ_log_sd
    if differ is None:
        says = (
            f"How people differ in their sensitivity to {response.c50.endpoint} is not stated; "
            "none is assumed. Whoever knows it may state it, under their name."
        )
        return refuse("sensitivity-variability-not-stated", says, source=response.c50.source)
    if not (isfinite(differ) and differ > 0) or not response.assumed_by:
        says = "How people differ is a standard deviation above 0, with the name it stands on."
        return refuse("sensitivity-variability-wrong", says)
    if not observations or levels_ng_per_ml.shape != (len(observations),):
        return refuse("effects-none", "Give at least one observed effect, and one level for each.")
    if not np.all(np.isfinite(levels_ng_per_ml) & (levels_ng_per_ml >= 0)):
        return refuse("effect-level", "A level at the effect site is a number not below 0.")
    for seen in observations:
        graded = seen.score_fraction is not None
        if graded == (seen.present is not None):
            says = f"At {seen.at_min:g} min give a score or a yes or no, one of the two."
            return refuse("effect-unclear", says)
        if graded and not _graded(seen):
            says = (
                f"The score at {seen.at_min:g} min is a part of the scale from 0 to 1, with its "
                "scatter above 0."
            )
            return refuse("effect-score", says)
    return None


def _graded(seen: Seen) -> bool:
    score, sd = seen.score_fraction, seen.score_sd_fraction
    return score is not None and 0 <= score <= 1 and sd is not None and isfinite(sd) and sd > 0
