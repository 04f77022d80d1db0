"""Which rate keeps a band under a level, and which even steps reach a level by a time.

A model is linear, so a level is so much for each mg/min: both questions are one division, exact.
Rates are cut down to the pump's steps and stay inside every limit. It plans; a person programs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from quietdrip.core.pkpd.band import PERCENT, Bodies, crowd_levels, quantiles
from quietdrip.core.pkpd.ceiling import (
    Ceiling,
    Scope,
    ceiling,
    mg_per_h,
    settable_ml_per_h,
    too_much,
    without_limits,
)
from quietdrip.core.pkpd.doses import Infusion, stretches
from quietdrip.core.pkpd.expected import times_min
from quietdrip.core.pkpd.individual import Floats, Linear
from quietdrip.core.pkpd.model import Drug
from quietdrip.core.pkpd.solve import levels_ng_per_ml
from quietdrip.core.pkpd.star import upstream
from quietdrip.core.pkpd.target import SetRate
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Refusal, refuse
from quietdrip.core.units import MIN_PER_DAY, MIN_PER_H, plain, shown, tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedRate:
    """One rate under which so many of the people stay below a level, all the time and after.

    `highest_ng_per_ml` is the highest the band comes to at the rate as the pump is set;
    `typical_ng_per_ml` the typical person's highest. `limited_by` names the limit or pump bound
    that set the rate; empty where the level itself did.
    """

    rate: SetRate
    band_percent: float
    under_ng_per_ml: float
    highest_ng_per_ml: float
    typical_ng_per_ml: float
    total_mg: Decimal
    doses: Doses
    limited_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvenSteps:
    """Rates that rise by one even step at each interval; `level_ng_per_ml` is what they reach."""

    rates: tuple[SetRate, ...]
    by_min: Fraction
    reach_ng_per_ml: float
    level_ng_per_ml: float
    total_mg: Decimal
    doses: Doses


def fixed_rate(
    bodies: Bodies,
    output: str,
    under_ng_per_ml: float,
    for_min: Fraction,
    band_percent: float,
    scope: Scope,
) -> FixedRate | Refusal:
    """The highest fixed rate whose band stays under a level; the band is of these people."""
    wrong = _wrong(output, bodies.person, under_ng_per_ml, for_min)
    if wrong is not None:
        return wrong
    most = ceiling(scope)
    if isinstance(most, Refusal):
        return most
    highest, typical = _highest(bodies, output, for_min, (PERCENT + band_percent) / 2)
    per_ml = Fraction(scope.concentration_mg_per_ml) / MIN_PER_H
    wanted = Fraction(under_ng_per_ml / highest) / per_ml
    rate = settable_ml_per_h(scope.pump, min(wanted, Fraction(most.rate_ml_per_h)))
    if not rate:
        says = (
            f"No rate of {scope.pump.title} keeps the band under {under_ng_per_ml:g} ng/mL; dilute."
        )
        return refuse("rate-too-fine", says, field="final")
    one = _set(scope, Fraction(0), for_min, rate)
    total_mg = Fraction(one.rate_mg_per_h) * for_min / MIN_PER_H
    reasons = too_much(scope, total_mg, for_min)
    if reasons:
        return Refusal(reasons=reasons)
    mg_per_min = float(one.rate_mg_per_h) / MIN_PER_H
    return FixedRate(
        rate=one,
        band_percent=band_percent,
        under_ng_per_ml=under_ng_per_ml,
        highest_ng_per_ml=highest * mg_per_min,
        typical_ng_per_ml=typical * mg_per_min,
        total_mg=shown(total_mg),
        doses=_given(bodies.person.drug, (one,)),
        limited_by=most.by if wanted > Fraction(most.rate_ml_per_h) else "",
    )


def _highest(bodies: Bodies, output: str, for_min: Fraction, percent: float) -> tuple[float, float]:
    """For each mg/min: the highest level of this share of the people, and of the typical one."""
    unit = _doses(bodies.person.drug, [(Fraction(0), for_min, Fraction(1))])
    at_min = times_min(unit, 2 * unit.end_min)
    line = stretches(unit.drug, unit.infusions, unit.boluses)
    row = bodies.crowd.outputs.index(output)
    of_people = quantiles(crowd_levels(bodies, line, at_min)[:, row], (percent,))
    typical = levels_ng_per_ml(bodies.person, unit.infusions, (), at_min)[row]
    return float(of_people.max()), float(typical.max())


def even_steps(
    person: Linear,
    output: str,
    reach_ng_per_ml: float,
    by_min: Fraction,
    every_min: Fraction,
    start_mg_per_h: Fraction | None,
    scope: Scope,
) -> EvenSteps | Refusal:
    """Even steps to a level by a time; without a start the first rate is as high as each step."""
    wrong = _wrong(output, person, reach_ng_per_ml, by_min)
    if wrong is not None:
        return wrong
    if every_min <= 0 or by_min % every_min:
        says = f"{plain(by_min)} min is no whole number of steps of {plain(every_min)} min."
        return refuse("steps-interval", says, field="every")
    most = ceiling(scope)
    if isinstance(most, Refusal):
        return most
    body, count = upstream(person, (output,)), int(by_min / every_min)
    start = start_mg_per_h
    flat = Fraction(0) if start is None else start / MIN_PER_H
    rises = [index + (start is None) for index in range(count)]
    by_start = _level(body, by_min, every_min, [flat] * count)
    by_rise = _level(body, by_min, every_min, [Fraction(rise) for rise in rises])
    step = (reach_ng_per_ml - by_start) / by_rise if by_rise > 0 else -1.0
    if step < 0:
        says = (
            f"The start rate alone comes to {by_start:.1f} ng/mL by {plain(by_min)} min; start "
            f"lower than {plain(flat * MIN_PER_H)} mg/h, or take more than one step, for "
            f"{reach_ng_per_ml:g} ng/mL."
        )
        return refuse("steps-start", says, field="from")
    return _stepped(body, reach_ng_per_ml, by_min, every_min, flat, rises, step, scope, most)


def _stepped(
    body: Linear,
    reach_ng_per_ml: float,
    by_min: Fraction,
    every_min: Fraction,
    flat_mg_per_min: Fraction,
    rises: Sequence[int],
    step_mg_per_min: float,
    scope: Scope,
    most: Ceiling,
) -> EvenSteps | Refusal:
    """The steps as the pump is set, or why they are not inside every limit."""
    per_ml = Fraction(scope.concentration_mg_per_ml) / MIN_PER_H
    wanted = [(flat_mg_per_min + Fraction(step_mg_per_min) * rise) / per_ml for rise in rises]
    if wanted[-1] > Fraction(most.rate_ml_per_h):
        says = (
            f"The last step would be {plain(wanted[-1])} mL/h, above "
            f"{plain(most.rate_ml_per_h)} mL/h ({most.by}); lower the level or give it longer."
        )
        return refuse("steps-above-limit", says, field="reach")
    rates = tuple(
        _set(scope, index * every_min, every_min, settable_ml_per_h(scope.pump, rate))
        for index, rate in enumerate(wanted)
    )
    total_mg = sum((Fraction(r.rate_mg_per_h) * r.for_min for r in rates), Fraction(0)) / MIN_PER_H
    reasons = too_much(scope, total_mg, by_min)
    if reasons:
        return Refusal(reasons=reasons)
    doses = _given(body.drug, rates)
    level = levels_ng_per_ml(body, doses.infusions, (), np.array([float(by_min)]))[0, 0]
    return EvenSteps(
        rates=rates,
        by_min=by_min,
        reach_ng_per_ml=reach_ng_per_ml,
        level_ng_per_ml=float(level),
        total_mg=shown(total_mg),
        doses=doses,
    )


def _wrong(
    output: str, person: Linear, level_ng_per_ml: float, for_min: Fraction
) -> Refusal | None:
    if (unlimited := without_limits(person.drug)) is not None:
        return unlimited
    if output not in person.outputs:
        says = f"This model has no {output}; it gives {', '.join(person.outputs)}."
        return refuse("target-site", says, field="site")
    if not 0 < level_ng_per_ml < np.inf:
        return refuse("target-level", f"{level_ng_per_ml:g} ng/mL is no level to aim at.")
    if not 0 < for_min <= MIN_PER_DAY:
        says = "A program is made for more than nothing and at most one day."
        return refuse("target-time", says, field="for")
    return None


def _level(
    body: Linear, by_min: Fraction, every_min: Fraction, rates_mg_per_min: Sequence[Fraction]
) -> float:
    """The level these rates reach, interval by interval."""
    spans = [(index * every_min, every_min, rate) for index, rate in enumerate(rates_mg_per_min)]
    given = _doses(body.drug, spans)
    at_min: Floats = np.array([float(by_min)])
    return float(levels_ng_per_ml(body, given.infusions, (), at_min)[0, 0])


def _set(scope: Scope, start_min: Fraction, for_min: Fraction, rate_ml_per_h: Decimal) -> SetRate:
    return SetRate(
        start_min=start_min,
        for_min=for_min,
        rate_ml_per_h=tidy(rate_ml_per_h),
        rate_mg_per_h=tidy(mg_per_h(scope, rate_ml_per_h)),
    )


def _given(drug: Drug, rates: Sequence[SetRate]) -> Doses:
    return _doses(
        drug, [(r.start_min, r.for_min, Fraction(r.rate_mg_per_h) / MIN_PER_H) for r in rates]
    )


def _doses(drug: Drug, spans: Sequence[tuple[Fraction, Fraction, Fraction]]) -> Doses:
    """Doses from start (min), span (min) and rate (mg/min)."""
    return Doses(
        drug=drug,
        infusions=tuple(
            Infusion(
                drug=drug,
                start_min=float(start_min),
                stop_min=float(start_min + for_min),
                rate_mg_per_min=float(rate),
            )
            for start_min, for_min, rate in spans
        ),
    )
