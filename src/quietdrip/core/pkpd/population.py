"""Virtual people of a model, drawn from the variability published for it and from no other.

Chance is an argument. Person k of a seed is the same person in any chunk, on any number of workers
and under any protocol: every block of people has its own counters of the Philox generator (Salmon
2011). Weights and ages do not depend on the model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.random import Generator, Philox

from quietdrip.core.pkpd.individual import Floats, values
from quietdrip.core.pkpd.model import Model, Variation
from quietdrip.core.reasons import Refusal, refuse

BLOCK = 4096
"""How many people share a run of counters. Changing it draws other people for every seed."""
SEEDS = 2**64
"""A seed is a whole number from 0 up to, and not including, this one."""


class Purpose(Enum):
    """What a stream of chance is for; streams of different purposes never meet."""

    WEIGHT = 1
    AGE = 2
    PERSON = 3
    OCCASION = 4
    MEASUREMENT = 5
    POSTERIOR = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsBetween:
    """Weights spread evenly over a range, in kg."""

    at_least_kg: float
    at_most_kg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgesBetween:
    """Ages spread evenly over a range, in years."""

    at_least_y: float
    at_most_y: float


Weights = float | Floats | WeightsBetween
"""One weight for all, one for each person in (n,), or a range to draw from; in kg."""
Ages = float | Floats | AgesBetween | None
"""As weights, in years; None where ages are not known and no age effect is applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """Log-normal random effects: of which parameters, and their covariance (k, k)."""

    parameters: tuple[str, ...]
    log_covariance: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Which people of a seed are meant: `count` of them, from number `first` on, from 0."""

    seed: int
    count: int
    first: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Virtual people of one model.

    `weight_kg` is (n,), `age_y` (n,) or None. `log_effects` (n, k) are the random effects of
    `varying`, in that order. `values` holds every parameter, (n,), in L, L/min, 1/min, min or as a
    fraction: `individual.linear(model, values)` is their linear system. `says` is what varies.
    """

    model: Model
    crowd: Crowd
    weight_kg: Floats
    age_y: Floats | None
    varying: tuple[str, ...]
    log_effects: Floats
    values: dict[str, Floats]
    says: str


def people(
    model: Model, crowd: Crowd, weight_kg: Weights, age_y: Ages = None, occasion: int | None = None
) -> People | Refusal:
    """People who differ as was published for this model; a Refusal where that was not seen.

    An `occasion`, counted from 0, adds what one person differs by from one occasion to the next:
    the people stay who they are. Without it only the differences between people are drawn.
    """
    spread = scatter(model)
    if isinstance(spread, Refusal):
        return spread
    wrong = _wrong(crowd, occasion)
    if wrong is not None:
        return wrong
    effects = _effects(spread, crowd, Purpose.PERSON, 0)
    says = f"People differ in {', '.join(spread.parameters)}, as published with {model.title}."
    changing = _scatter(model.variability.between_occasions) if model.variability else None
    if occasion is not None and changing is not None and changing.parameters:
        more = _effects(changing, crowd, Purpose.OCCASION, occasion)
        spread, effects = _joined(spread, effects, changing, more)
        says = f"{says} One person differs from time to time in {', '.join(changing.parameters)}."
    return _made(model, crowd, weight_kg, age_y, spread.parameters, effects, says)


def alike(model: Model, crowd: Crowd, weight_kg: Weights, age_y: Ages = None) -> People | Refusal:
    """People who differ in weight and age alone: the typical person of each, never a population."""
    wrong = _wrong(crowd, None)
    if wrong is not None:
        return wrong
    says = "People differ in weight and age alone; how they differ otherwise was not drawn."
    return _made(model, crowd, weight_kg, age_y, (), np.zeros((crowd.count, 0)), says)


def scatter(model: Model, *, one_occasion: bool = False) -> Scatter | Refusal:
    """How people differ around this model; a Refusal where that was not published or not seen.

    With `one_occasion` it is the difference seen when everyone is met once: between people and
    between occasions together.
    """
    published = model.variability
    if published is None or not published.between_people:
        seen = "" if published is None else published.says
        says = f"How people differ around {model.title} is not stated; none is assumed. {seen}"
        return refuse("variability-not-stated", says.strip(), source=model.source)
    spread = _scatter(published.between_people)
    place = {name: index for index, name in enumerate(spread.parameters)}
    for pair in published.together:
        one, other = (place[name] for name in pair.parameters)
        spread.log_covariance[one, other] = pair.log_covariance
        spread.log_covariance[other, one] = pair.log_covariance
    if np.linalg.eigvalsh(spread.log_covariance)[0] <= 0:
        says = f"The variances and covariances of {model.title} belong to no distribution."
        return refuse("variability-impossible", says, source=model.source)
    fractions = [name for name in spread.parameters if model.parameter(name).unit == "fraction"]
    if fractions:
        says = f"A fraction cannot be log-normal: {', '.join(fractions)} of {model.title}."
        return refuse("variability-impossible", says, source=model.source)
    return _once(spread, published.between_occasions) if one_occasion else spread


def chance(seed: int, purpose: Purpose, block: int = 0, occasion: int = 0) -> Generator:
    """The generator of one block: 2 ** 128 numbers that no other block, purpose or seed shares."""
    counter = np.array([0, 0, block, occasion], dtype=np.uint64)
    key = np.array([seed, purpose.value], dtype=np.uint64)
    return Generator(Philox(counter=counter, key=key))


def normals(crowd: Crowd, purpose: Purpose, width: int, occasion: int = 0) -> Floats:
    """Standard normal numbers, (people, width), the same for a person in whatever crowd."""
    return _by_block(crowd, purpose, occasion, lambda luck, n: luck.standard_normal((n, width)))


def _wrong(crowd: Crowd, occasion: int | None) -> Refusal | None:
    if crowd.count < 1:
        return refuse("people-none", f"{crowd.count} people were asked for; ask for at least one.")
    if crowd.first < 0:
        return refuse("people-first", f"People are numbered from 0; {crowd.first} is no number.")
    if not 0 <= crowd.seed < SEEDS:
        return refuse("seed-wrong", f"A seed is a whole number from 0 to {SEEDS - 1}.")
    if occasion is not None and not 0 <= occasion < SEEDS:
        return refuse("occasion-wrong", f"Occasions are numbered from 0; {occasion} is no number.")
    return None


def _scatter(variations: tuple[Variation, ...]) -> Scatter:
    """Independent effects."""
    return Scatter(
        parameters=tuple(variation.parameter for variation in variations),
        log_covariance=np.diag([variation.log_variance for variation in variations]),
    )


def _once(spread: Scatter, between_occasions: tuple[Variation, ...]) -> Scatter:
    """Differences between people and between occasions as one."""
    names = list(spread.parameters)
    names += [more.parameter for more in between_occasions if more.parameter not in names]
    together = np.zeros((len(names), len(names)))
    together[: len(spread.parameters), : len(spread.parameters)] = spread.log_covariance
    for more in between_occasions:
        together[names.index(more.parameter), names.index(more.parameter)] += more.log_variance
    return Scatter(parameters=tuple(names), log_covariance=together)


def _effects(spread: Scatter, crowd: Crowd, purpose: Purpose, occasion: int) -> Floats:
    """Random effects, (people, k).

    Summed effect by effect: a matrix product may add in another order for another crowd, and then
    the last digit of a person would depend on who stands beside them.
    """
    root = np.linalg.cholesky(spread.log_covariance)
    drawn = normals(crowd, purpose, len(spread.parameters), occasion)
    effects = np.zeros_like(drawn)
    for row, column in zip(*np.nonzero(root), strict=True):
        effects[:, row] += root[row, column] * drawn[:, column]
    return effects


def _joined(
    spread: Scatter, effects: Floats, changing: Scatter, more: Floats
) -> tuple[Scatter, Floats]:
    """The effects of people and of an occasion, added where both touch a parameter."""
    new = [name for name in changing.parameters if name not in spread.parameters]
    names = (*spread.parameters, *new)
    joined = np.zeros((len(effects), len(names)))
    joined[:, : len(spread.parameters)] = effects
    for column, name in enumerate(changing.parameters):
        joined[:, names.index(name)] += more[:, column]
    return Scatter(parameters=names, log_covariance=np.zeros((0, 0))), joined


def _made(
    model: Model,
    crowd: Crowd,
    weight_kg: Weights,
    age_y: Ages,
    varying: tuple[str, ...],
    log_effects: Floats,
    says: str,
) -> People | Refusal:
    """The people with these effects, or why they cannot be made."""
    weights = _weights_kg(crowd, weight_kg)
    if isinstance(weights, Refusal):
        return weights
    ages = _ages_y(crowd, age_y)
    if isinstance(ages, Refusal):
        return ages
    found = {
        name: np.array(np.broadcast_to(value, (crowd.count,)), dtype=np.float64)
        for name, value in values(model, weights, ages).items()
    }
    for column, name in enumerate(varying):
        # In one row: NumPy may take another exp, with another last digit, for scattered numbers.
        found[name] *= np.exp(np.ascontiguousarray(log_effects[:, column]))
    return People(
        model=model,
        crowd=crowd,
        weight_kg=weights,
        age_y=ages,
        varying=varying,
        log_effects=log_effects,
        values=found,
        says=says,
    )


def _weights_kg(crowd: Crowd, weight_kg: Weights) -> Floats | Refusal:
    match weight_kg:
        case WeightsBetween(at_least_kg=at_least, at_most_kg=at_most):
            if not 0 < at_least <= at_most < np.inf:
                says = f"Weights from {at_least:g} to {at_most:g} kg are no range of weights."
                return refuse("weights-wrong", says)
            return _evenly(crowd, Purpose.WEIGHT, at_least, at_most)
    found = np.asarray(weight_kg, dtype=np.float64)
    if found.shape not in ((), (crowd.count,)):
        says = f"{found.size} weights were given for {crowd.count} people; give one for each."
        return refuse("weights-wrong", says)
    if not np.all((found > 0) & np.isfinite(found)):
        return refuse("weights-wrong", "A weight is a number of kg above 0.")
    return np.broadcast_to(found, (crowd.count,))


def _ages_y(crowd: Crowd, age_y: Ages) -> Floats | None | Refusal:
    if age_y is None:
        return None
    match age_y:
        case AgesBetween(at_least_y=at_least, at_most_y=at_most):
            if not 0 <= at_least <= at_most < np.inf:
                says = f"Ages from {at_least:g} to {at_most:g} years are no range of ages."
                return refuse("ages-wrong", says)
            return _evenly(crowd, Purpose.AGE, at_least, at_most)
    found = np.asarray(age_y, dtype=np.float64)
    if found.shape not in ((), (crowd.count,)):
        says = f"{found.size} ages were given for {crowd.count} people; give one for each."
        return refuse("ages-wrong", says)
    if not np.all((found >= 0) & np.isfinite(found)):
        return refuse("ages-wrong", "An age is a number of years, not below 0.")
    return np.broadcast_to(found, (crowd.count,))


def _evenly(crowd: Crowd, purpose: Purpose, at_least: float, at_most: float) -> Floats:
    """Numbers spread evenly over a range, (people,)."""
    drawn = _by_block(crowd, purpose, 0, lambda luck, n: luck.random(n))
    return at_least + (at_most - at_least) * drawn


def _by_block(
    crowd: Crowd,
    purpose: Purpose,
    occasion: int,
    draw: Callable[[Generator, int], Floats],
) -> Floats:
    """What each person of the crowd draws; a block is drawn from its start, as far as is needed."""
    end, parts = crowd.first + crowd.count, []
    for block in range(crowd.first // BLOCK, -(-end // BLOCK)):
        start = block * BLOCK
        drawn = draw(chance(crowd.seed, purpose, block, occasion), min(end - start, BLOCK))
        parts.append(drawn[max(crowd.first - start, 0) :])
    return np.concatenate(parts)
