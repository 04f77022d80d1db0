"""How much a program may give: the pump's own range and every limit of the library, at once.

A program steered by a model stays inside soft limits too: nobody gave a reason for passing them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from quietdrip.core.equipment import Pump
from quietdrip.core.limits import NAME_OF, UNIT_OF, Bounds, Limit, Measure
from quietdrip.core.pkpd.model import Drug
from quietdrip.core.protocol import Programme
from quietdrip.core.reasons import Reason, Refusal, refuse
from quietdrip.core.units import MIN_PER_DAY, floor_to, plain

# The library writes its limits for ketamine; S-ketamine, the stronger, is held to the same ones.
LIMITED = (Drug.RACEMIC_KETAMINE, Drug.S_KETAMINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For whom and with what a program is made."""

    programme: Programme
    outpatient: bool
    weight_kg: Fraction
    concentration_mg_per_ml: Decimal
    pump: Pump
    bounds: Bounds

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits written for this programme and setting, hard and soft."""
        return tuple(
            limit
            for limit in self.bounds.limits
            if self.programme in limit.programmes and (self.outpatient or not limit.outpatient_only)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """The highest rate the pump can be set to that no limit stops; `by` is what stops the next."""

    rate_ml_per_h: Decimal
    by: str


def without_limits(drug: Drug) -> Refusal | None:
    """Why no program is made of this drug, or None where limits are written for it."""
    if drug in LIMITED:
        return None
    says = f"No limit is stated for {drug}; no program is made without limits."
    return refuse("target-drug", says, field="model")


def ceiling(scope: Scope) -> Ceiling | Refusal:
    """The highest rate for this scope, or a Refusal where the pump has no rate that low."""
    most_ml_per_h, by = Fraction(scope.pump.fastest_ml_per_h), f"the fastest of {scope.pump.id}"
    for limit in _of(scope.limits, "rate_mg_per_kg_h"):
        bound = Fraction(limit.limit) * scope.weight_kg / Fraction(scope.concentration_mg_per_ml)
        if bound < most_ml_per_h:
            most_ml_per_h, by = bound, _says(limit)
    rate = settable_ml_per_h(scope.pump, most_ml_per_h)
    while rate > 0 and _stopped(scope, rate):
        step = scope.pump.step_at(rate)
        rate = settable_ml_per_h(scope.pump, Fraction(rate - step))
    if not rate:
        says = f"{scope.pump.title} has no rate inside every limit at this concentration; dilute."
        return refuse("target-no-rate", says, field="final")
    return Ceiling(rate_ml_per_h=rate, by=by)


def settable_ml_per_h(pump: Pump, rate_ml_per_h: Fraction) -> Decimal:
    """The highest rate this pump can be set to that is not above; 0 below its slowest."""
    whole = max(Fraction(0), min(rate_ml_per_h, Fraction(pump.fastest_ml_per_h)))
    rate = floor_to(whole, pump.step_at(Decimal(int(whole))))
    return rate if rate >= pump.slowest_ml_per_h else Decimal(0)


def too_much(scope: Scope, total_mg: Fraction, over_min: Fraction) -> tuple[Reason, ...]:
    """A reason for each limit that the sum of a program reaches or passes."""
    measures: dict[Measure, Fraction] = {
        "dose_mg_per_kg": total_mg / scope.weight_kg,
        "day_mg": total_mg * min(Fraction(1), MIN_PER_DAY / max(over_min, Fraction(1))),
    }
    return tuple(
        Reason(
            id=limit.id,
            says=f"{NAME_OF[limit.measure]} would be {plain(measures[limit.measure])} "
            f"{UNIT_OF[limit.measure]}, and {_says(limit)} stops it: {limit.says}.",
            source=limit.source,
            confidence=limit.confidence,
        )
        for limit in scope.limits
        if limit.measure in measures and limit.bites(measures[limit.measure])
    )


def mg_per_h(scope: Scope, rate_ml_per_h: Decimal) -> Decimal:
    """The drug rate of a pump rate."""
    return rate_ml_per_h * scope.concentration_mg_per_ml


def _stopped(scope: Scope, rate_ml_per_h: Decimal) -> bool:
    rate_mg_per_kg_h = Fraction(mg_per_h(scope, rate_ml_per_h)) / scope.weight_kg
    return any(limit.bites(rate_mg_per_kg_h) for limit in _of(scope.limits, "rate_mg_per_kg_h"))


def _of(limits: Iterable[Limit], measure: Measure) -> Iterable[Limit]:
    return (limit for limit in limits if limit.measure == measure)


def _says(limit: Limit) -> str:
    return f"{limit.id} ({plain(limit.limit)} {UNIT_OF[limit.measure]})"
