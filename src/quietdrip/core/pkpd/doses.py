"""Doses as stretches of constant rate: what a pump runs and what is pushed, of one drug."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quietdrip.core.pkpd.individual import Floats
from quietdrip.core.pkpd.model import Drug


@dataclass(frozen=True, slots=True, kw_only=True)
class Infusion:
    """A constant rate of a drug from start to stop. Infusions that overlap add up."""

    drug: Drug
    start_min: float
    stop_min: float
    rate_mg_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bolus:
    """An instant dose. A level asked for at its very minute is the level after it."""

    drug: Drug
    at_min: float
    dose_mg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretches:
    """The edges at which anything changes; at each the bolus given and the rate from it on."""

    edges_min: Floats
    rates_mg_per_min: Floats
    boluses_mg: Floats


def stretches(drug: Drug, infusions: Sequence[Infusion], boluses: Sequence[Bolus]) -> Stretches:
    """All doses of one drug on one line of time; ValueError where one of them is no such dose."""
    given: list[Infusion | Bolus] = [*infusions, *boluses]
    for dose in given:
        _must_be_a_dose_of(drug, dose)
    edges = sorted(
        {minute for infusion in infusions for minute in (infusion.start_min, infusion.stop_min)}
        | {bolus.at_min for bolus in boluses}
    )
    place = {minute: index for index, minute in enumerate(edges)}
    rates_mg_per_min, boluses_mg = np.zeros(len(edges)), np.zeros(len(edges))
    for infusion in infusions:
        running = slice(place[infusion.start_min], place[infusion.stop_min])
        rates_mg_per_min[running] += infusion.rate_mg_per_min
    for bolus in boluses:
        boluses_mg[place[bolus.at_min]] += bolus.dose_mg
    return Stretches(
        edges_min=np.array(edges, dtype=np.float64),
        rates_mg_per_min=rates_mg_per_min,
        boluses_mg=boluses_mg,
    )


def _must_be_a_dose_of(drug: Drug, dose: Infusion | Bolus) -> None:
    """ValueError for another drug, a backward, endless or negative dose."""
    if dose.drug is not drug:
        raise ValueError(f"A dose of {dose.drug} cannot go into a model of {drug}.")
    match dose:
        case Infusion(start_min=start_min, stop_min=stop_min, rate_mg_per_min=amount):
            in_time = -np.inf < start_min <= stop_min < np.inf
        case Bolus(at_min=at_min, dose_mg=amount):
            in_time = -np.inf < at_min < np.inf
    if not in_time or not 0 <= amount < np.inf:
        raise ValueError(f"This is not a dose: {dose}.")
