"""Bands: how far people differ from the typical one, by the variability published for the model.

A model whose variability was not seen has no band of its own, and none is lent to it: `spread`
shows what other models of the same drug say of their typical persons, which is no population.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import floor

import numpy as np
from numpy.typing import NDArray

from quietdrip.core.pkpd import plain, star
from quietdrip.core.pkpd.doses import Stretches, stretches
from quietdrip.core.pkpd.individual import Floats, Linear, individual, linear
from quietdrip.core.pkpd.modal import Modes
from quietdrip.core.pkpd.model import EFFECT, Model
from quietdrip.core.pkpd.population import Crowd, People, people
from quietdrip.core.pkpd.solve import levels_ng_per_ml
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Refusal

Singles = NDArray[np.float32]
"""Levels of many people in single precision: seven digits, and people differ in the first one."""
PERCENT = 100
CALM = 10
"""Between two changes the band is drawn anew each time a tenth more time has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """The virtual people of a model and its typical person, solved and ready for any doses."""

    people: People
    person: Linear
    crowd: Linear
    modes: Modes


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Levels (percents, times) below which so many of the people stay, at each time."""

    at_percent: tuple[float, ...]
    levels_ng_per_ml: Floats

    def at(self, percent: float) -> Floats:
        """The levels below which this share of the people stays."""
        found: Floats = self.levels_ng_per_ml[self.at_percent.index(percent)]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Quantiles of plasma and effect site; `effect` is None where the model has no effect site.

    `says` is what differs among the people, and what does not.
    """

    at_min: Floats
    crowd: Crowd
    plasma: Quantiles
    effect: Quantiles | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The lowest and highest plasma level of the typical persons of several models."""

    at_min: Floats
    models: tuple[Model, ...]
    low_ng_per_ml: Floats
    high_ng_per_ml: Floats

    @property
    def says(self) -> str:
        """The label every drawing of the spread carries."""
        return "models disagree; typical persons, not a population band"


def bodies(model: Model, weight_kg: float, age_y: float | None, crowd: Crowd) -> Bodies | Refusal:
    """People of this weight and age, each met once; a Refusal where how they vary is not known."""
    drawn = people(model, crowd, weight_kg, age_y, occasion=0)
    if isinstance(drawn, Refusal):
        return drawn
    population = star.upstream(linear(model, drawn.values), heard(model))
    return Bodies(
        people=drawn,
        person=star.upstream(individual(model, weight_kg, age_y), heard(model)),
        crowd=population,
        modes=star.modes_of(population),
    )


def band(bodies: Bodies, doses: Doses, at_min: Floats, bands_percent: Sequence[float]) -> Band:
    """The median and these bands at ascending times; levels in blood, with no error of an assay.

    Quantiles are drawn from all people where it matters, soon after each change, and at times a
    tenth apart later; between these they follow the typical person's own curve.
    """
    percents = tuple(sorted({PERCENT / 2, *_edges_percent(bands_percent)}))
    typical = levels_ng_per_ml(bodies.person, doses.infusions, doses.boluses, at_min)
    line = stretches(doses.drug, doses.infusions, doses.boluses)
    after = _first_dosed(line, at_min)
    knots = _knots(line, at_min[after:])
    drawn = quantiles(crowd_levels(bodies, line, at_min[after:][knots]), percents)
    found = np.zeros((len(percents), *typical.shape))
    for output, each in enumerate(typical):
        for row in range(len(percents)):
            found[row, output, after:] = _between(drawn[row, output], each[after:], knots)
    by_output = [
        Quantiles(at_percent=percents, levels_ng_per_ml=found[:, output])
        for output in range(len(typical))
    ]
    return Band(
        at_min=at_min,
        crowd=bodies.people.crowd,
        plasma=by_output[0],
        effect=by_output[1] if len(by_output) > 1 else None,
        says=_says(bodies),
    )


def spread(
    models: Sequence[Model], weight_kg: float, age_y: float | None, doses: Doses, at_min: Floats
) -> Spread:
    """The plasma levels of the typical persons of several models, all of the doses' own drug."""
    each = np.stack(
        [
            levels_ng_per_ml(
                star.upstream(individual(model, weight_kg, age_y), (model.outputs[0].name,)),
                doses.infusions,
                doses.boluses,
                at_min,
            )[0]
            for model in models
        ]
    )
    return Spread(
        at_min=at_min,
        models=tuple(models),
        low_ng_per_ml=each.min(axis=0),
        high_ng_per_ml=each.max(axis=0),
    )


def crowd_levels(bodies: Bodies, line: Stretches, at_min: Floats) -> Singles:
    """Levels of everyone, (people, outputs, times), at times from the first dose on."""
    if not at_min.size:
        return np.zeros((*bodies.crowd.levels_ng_per_ml_per_mg.shape[:2], 0), dtype=np.float32)
    found = np.moveaxis(_of_modes(bodies.modes, line, at_min), -1, 0)
    near = np.flatnonzero(~bodies.modes.apart)
    if near.size:
        few = replace(
            bodies.crowd,
            flows_per_min=bodies.crowd.flows_per_min[near],
            levels_ng_per_ml_per_mg=bodies.crowd.levels_ng_per_ml_per_mg[near],
        )
        found[near] = few.levels_ng_per_ml_per_mg @ plain.amounts_mg(few, line, at_min)
    return found


def _of_modes(modes: Modes, line: Stretches, at_min: Floats) -> Singles:
    """The sum of modes as in `modal`, laid out (outputs, times, people) as ordering wants it."""
    rates_per_min = np.ascontiguousarray(modes.rates_per_min.T)
    into = np.ascontiguousarray(modes.into.T)
    reads = np.ascontiguousarray(np.moveaxis(modes.levels_ng_per_ml_per_mg, 0, -1))
    found = np.empty((len(reads), at_min.size, into.shape[-1]), dtype=np.float32)
    firsts = [*np.searchsorted(at_min, line.edges_min).tolist(), at_min.size]
    spans_min = np.diff(line.edges_min, append=line.edges_min[-1:])
    amounts_mg = np.zeros_like(into)
    # One piece of memory for all stretches: fetching it anew costs more than the exponentials.
    longest = max(last - first for first, last in pairwise(firsts))
    memory = np.empty((len(into), longest, into.shape[-1]), dtype=np.float32)
    single_per_min = rates_per_min.astype(np.float32)[:, None]
    for index, (first, last) in enumerate(pairwise(firsts)):
        amounts_mg += into * line.boluses_mg[index]
        steady_mg = into * -line.rates_mg_per_min[index] / rates_per_min
        fading_mg = amounts_mg - steady_mg
        since_min = (at_min[first:last] - line.edges_min[index]).astype(np.float32)
        decays = memory[:, : last - first]
        np.exp(np.multiply(single_per_min, since_min[:, None], out=decays), out=decays)
        here = found[:, first:last]
        fading = (reads * fading_mg).astype(np.float32)
        np.einsum("okp,ktp->otp", fading, decays, out=here)
        here += (reads * steady_mg).sum(axis=1, dtype=np.float32)[:, None]
        amounts_mg = steady_mg + fading_mg * np.exp(rates_per_min * spans_min[index])
    return np.maximum(found, 0, out=found)


def quantiles(of_people: Floats | Singles, percents: Sequence[float]) -> Floats:
    """Quantiles over the first axis, (percents, ...), linear between two neighbours."""
    row = np.array(np.moveaxis(of_people, 0, -1), dtype=np.float32, order="C")
    row.sort(axis=-1)
    found = np.empty((len(percents), *row.shape[:-1]))
    for index, percent in enumerate(percents):
        place = percent / PERCENT * (len(of_people) - 1)
        low = floor(place)
        high = min(low + 1, len(of_people) - 1)
        found[index] = row[..., low] + (place - low) * (row[..., high] - row[..., low])
    return found


def heard(model: Model) -> tuple[str, ...]:
    """The outputs a band is drawn of: plasma and, where there is one, the effect site."""
    plasma = model.outputs[0].name
    return (plasma, EFFECT) if model.effect is not None else (plasma,)


def _edges_percent(bands_percent: Sequence[float]) -> set[float]:
    """The lower and upper share of each central band: 5 and 95 of the 90 % band."""
    return {
        edge
        for percent in bands_percent
        for edge in ((PERCENT - percent) / 2, (PERCENT + percent) / 2)
    }


def _first_dosed(line: Stretches, at_min: Floats) -> int:
    """The first time at which anybody has a level at all."""
    start_min = line.edges_min[0] if line.edges_min.size else np.inf
    return int(np.searchsorted(at_min, start_min))


def _knots(line: Stretches, at_min: Floats) -> list[int]:
    """Which times are drawn from all people: dense after each edge, then a tenth apart."""
    found: set[int] = set()
    firsts = sorted({*np.searchsorted(at_min, line.edges_min).tolist(), at_min.size})
    for first, stop in pairwise(firsts):
        offset = 0
        while first + offset < stop:
            found.add(first + offset)
            offset += 1 + offset // CALM
        found.add(stop - 1)
    return sorted(found)


def _between(drawn: Floats, typical: Floats, knots: Sequence[int]) -> Floats:
    """A quantile at every time, from its share of the typical level at the knots."""
    if not knots:
        return np.zeros_like(typical)
    at_knots = typical[knots]
    share = np.divide(drawn, at_knots, out=np.ones_like(drawn), where=at_knots > 0)
    # Nothing has arrived yet at the very start: there the first share that can be told holds.
    told = np.flatnonzero(at_knots > 0)
    if told.size:
        share[: told[0]] = share[told[0]]
    found: Floats = typical * np.interp(np.arange(typical.size), knots, share)
    return found


def _says(bodies: Bodies) -> str:
    effect = bodies.people.model.effect
    alike = (
        " The delay of the effect site is the same for all: how people differ in it was not seen."
        if effect is not None and not _delay_varies(bodies)
        else ""
    )
    return f"{bodies.people.says}{alike} Levels in blood, without the error of an assay."


def _delay_varies(bodies: Bodies) -> bool:
    ke0_per_min = bodies.crowd.flows_per_min[..., -1, -1]
    return bool(np.ptp(ke0_per_min) > 0)
