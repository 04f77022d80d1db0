"""Measured levels as values, and whether they can belong to a model and a dose record at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite

import numpy as np

from quietdrip.core.pkpd.doses import Stretches
from quietdrip.core.pkpd.model import Drug, Model, Output, Residual, Site
from quietdrip.core.reasons import Reason, Refusal, refuse
from quietdrip.core.units import ng_per_ml_of_nmol_per_ml

TENFOLD = 10
"""Two samples of one minute that differ by this factor are not both of this person's blood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assay:
    """How well a laboratory measures: its scatter and its limit; None where it is not stated."""

    cv_fraction: float | None
    sd_ng_per_ml: float | None
    limit_ng_per_ml: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One level measured in blood drawn at a minute of the dose record.

    `drug` is what was given and assayed: total ketamine of a racemate, or one enantiomer. `output`
    names the level as the model does. `level_ng_per_ml` is None for "below the limit".
    """

    at_min: float
    drug: Drug
    output: str
    site: Site
    level_ng_per_ml: float | None
    assay: Assay

    @property
    def says(self) -> str:
        """The sample in words."""
        level = "below the limit" if self.level_ng_per_ml is None else f"{self.level_ng_per_ml:g}"
        unit = "" if self.level_ng_per_ml is None else " ng/mL"
        return f"the {self.site} {self.output} sample at {self.at_min:g} min ({level}{unit})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The variance of a measured level y around a true level f.

    It is `relative` * f² + `absolute_ng2_per_ml2`; where `on_log`, ln y has that variance over f².
    """

    relative: float
    absolute_ng2_per_ml2: float
    on_log: bool
    published: bool


def unusable(
    model: Model, doses: Stretches, samples: Sequence[Sample], *, across_sites: bool
) -> Refusal | None:
    """Why these samples cannot be read with this model and dose record; None where they can."""
    if not samples:
        return refuse(
            "samples-none", "No sample was given; there is nothing to individualise from."
        )
    if not doses.edges_min.size or not (np.any(doses.rates_mg_per_min) or np.any(doses.boluses_mg)):
        return refuse("doses-none", "No dose was recorded; a level cannot be read without one.")
    reasons = [reason for sample in samples for reason in _wrong(model, sample, across_sites)]
    reasons += _too_early(doses, samples)
    reasons += _disagreeing(samples)
    return Refusal(reasons=tuple(reasons)) if reasons else None


def spread(model: Model, doses: Stretches, sample: Sample) -> Spread | Refusal:
    """What this sample scatters by: the model's published scatter and the assay's own, together.

    The published scatter holds the assay of its own study, so the sum is a little too wide rather
    than too narrow. A Refusal where neither is stated.
    """
    residual = _residual(model, doses, sample)
    assay = sample.assay
    relative = _square(assay.cv_fraction)
    absolute = _square(assay.sd_ng_per_ml)
    on_log = False
    if residual is not None:
        on_log = residual.log_sd_fraction is not None
        relative += _square(residual.proportional_sd_fraction) + _square(residual.log_sd_fraction)
        if residual.additive_sd_nmol_per_ml is not None:
            molar_mass = _output(model, sample.output).molar_mass_g_per_mol
            if molar_mass is None:
                says = f"{model.title} states a scatter in nmol/mL but no molar mass to read it by."
                return refuse("sample-scatter", says, source=model.source)
            sd = ng_per_ml_of_nmol_per_ml(residual.additive_sd_nmol_per_ml, molar_mass)
            absolute += _square(sd)
    if relative + absolute == 0:
        says = (
            f"Neither {model.title} nor the assay states how much {sample.says} may scatter; "
            "state the assay's coefficient of variation."
        )
        return refuse("sample-scatter", says)
    return Spread(
        relative=relative,
        absolute_ng2_per_ml2=absolute,
        on_log=on_log,
        published=residual is not None,
    )


def before_any_dose(doses: Stretches, sample: Sample) -> bool:
    """Whether no drug can be in this sample; at the very minute of a bolus the bolus is in."""
    pairs = zip(doses.rates_mg_per_min.tolist(), doses.boluses_mg.tolist(), strict=True)
    first, pushed = next((at, bolus > 0) for at, (rate, bolus) in enumerate(pairs) if rate or bolus)
    first_min = float(doses.edges_min[first])
    return sample.at_min < first_min if pushed else sample.at_min <= first_min


def _wrong(model: Model, sample: Sample, across_sites: bool) -> Iterator[Reason]:
    """What is wrong with one sample by itself."""
    level, assay = sample.level_ng_per_ml, sample.assay
    if sample.drug is not model.drug:
        says = f"The sample is of {sample.drug}; {model.title} is a model of {model.drug}."
        yield Reason(id="sample-drug", says=says)
    if sample.output not in {output.name for output in model.outputs}:
        known = ", ".join(output.name for output in model.outputs)
        yield Reason(
            id="sample-output", says=f"{model.title} predicts {known}; not {sample.output}."
        )
    if not isfinite(sample.at_min):
        yield Reason(id="sample-time", says="A sample needs the minute it was drawn at.")
    if level is not None and not (isfinite(level) and level > 0):
        says = f"A level of {level:g} ng/mL is none; where nothing was found say below the limit."
        yield Reason(id="sample-level", says=says)
    if level is None and assay.limit_ng_per_ml is None:
        says = f"For {sample.says} state the limit of the assay."
        yield Reason(id="sample-limit", says=says)
    for stated in (assay.cv_fraction, assay.sd_ng_per_ml, assay.limit_ng_per_ml):
        if stated is not None and not (isfinite(stated) and stated > 0):
            yield Reason(id="assay-wrong", says=f"{stated:g} is no scatter or limit of an assay.")
    differs = {sample.site, model.site} == {Site.ARTERIAL, Site.VENOUS}
    if differs and not across_sites:
        says = (
            f"The sample is {sample.site} and {model.title} predicts {model.site} levels; "
            "take a model of the same site, or say that the difference is accepted."
        )
        yield Reason(id="sample-site", says=says)


def _too_early(doses: Stretches, samples: Sequence[Sample]) -> Iterator[Reason]:
    """Drug in blood that was drawn before any was given."""
    for sample in samples:
        level, limit = sample.level_ng_per_ml, sample.assay.limit_ng_per_ml
        found = level is not None and (limit is None or level > limit)
        if found and before_any_dose(doses, sample):
            says = f"Drug was found before the first dose: {sample.says}. Check both times."
            yield Reason(id="sample-before-dose", says=says)


def _disagreeing(samples: Sequence[Sample]) -> Iterator[Reason]:
    """Two samples of one minute, site and output that differ tenfold."""
    for one, other in combinations(samples, 2):
        if (one.at_min, one.site, one.output) != (other.at_min, other.site, other.output):
            continue
        low, high = sorted((_at_most(one), _at_most(other)))
        both_below = one.level_ng_per_ml is None and other.level_ng_per_ml is None
        if high >= TENFOLD * low and not both_below:
            says = (
                f"Two samples disagree tenfold or more: {one.says} and {other.says}. "
                "One of them is not what it seems; leave it out or measure again."
            )
            yield Reason(id="samples-disagree", says=says)


def _at_most(sample: Sample) -> float:
    """The level, or the limit it lies below."""
    known = sample.level_ng_per_ml or sample.assay.limit_ng_per_ml
    return np.inf if known is None else known


def _residual(model: Model, doses: Stretches, sample: Sample) -> Residual | None:
    """The published scatter that holds at this time since drug was last newly given."""
    mine = [residual for residual in model.residuals if residual.output == sample.output]
    if all(residual.from_min is None and residual.until_min is None for residual in mine):
        return mine[0] if mine else None
    given = (np.diff(doses.rates_mg_per_min, prepend=0) > 0) | (doses.boluses_mg > 0)
    starts_min = doses.edges_min[given & (doses.edges_min <= sample.at_min)]
    since_min = sample.at_min - (starts_min[-1] if starts_min.size else sample.at_min)
    for residual in mine:
        from_min = 0 if residual.from_min is None else residual.from_min
        until_min = np.inf if residual.until_min is None else residual.until_min
        if from_min <= since_min < until_min:
            return residual
    return None


def _output(model: Model, name: str) -> Output:
    return next(output for output in model.outputs if output.name == name)


def _square(sd: float | None) -> float:
    """A variance; what is not stated adds none."""
    return 0.0 if sd is None else sd * sd
