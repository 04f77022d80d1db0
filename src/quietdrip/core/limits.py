"""Soft and hard limits: which of them bite on a card's numbers. They only tighten.

A hard limit has no way through. A soft one asks for a reason and a second clinician.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from quietdrip.core.protocol import Programme, Protocol
from quietdrip.core.reasons import Reason, Refusal, refuse
from quietdrip.core.units import plain

Measure = Literal["bolus_mg_per_kg", "rate_mg_per_kg_h", "dose_mg_per_kg", "day_mg"]
UNIT_OF: dict[Measure, str] = {
    "bolus_mg_per_kg": "mg/kg",
    "rate_mg_per_kg_h": "mg/kg/h",
    "dose_mg_per_kg": "mg/kg",
    "day_mg": "mg in a day",
}
NAME_OF: dict[Measure, str] = {
    "bolus_mg_per_kg": "The bolus",
    "rate_mg_per_kg_h": "The highest rate",
    "dose_mg_per_kg": "The dose",
    "day_mg": "The total",
}
SECOND_CLINICIAN = "a reason and a second clinician"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One bound on one measure of a card, for the programmes and settings it was written for.

    `reaching` is true where the value itself already bites, false where only more than it does.
    `limit` is in the unit the measure's name carries.
    """

    id: str
    hard: bool
    measure: Measure
    limit: Decimal
    reaching: bool
    programmes: tuple[Programme, ...]
    outpatient_only: bool
    says: str
    source: tuple[str, ...]
    confidence: str

    def bites(self, value: Fraction) -> bool:
        """Whether this value is stopped by the limit."""
        limit = Fraction(self.limit)
        return value >= limit if self.reaching else value > limit

    def concerns(self, protocol: Protocol) -> bool:
        """Whether the limit was written for this protocol's programme and setting."""
        return bool(set(self.programmes) & set(protocol.programmes)) and (
            protocol.outpatient or not self.outpatient_only
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Values so far from what is expected of a field that they are asked back, not accepted."""

    field: str
    unit: str
    programmes: tuple[Programme, ...]
    at_least: Decimal
    at_most: Decimal
    says: str
    source: tuple[str, ...]
    confidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """All bounds a card is held against, with the tolerances of its own arithmetic."""

    limits: tuple[Limit, ...]
    guards: tuple[Guard, ...]
    guard_factor: Decimal
    weight_at_least_kg: Decimal
    weight_at_most_kg: Decimal
    weight_change_percent: Decimal
    rounding_shown_percent: Decimal
    rounding_at_most_percent: Decimal
    agreement_percent: Decimal


def biting(
    measures: dict[Measure, Fraction], protocol: Protocol, limits: Iterable[Limit]
) -> tuple[Reason, ...]:
    """A reason for each limit that bites; hard ones are refusals, soft ones warnings."""
    return tuple(
        _reason(limit, measures[limit.measure])
        for limit in limits
        if limit.measure in measures
        and limit.concerns(protocol)
        and limit.bites(measures[limit.measure])
    )


def tighten(ours: Limit, theirs: Limit) -> Limit | Refusal:
    """A site's version of a limit, which may be lower or harder but never looser."""
    looser = (
        theirs.limit > ours.limit
        or (ours.hard and not theirs.hard)
        or (ours.reaching and not theirs.reaching and theirs.limit == ours.limit)
        or not set(ours.programmes) <= set(theirs.programmes)
        or (theirs.outpatient_only and not ours.outpatient_only)
        or theirs.measure != ours.measure
    )
    if looser:
        kind = "hard" if ours.hard else "soft"
        return refuse(
            "limit-loosened",
            f"The site's {ours.id} is looser than the library's ({kind}, {plain(ours.limit)} "
            f"{UNIT_OF[ours.measure]}); a site's limit can only tighten.",
            field=ours.id,
        )
    return replace(theirs, source=(*theirs.source, *ours.source))


def _reason(limit: Limit, value: Fraction) -> Reason:
    unit = UNIT_OF[limit.measure]
    reach = "reaches" if limit.reaching and value == Fraction(limit.limit) else "is above"
    says = (
        f"{NAME_OF[limit.measure]}, {plain(value)} {unit}, {reach} "
        f"{plain(limit.limit)} {unit} ({limit.id}): {limit.says}."
    )
    return Reason(
        id=limit.id,
        says=says,
        kind="refused" if limit.hard else "warning",
        needs="" if limit.hard else SECOND_CLINICIAN,
        source=limit.source,
        confidence=limit.confidence,
    )
