"""A virtual trial: protocols side by side on the same virtual people, each dosed by their own card.

People come in chunks of a fixed size, so a result depends on the seed and on nothing else: not on
how many workers there are, nor on where the work was interrupted. A person is weighed to the whole
kilogram and gets what the card of that weight gives; their body has its exact weight.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from quietdrip.core.pkpd import modal, plain, star, tally
from quietdrip.core.pkpd.band import heard
from quietdrip.core.pkpd.doses import Stretches, stretches
from quietdrip.core.pkpd.individual import Floats, Linear, linear
from quietdrip.core.pkpd.modal import Modes
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.population import BLOCK, Ages, Crowd, People, Weights, alike, people
from quietdrip.core.pkpd.predict import GRIDS_MIN, POINTS
from quietdrip.core.pkpd.tally import BINS, Counts, Whole
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Refusal
from quietdrip.core.units import MIN_PER_H

CHUNK = 2 * BLOCK
"""People in a chunk. Changing it may change the last digit of a level, never who the people are."""
TOGETHER = 1000
"""At most so many people are solved at once: what bounds the memory of a long protocol."""
KNOTS = 60
"""Percentiles over time are counted at about so many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the card of one whole kilogram gives, and what it takes from the shelf."""

    doses: Doses
    total_mg: Decimal
    vials: int
    waste_mg: Decimal
    residual_mg: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One protocol of the trial: its cards from `first_kg` up, and the minutes it is looked at.

    `knots` are the places in `at_min` at which percentiles over time are counted.
    """

    protocol: str
    title: str
    first_kg: int
    cards: tuple[Given, ...]
    at_min: Floats
    knots: Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """A band of levels to stay in while the pump runs."""

    low_ng_per_ml: float
    high_ng_per_ml: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Levels somebody chose: to count minutes above, to fall below, and a band to stay in."""

    above_ng_per_ml: tuple[float, ...] = ()
    below_ng_per_ml: tuple[float, ...] = ()
    within: Levels | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Everything a result follows from. `varies` is False where people differ in weight alone."""

    model: Model
    arms: tuple[Arm, ...]
    crowd: Crowd
    weight_kg: Weights
    age_y: Ages
    varies: bool
    watched: Watched

    @property
    def chunks(self) -> int:
        """How many chunks the people come in."""
        return -(-self.crowd.count // CHUNK)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solved:
    """The people of a chunk, ready for any doses; exposure is for each mg, (n, o)."""

    people: People
    crowd: Linear
    modes: Modes
    exposure_ng_h_per_ml: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """People of a chunk who get card `place` of a protocol, and their levels, (n, o, times)."""

    place: int
    chosen: Whole
    given: Given
    levels_ng_per_ml: Floats


def people_of(trial: Trial, number: int) -> People | Refusal:
    """The people of a chunk; the same ones whatever the protocols."""
    first = trial.crowd.first + number * CHUNK
    count = min(CHUNK, trial.crowd.count - number * CHUNK)
    crowd = Crowd(seed=trial.crowd.seed, count=count, first=first)
    if trial.varies:
        return people(trial.model, crowd, trial.weight_kg, trial.age_y, occasion=0)
    return alike(trial.model, crowd, trial.weight_kg, trial.age_y)


def chunk(trial: Trial, number: int) -> Counts:
    """The counts of one chunk of people, for every protocol."""
    solved = _solved(trial, number)
    counts: Counts = {}
    for place, arm in enumerate(trial.arms):
        for name, found in _arm(trial, arm, solved).items():
            counts[f"{place}/{name}"] = found
    return counts


def trajectories(trial: Trial, number: int) -> Iterator[tuple[Arm, Whole, Floats, Floats]]:
    """Every level of a chunk, group by group: the protocol, who, their weights, their levels.

    Levels are (people, outputs, times) at the protocol's `at_min`; people are numbered from 0.
    """
    solved = _solved(trial, number)
    for arm in trial.arms:
        for group in _groups(arm, solved):
            who = group.chosen + solved.people.crowd.first
            yield arm, who, solved.people.weight_kg[group.chosen], group.levels_ng_per_ml


def even_times_min(doses: tuple[Doses, ...], after_min: float) -> Floats:
    """Even minutes from the start to so long after the last dose, with every change among them.

    A change at a part of a minute lies between two of them.
    """
    until_min = max(each.end_min for each in doses) + after_min
    edges = {edge for each in doses for edge in _edges_min(each)}
    light = next((step for step in GRIDS_MIN if until_min / step <= POINTS), GRIDS_MIN[-1])
    fitting = [s for s in GRIDS_MIN if s <= light and all(edge % s == 0 for edge in edges)]
    step_min = max(fitting, default=1)
    return np.arange(0.0, until_min + step_min / 2, step_min)


def knots(at_min: Floats, doses: Doses) -> Whole:
    """Places of about KNOTS even times and of every change of these doses."""
    even = np.linspace(0, at_min.size - 1, min(KNOTS + 1, at_min.size))
    changes = np.searchsorted(at_min, sorted(_edges_min(doses)))
    return np.unique(np.concatenate([np.round(even).astype(np.int64), changes]))


def _edges_min(doses: Doses) -> Iterator[float]:
    for infusion in doses.infusions:
        yield infusion.start_min
        yield infusion.stop_min
    for bolus in doses.boluses:
        yield bolus.at_min


def _solved(trial: Trial, number: int) -> _Solved:
    found = people_of(trial, number)
    # A trial is made after its people were asked for once, so none of its chunks is refused.
    assert not isinstance(found, Refusal)
    crowd = star.upstream(linear(trial.model, found.values), heard(trial.model))
    into = np.broadcast_to(crowd.into[:, None], (*crowd.flows_per_min.shape[:-1], 1))
    stay_min = np.linalg.solve(-crowd.flows_per_min, into)
    exposure = (crowd.levels_ng_per_ml_per_mg @ stay_min)[..., 0] / MIN_PER_H
    return _Solved(
        people=found, crowd=crowd, modes=star.modes_of(crowd), exposure_ng_h_per_ml=exposure
    )


def _groups(arm: Arm, solved: _Solved) -> Iterator[_Group]:
    """Everyone once, those of one card together, in a fixed order."""
    whole_kg = np.floor(solved.people.weight_kg + 1 / 2).astype(np.int64)
    for place, given in enumerate(arm.cards):
        same = np.flatnonzero(whole_kg == arm.first_kg + place)
        line = stretches(given.doses.drug, given.doses.infusions, given.doses.boluses)
        for start in range(0, same.size, TOGETHER):
            chosen = same[start : start + TOGETHER]
            levels = _levels(solved, chosen, line, arm.at_min)
            yield _Group(place=place, chosen=chosen, given=given, levels_ng_per_ml=levels)


def _levels(solved: _Solved, chosen: Whole, line: Stretches, at_min: Floats) -> Floats:
    """Levels of the chosen people; whose modes meet are solved the plain way."""
    modes = solved.modes
    mine = Modes(
        rates_per_min=modes.rates_per_min[chosen],
        into=modes.into[chosen],
        levels_ng_per_ml_per_mg=modes.levels_ng_per_ml_per_mg[chosen],
        apart=modes.apart[chosen],
    )
    found = modal.levels_ng_per_ml(mine, line, at_min)
    near = np.flatnonzero(~mine.apart)
    if near.size:
        few = replace(
            solved.crowd,
            flows_per_min=solved.crowd.flows_per_min[chosen[near]],
            levels_ng_per_ml_per_mg=solved.crowd.levels_ng_per_ml_per_mg[chosen[near]],
        )
        found[near] = few.levels_ng_per_ml_per_mg @ plain.amounts_mg(few, line, at_min)
    return found


def _arm(trial: Trial, arm: Arm, solved: _Solved) -> Counts:
    """Everything that is counted for one protocol."""
    many, outputs = solved.exposure_ng_h_per_ml.shape
    places = arm.at_min.size + 1
    at_knots = np.empty((many, outputs, arm.knots.size))
    highest = np.empty((many, outputs))
    exposure = np.empty((many, outputs))
    minutes: dict[str, Whole] = {}
    cards = np.empty(many, dtype=np.int64)
    for group in _groups(arm, solved):
        levels, who = group.levels_ng_per_ml, group.chosen
        at_knots[who] = levels[..., arm.knots]
        highest[who] = levels.max(axis=-1)
        exposure[who] = solved.exposure_ng_h_per_ml[who] * group.given.doses.total_mg
        cards[who] = group.place
        for name, found in _watched(trial.watched, arm, group):
            minutes.setdefault(name, np.empty((many, outputs), dtype=np.int64))[who] = found
    counts: Counts = {"cards": tally.counted(cards, len(arm.cards))}
    for place, output in enumerate(solved.crowd.outputs):
        mine: Counts = {
            "levels": tally.counted(tally.bins_of(at_knots[:, place]), BINS),
            "peak": tally.counted(tally.bins_of(highest[:, place]), BINS),
            "exposure": tally.counted(tally.bins_of(exposure[:, place]), BINS),
        }
        for name, found in minutes.items():
            mine[name] = tally.counted(found[:, place], places)
        counts |= {f"{output}/{name}": found for name, found in mine.items()}
    return counts


def _watched(watched: Watched, arm: Arm, group: _Group) -> Iterator[tuple[str, Whole]]:
    """What is seen of each person and output, (people, outputs), as a place in time or a sort."""
    levels = group.levels_ng_per_ml
    yield "peak-at", np.argmax(levels, axis=-1)
    for place, limit in enumerate(watched.above_ng_per_ml):
        yield f"above-{place}", np.sum(levels > limit, axis=-1)
    for place, limit in enumerate(watched.below_ng_per_ml):
        # The place after the last one at or above the limit; 0 where it was never reached.
        last = levels.shape[-1] - np.argmax(levels[..., ::-1] >= limit, axis=-1)
        yield f"below-{place}", np.where(np.any(levels >= limit, axis=-1), last, 0)
    if watched.within is not None:
        yield from _kept_within(watched.within, levels, arm.at_min <= group.given.doses.end_min)


def _kept_within(
    within: Levels, levels: Floats, running: modal.Mask
) -> Iterator[tuple[str, Whole]]:
    """How long each person is inside a band, and whether and how they leave it, as 0 or 1."""
    above, below = levels > within.high_ng_per_ml, levels < within.low_ng_per_ml
    reached = np.maximum.accumulate(~below, axis=-1)
    high, never = np.any(above, axis=-1), ~reached[..., -1]
    fell = np.any(reached & below & running, axis=-1)
    yield "inside", np.sum(~above & ~below, axis=-1)
    for name, seen in (
        ("left", high | never | fell),
        ("too-high", high),
        ("not-reached", never),
        ("fell", fell),
    ):
        yield name, seen.astype(np.int64)
