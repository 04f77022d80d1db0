"""A program of pump rates that brings a level to a target and holds it, never above.

Each rate is the highest after which, were nothing more given, no later level would pass the target
(look-ahead with exact unit responses; Shafer and Gregg 1992). An effect
site is brought to the target once, then held by holding the plasma.

Rates are cut down to the pump's steps. It plans; a person programs the pump.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import count, groupby
from math import ceil, inf
from operator import mul

import numpy as np

from quietdrip.core.pkpd import star
from quietdrip.core.pkpd.ceiling import (
    Ceiling,
    Scope,
    ceiling,
    mg_per_h,
    settable_ml_per_h,
    too_much,
    without_limits,
)
from quietdrip.core.pkpd.doses import Infusion
from quietdrip.core.pkpd.individual import Floats, Linear
from quietdrip.core.pkpd.modal import Modes
from quietdrip.core.pkpd.model import Drug
from quietdrip.core.pkpd.solve import levels_ng_per_ml
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Refusal, refuse
from quietdrip.core.units import MIN_PER_DAY, MIN_PER_H, plain, shown, tidy

LOOK_MIN = 10 / MIN_PER_H  # ten seconds between two glances ahead
PERCENT = 100
NEARLY = 1 - 1 / PERCENT  # a target is reached at 99 % of it
ROUNDING = 1 / (1000 * 1000 * 1000)  # of a pump step: what a float may lack of a whole one
MOST_LOOKS = 10 * 1000
FEW = 10  # glances are looked at one by one up to so many, all at once beyond


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """A level to reach and hold at one output, with a rate that may change at every interval."""

    output: str
    level_ng_per_ml: float
    for_min: Fraction
    every_min: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRate:
    """One pump rate, from a minute on for a while."""

    start_min: Fraction
    for_min: Fraction
    rate_ml_per_h: Decimal
    rate_mg_per_h: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """The rates to set, and what the model says they do to the typical person.

    `reached_min` is the first time at 99 % of the target; `lowest_after_ng_per_ml` the lowest
    level from then to the end; `overshoot_percent` how far the highest lies above the target.
    """

    aim: Aim
    rates: tuple[SetRate, ...]
    doses: Doses
    total_mg: Decimal
    reached_min: float
    highest_ng_per_ml: float
    lowest_after_ng_per_ml: float
    overshoot_percent: float
    ceiling: Ceiling


def steered(person: Linear, aim: Aim, scope: Scope) -> Steered | Refusal:
    """The program for the typical person, or why there is none inside every limit."""
    wrong = _wrong(person, aim)
    if wrong is not None:
        return wrong
    most = ceiling(scope)
    if isinstance(most, Refusal):
        return most
    body = star.upstream(person, tuple(dict.fromkeys((person.outputs[0], aim.output))))
    modes = star.modes_of(body)
    if not np.all(modes.apart):
        says = "The effect site is as quick as a phase of the plasma; choose another model."
        return refuse("target-modes-meet", says)
    steps = int(aim.for_min / aim.every_min)
    settle, every_min = _pump(scope, most), float(aim.every_min)
    found = rates_mg_per_min(modes, aim.level_ng_per_ml, every_min, steps, settle)
    rates = _merged(aim, scope, found)
    total_mg = sum((Fraction(r.rate_mg_per_h) * r.for_min for r in rates), Fraction(0)) / MIN_PER_H
    reasons = too_much(scope, total_mg, aim.for_min)
    if reasons:
        return Refusal(reasons=reasons)
    doses = Doses(drug=person.drug, infusions=_infusions(person.drug, rates))
    return _told(body, aim, rates, doses, total_mg, most)


def rates_mg_per_min(
    modes: Modes,
    target_ng_per_ml: float,
    every_min: float,
    steps: int,
    settle: Callable[[float], float],
) -> list[float]:
    """The rates alone, for one person's modes: the last output is steered, the first is plasma.

    `settle` turns the highest rate that is allowed into one that may be set.
    """
    plasma = _ahead(modes, 0, every_min, target_ng_per_ml)
    amounts = [0.0] * plasma.stays_fraction.size
    if len(modes.levels_ng_per_ml_per_mg) == 1:
        return _look_ahead(plasma, amounts, steps, settle, until_bitten=False)
    effect = _ahead(modes, -1, every_min, target_ng_per_ml)
    climb = _look_ahead(effect, amounts, steps, settle, until_bitten=True)
    left = steps - len(climb)
    return [*climb, *_look_ahead(plasma, amounts, left, settle, until_bitten=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ahead:
    """What the next interval may give, seen at each glance ahead.

    The rate stays below `room_mg_per_min` less `used_per_min` times the modes' amounts, glance by
    glance. Over the interval the amounts keep `stays_fraction` of themselves and gain `gains_min`
    for each mg/min.
    """

    room_mg_per_min: Floats
    used_per_min: Floats
    stays_fraction: Floats
    gains_min: Floats


def _ahead(modes: Modes, row: int, every_min: float, target_ng_per_ml: float) -> _Ahead:
    """Glances from ten seconds on to where the answer to one interval's rate has peaked."""
    inside = max(1, ceil(every_min / LOOK_MIN))
    reads, into = modes.levels_ng_per_ml_per_mg[row], modes.into
    rates_per_min = modes.rates_per_min
    looks = inside
    while True:
        looks *= 2
        at_min = every_min / inside * np.arange(1, looks + 1)
        on = np.expm1(np.outer(np.minimum(at_min, every_min), rates_per_min)) / rates_per_min
        off = np.exp(np.outer(np.maximum(at_min - every_min, 0), rates_per_min))
        answer = (on * off) @ (into * reads)
        peak = int(np.argmax(answer))
        if peak + inside < looks or looks > MOST_LOOKS:
            break
    keep = slice(0, peak + inside + 1)  # past its peak the answer only falls
    free = np.exp(np.outer(at_min[keep], rates_per_min)) * reads
    return _Ahead(
        room_mg_per_min=target_ng_per_ml / answer[keep],
        used_per_min=free / answer[keep, None],
        stays_fraction=np.exp(rates_per_min * every_min),
        gains_min=into * np.expm1(rates_per_min * every_min) / rates_per_min,
    )


def _look_ahead(
    ahead: _Ahead,
    amounts: list[float],
    steps: int,
    settle: Callable[[float], float],
    *,
    until_bitten: bool,
) -> list[float]:
    """A rate for each interval, as the pump settles it; the amounts move on with them.

    With `until_bitten` it ends after the first rate that had to be lower than the highest.
    """
    allowed = _allowed(ahead)
    moves = tuple(
        zip(count(), ahead.stays_fraction.tolist(), ahead.gains_min.tolist(), strict=False)
    )
    highest = settle(inf)
    rates: list[float] = []
    for _ in range(steps):
        rate = settle(allowed(amounts))
        rates.append(rate)
        for mode, stays, gains in moves:
            amounts[mode] = amounts[mode] * stays + rate * gains
        if until_bitten and rate < highest:
            break
    return rates


def _allowed(ahead: _Ahead) -> Callable[[list[float]], float]:
    """The highest rate that passes the target at no glance; it is below zero where none does."""
    if ahead.room_mg_per_min.size > FEW:
        room, used = ahead.room_mg_per_min, ahead.used_per_min
        return lambda amounts: float((room - used @ amounts).min())
    glances = tuple(zip(ahead.room_mg_per_min.tolist(), ahead.used_per_min.tolist(), strict=True))
    return lambda amounts: min([most - sum(map(mul, per, amounts)) for most, per in glances])


def _pump(scope: Scope, most: Ceiling) -> Callable[[float], float]:
    """What becomes of an allowed rate, mg/min: the next lower one the pump can be set to."""
    mg_per_min = float(scope.concentration_mg_per_ml) / MIN_PER_H  # of one mL/h
    slowest, fastest = float(scope.pump.slowest_ml_per_h), float(most.rate_ml_per_h)
    table = [
        (np.inf if step.below_ml_per_h is None else float(step.below_ml_per_h),
         float(step.step_ml_per_h))
        for step in scope.pump.steps
    ]  # fmt: skip

    def settle(allowed_mg_per_min: float) -> float:
        ml_per_h = allowed_mg_per_min / mg_per_min
        if ml_per_h > fastest:
            return fastest * mg_per_min
        if ml_per_h < slowest:
            return 0.0
        step = table[0][1]
        if ml_per_h >= table[0][0]:
            step = next(step for below, step in table if ml_per_h < below)
        return int(ml_per_h / step + ROUNDING) * step * mg_per_min

    return settle


def _merged(aim: Aim, scope: Scope, rates_mg_per_min: Sequence[float]) -> tuple[SetRate, ...]:
    """The rates as the pump is set, exactly, neighbours of one rate taken together."""
    mg_per_min = float(scope.concentration_mg_per_ml) / MIN_PER_H
    found: list[SetRate] = []
    start_min = Fraction(0)
    for rate, same in groupby(rates_mg_per_min):
        for_min = aim.every_min * sum(1 for _ in same)
        # The float is a whole number of pump steps but for its last digits.
        near = Fraction(rate / mg_per_min) * (1 + Fraction(ROUNDING))
        rate_ml_per_h = settable_ml_per_h(scope.pump, near)
        found.append(
            SetRate(
                start_min=start_min,
                for_min=for_min,
                rate_ml_per_h=tidy(rate_ml_per_h),
                rate_mg_per_h=tidy(mg_per_h(scope, rate_ml_per_h)),
            )
        )
        start_min += for_min
    return tuple(found)


def _infusions(drug: Drug, rates: Sequence[SetRate]) -> tuple[Infusion, ...]:
    return tuple(
        Infusion(
            drug=drug,
            start_min=float(rate.start_min),
            stop_min=float(rate.start_min + rate.for_min),
            rate_mg_per_min=float(rate.rate_mg_per_h) / MIN_PER_H,
        )
        for rate in rates
    )


def _told(
    body: Linear,
    aim: Aim,
    rates: tuple[SetRate, ...],
    doses: Doses,
    total_mg: Fraction,
    most: Ceiling,
) -> Steered | Refusal:
    """What the rates do by the exact solution, or a Refusal where the target is not reached."""
    for_min = float(aim.for_min)
    looks = ceil(for_min / LOOK_MIN)
    at_min: Floats = np.arange(2 * looks + 1, dtype=np.float64) * (for_min / looks)
    level = levels_ng_per_ml(body, doses.infusions, (), at_min)[-1]
    during = level[: looks + 1]
    near = np.flatnonzero(during >= NEARLY * aim.level_ng_per_ml)
    if not near.size:
        return _out_of_reach(aim, most, float(during.max()))
    highest = float(level.max())
    return Steered(
        aim=aim,
        rates=rates,
        doses=doses,
        total_mg=shown(total_mg),
        reached_min=float(at_min[near[0]]),
        highest_ng_per_ml=highest,
        lowest_after_ng_per_ml=float(during[near[0] :].min()),
        overshoot_percent=max(0.0, highest / aim.level_ng_per_ml - 1) * PERCENT,
        ceiling=most,
    )


def _out_of_reach(aim: Aim, most: Ceiling, highest_ng_per_ml: float) -> Refusal:
    """At no rate inside every limit does the level come near the target in time."""
    return refuse(
        "target-out-of-reach",
        f"{aim.level_ng_per_ml:g} ng/mL is not reached in {plain(aim.for_min)} min: with no rate "
        f"above {plain(most.rate_ml_per_h)} mL/h ({most.by}) it comes to {highest_ng_per_ml:.1f} "
        "ng/mL; lower the target or give it longer.",
        field="hold",
    )


def _wrong(person: Linear, aim: Aim) -> Refusal | None:
    if (unlimited := without_limits(person.drug)) is not None:
        return unlimited
    if not 0 < aim.level_ng_per_ml < np.inf:
        says = f"{aim.level_ng_per_ml:g} ng/mL is no target; write a level above zero."
        return refuse("target-level", says, field="hold")
    if aim.output not in person.outputs:
        says = f"This model has no {aim.output}; it gives {', '.join(person.outputs)}."
        return refuse("target-site", says, field="site")
    if not 0 < aim.for_min <= MIN_PER_DAY:
        says = "A program is made for more than nothing and at most one day."
        return refuse("target-time", says, field="for")
    if aim.every_min <= 0 or aim.for_min % aim.every_min:
        says = (
            f"{plain(aim.for_min)} min is no whole number of intervals of "
            f"{plain(aim.every_min)} min; choose an interval that fits."
        )
        return refuse("target-interval", says, field="every")
    if aim.for_min / aim.every_min > MOST_LOOKS:
        says = f"Every {plain(aim.every_min)} min makes too many rates to set; choose longer."
        return refuse("target-interval", says, field="every")
    return None
