"""What a predicted level leads one to expect: when it peaks, of which C50, when it is gone.

The times are a model's, for people; what any one person feels or shows is observed, not computed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from quietdrip.core.pkpd.band import Bodies, crowd_levels, quantiles
from quietdrip.core.pkpd.doses import stretches
from quietdrip.core.pkpd.individual import Floats, Linear
from quietdrip.core.pkpd.model import C50, EFFECT, Model
from quietdrip.core.pkpd.solve import levels_ng_per_ml
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.units import MIN_PER_DAY, MIN_PER_H

FINE = 100
SOONEST_MIN = 1 / MIN_PER_H
Followed = Literal["effect", "plasma"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """The highest level and its minute."""

    at_min: float
    level_ng_per_ml: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """What the library says an effect follows, and what clinics saw.

    An effect that follows an effect site does so only where the site's delay stands on
    `stands_on`; a delay measured for another effect tells nothing of this one.
    """

    effect: str
    level: Followed
    stands_on: str
    says: str
    seen: str
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The peak of what an effect follows; None where this model cannot tell, and `says` why."""

    follows: Follows
    peak: Peak | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfC50:
    """How high the peak is beside the C50 that belongs to this model and site."""

    c50: C50
    peak: Peak
    peak_fraction: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """The minute from which a level stays below a threshold, 0 where it never reaches it.

    `band_min` holds the minutes by which `band_percent` of the people are below; empty without a
    band.
    """

    threshold_ng_per_ml: float
    level: Followed
    typical_min: float
    band_percent: tuple[float, ...] = ()
    band_min: tuple[float, ...] = ()


def peak(person: Linear, doses: Doses, output: str) -> Peak:
    """The highest level of one person, to a hundredth of a second soon after a dose."""
    row = person.outputs.index(output)

    def level(at_min: Floats) -> Floats:
        found: Floats = levels_ng_per_ml(person, doses.infusions, doses.boluses, at_min)[row]
        return found

    at_min = times_min(doses, doses.end_min + MIN_PER_DAY)
    for _ in range(2):
        highest = int(np.argmax(level(at_min)))
        around = at_min[max(highest - 1, 0) : highest + 2]
        at_min = np.unique(np.concatenate([around, np.linspace(around[0], around[-1], FINE)]))
    found = level(at_min)
    highest = int(np.argmax(found))
    return Peak(at_min=float(at_min[highest]), level_ng_per_ml=float(found[highest]))


def of_c50s(model: Model, peaks: dict[Followed, Peak]) -> tuple[OfC50, ...]:
    """Each C50 of the model beside the peak at the very site it belongs to."""
    sites: dict[str, Followed] = {EFFECT: "effect", model.outputs[0].name: "plasma"}
    return tuple(
        OfC50(c50=c50, peak=top, peak_fraction=top.level_ng_per_ml / c50.c50_ng_per_ml)
        for c50 in model.c50s
        if c50.at in sites and (top := peaks.get(sites[c50.at])) is not None
    )


def expected(
    model: Model, peaks: dict[Followed, Peak], follows: Sequence[Follows]
) -> tuple[Expected, ...]:
    """For each effect its predicted peak, or why this model cannot tell it."""
    found = []
    for each in follows:
        cannot = _cannot_tell(model, each)
        top = None if cannot else peaks.get(each.level)
        found.append(Expected(follows=each, peak=top, says=cannot or each.says))
    return tuple(found)


def below(
    bodies: Bodies | None,
    person: Linear,
    doses: Doses,
    level: Followed,
    threshold_ng_per_ml: float,
    band_percent: Sequence[float] = (),
) -> Below:
    """From when on the level stays below a threshold: of the typical person, and of the people."""
    row = 0 if level == "plasma" else person.outputs.index(EFFECT)
    line = stretches(doses.drug, doses.infusions, doses.boluses)

    def of_person(at_min: Floats) -> Floats:
        return levels_ng_per_ml(person, doses.infusions, doses.boluses, at_min)[None, row]

    def of_people(at_min: Floats) -> Floats:
        assert bodies is not None
        return crowd_levels(bodies, line, at_min)[:, row].astype(np.float64)

    typical = float(_last_above_min(of_person, doses, threshold_ng_per_ml)[0])
    if bodies is None:
        return Below(threshold_ng_per_ml=threshold_ng_per_ml, level=level, typical_min=typical)
    each_min = _last_above_min(of_people, doses, threshold_ng_per_ml)
    return Below(
        threshold_ng_per_ml=threshold_ng_per_ml,
        level=level,
        typical_min=typical,
        band_percent=tuple(band_percent),
        band_min=tuple(quantiles(each_min, band_percent).tolist()),
    )


def times_min(doses: Doses, until_min: float) -> Floats:
    """Every change, and times after each that grow as the bends of a curve do."""
    line = stretches(doses.drug, doses.infusions, doses.boluses)
    ends = [*line.edges_min[1:], max(until_min, doses.end_min + SOONEST_MIN)]
    parts = [np.zeros(1), line.edges_min]
    for start, end in zip(line.edges_min, ends, strict=True):
        if end - start > SOONEST_MIN:
            parts.append(start + np.geomspace(SOONEST_MIN, end - start, FINE))
    found: Floats = np.unique(np.concatenate(parts))
    return found


def _cannot_tell(model: Model, follows: Follows) -> str:
    if follows.level == "plasma":
        return ""
    if model.effect is None:
        return f"{model.title} has no effect site; when {follows.effect} peaks is not stated."
    if follows.stands_on not in model.effect.source:
        return (
            f"The effect site of {model.title} was measured for another effect than "
            f"{follows.effect}; when that peaks is not stated."
        )
    return ""


def _last_above_min(
    levels: Callable[[Floats], Floats], doses: Doses, threshold_ng_per_ml: float
) -> Floats:
    """The last minute at which each person (rows) is above; 0 for who never is."""
    if not doses.infusions and not doses.boluses:
        return np.zeros(len(levels(np.zeros(1))))
    until_min = doses.end_min + MIN_PER_H
    while np.any(levels(np.array([until_min])) > threshold_ng_per_ml):
        until_min = doses.end_min + 2 * (until_min - doses.end_min)
    at_min = times_min(doses, until_min)
    found = levels(at_min)
    above = found > threshold_ng_per_ml
    last = at_min.size - 1 - np.argmax(above[:, ::-1], axis=1)
    after = np.minimum(last + 1, at_min.size - 1)
    people = np.arange(len(found))
    # Between two near times a level falls almost as one exponential: straight in its logarithm.
    logs = np.log(np.maximum(found, np.finfo(np.float64).tiny))
    high, low = logs[people, last], logs[people, after]
    ever = above.any(axis=1)
    part = (high - np.log(threshold_ng_per_ml)) / np.where(ever, high - low, 1)
    crossing_min = at_min[last] + part * (at_min[after] - at_min[last])
    return np.where(ever, crossing_min, 0.0)
