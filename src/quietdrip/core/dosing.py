"""The one calculation: prescription, shelf and bounds give a card or a refusal.

Exact fractions from order to pump; the only rounding is the pump's own step, downwards, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from quietdrip.core import explain
from quietdrip.core.card import Bolus, Card, Delivered, DosingWeight, Step
from quietdrip.core.drawup import Flow, check_strength, draw_up
from quietdrip.core.equipment import Pump, Shelf
from quietdrip.core.guard import asked_back, contradicted, weight_refusals
from quietdrip.core.limits import Bounds, Measure, biting
from quietdrip.core.notes import afterthoughts, pounds
from quietdrip.core.prescription import Prescription
from quietdrip.core.program import Program, Stretch, cap_text, program, settled
from quietdrip.core.protocol import Total
from quietdrip.core.reasons import Reason, Refusal, refuse, together
from quietdrip.core.timeline import ready_min, timeline
from quietdrip.core.units import (
    MIN_PER_DAY,
    Quantity,
    amount_over,
    floor_to,
    plain,
    shown,
)

PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The numbers of the order before a pump is known: dosing weight, program, doubts and bites."""

    weight_kg: Fraction
    program: Program
    values: dict[str, Quantity]
    bites: tuple[Reason, ...]

    @property
    def total_mg(self) -> Fraction:
        """Bolus and infusion together."""
        return self.program.bolus_mg + self.program.infusion_mg


def plan(prescription: Prescription, shelf: Shelf, bounds: Bounds) -> Card | Refusal:
    """The infusion card, or every reason found why there is none."""
    startable = _startable(prescription)
    if startable is not None:
        return startable
    ordered = _ordered(prescription, bounds)
    strength = check_strength(prescription.vial, prescription.strength)
    refusals = [part for part in (ordered, strength) if isinstance(part, Refusal)]
    if refusals:
        return together(*refusals)
    assert isinstance(ordered, Ordered)
    flows = _flows(ordered.program, prescription, bounds)
    bolus_ml = _bolus_ml(ordered.program, prescription, bounds)
    refusals = [part for part in (flows, bolus_ml) if isinstance(part, Refusal)]
    if refusals:
        return replace(together(*refusals), warnings=_warnings(prescription, ordered))
    assert not isinstance(flows, Refusal)
    assert not isinstance(bolus_ml, Refusal)
    card = _card(prescription, ordered, flows, bolus_ml, shelf)
    if isinstance(card, Refusal):
        return card
    return replace(card, warnings=(*card.warnings, *afterthoughts(card, bounds)))


def _startable(prescription: Prescription) -> Refusal | None:
    protocol, vial = prescription.protocol, prescription.vial
    if protocol.activation == "reference-only":
        return refuse(
            "reference-only",
            f"{protocol.id} is kept for reference and is never started: {protocol.title}.",
            field="protocol",
            source=protocol.source,
        )
    if vial.drug != protocol.drug:
        return refuse(
            "drug-mismatch",
            f"{protocol.id} is for {protocol.drug}; {vial.title} is {vial.drug}. One is never "
            "converted into the other.",
            field="vial",
        )
    return None


def _ordered(prescription: Prescription, bounds: Bounds) -> Ordered | Refusal:
    """Fields, dosing weight, doubts and limits; the order without a pump."""
    out_of_range = (
        *weight_refusals(prescription.weights, bounds),
        *contradicted(prescription),
    )
    values = settled(prescription)
    if out_of_range or isinstance(values, Refusal):
        found = values.reasons if isinstance(values, Refusal) else ()
        return Refusal(reasons=(*out_of_range, *found))
    weight_kg = _dosing_weight(prescription, values)
    if isinstance(weight_kg, Refusal):
        return weight_kg
    ordered = program(prescription, values, weight_kg)
    if isinstance(ordered, Refusal):
        return ordered
    bites = biting(
        _measures(prescription, ordered, weight_kg), prescription.protocol, bounds.limits
    )
    stops = tuple(bite for bite in bites if bite.kind == "refused")
    doubts = asked_back(prescription, values, bounds)
    if stops or doubts:
        soft = tuple(bite for bite in bites if bite.kind != "refused")
        return Refusal(reasons=(*stops, *doubts), warnings=soft)
    return Ordered(weight_kg=weight_kg, program=ordered, values=values, bites=bites)


def _dosing_weight(prescription: Prescription, values: dict[str, Quantity]) -> Fraction | Refusal:
    """The weight a person chose; with only the actual one given there is nothing to choose."""
    weights = prescription.weights
    known = weights.known
    if weights.chosen and weights.chosen not in known:
        says = f"The {weights.chosen} weight was chosen for dosing but not given; type it."
        return refuse("dosing-weight-missing", says, field=f"{weights.chosen}-weight")
    if weights.chosen and known[weights.chosen].canonical > weights.actual.canonical:
        says = (
            f"The {weights.chosen} weight, {known[weights.chosen].text}, is above the actual one, "
            f"{weights.actual.text}; nobody is dosed for more than they weigh. Choose actual."
        )
        return refuse("dosing-weight-above-actual", says, field="dosing-weight")
    if weights.chosen or len(known) == 1:
        return known[weights.chosen or "actual"].canonical
    totals = []
    for kind, weight in known.items():
        ordered = program(prescription, values, weight.canonical)
        if isinstance(ordered, Refusal):
            return ordered
        totals.append(
            f"{kind} {weight.text} gives {plain(ordered.bolus_mg + ordered.infusion_mg)} mg"
        )
    return refuse(
        "dosing-weight-not-chosen",
        f"The sources do not say which weight to dose by: {'; '.join(totals)}. Choose one.",
        field="dosing-weight",
    )


def _measures(
    prescription: Prescription, ordered: Program, weight_kg: Fraction
) -> dict[Measure, Fraction]:
    """What the limits look at. For each kg the lower of dosing and actual weight counts."""
    lower_kg = min(weight_kg, prescription.weights.actual.canonical)
    rates = [stretch.rate_mg_per_h for stretch in ordered.stretches]
    measures: dict[Measure, Fraction] = {
        "day_mg": ordered.bolus_mg + _busiest_day_mg(ordered.stretches)
    }
    if rates:
        measures["rate_mg_per_kg_h"] = max(rates) / lower_kg
    if ordered.bolus_mg:
        measures["bolus_mg_per_kg"] = ordered.bolus_mg / lower_kg
    if isinstance(prescription.protocol.infusion, Total):
        measures["dose_mg_per_kg"] = (ordered.bolus_mg + ordered.infusion_mg) / lower_kg
    return measures


def _busiest_day_mg(stretches: Sequence[Stretch]) -> Fraction:
    """The most given within any 24 h; the busiest one starts or ends at a change of rate."""
    if not stretches:
        return Fraction(0)
    edges = [stretch.start_min for stretch in stretches]
    edges.append(stretches[-1].start_min + stretches[-1].for_min)
    starts = set(edges) | {max(Fraction(0), edge - MIN_PER_DAY) for edge in edges}
    return max(_given_between(stretches, start, start + MIN_PER_DAY) for start in starts)


def _given_between(stretches: Sequence[Stretch], from_min: Fraction, to_min: Fraction) -> Fraction:
    total = Fraction(0)
    for stretch in stretches:
        start = max(stretch.start_min, from_min)
        end = min(stretch.start_min + stretch.for_min, to_min)
        total += amount_over(stretch.rate_mg_per_h, max(Fraction(0), end - start))
    return total


def _flows(
    ordered: Program, prescription: Prescription, bounds: Bounds
) -> tuple[Flow, ...] | Refusal:
    """Each stretch as the pump can be set: cut down to its step, never raised."""
    flows: list[Flow] = []
    for stretch in ordered.stretches:
        exact = stretch.rate_mg_per_h / Fraction(prescription.strength.mg_per_ml)
        rate = set_on(prescription.pump, exact)
        fault = _pump_fault(prescription.pump, exact, rate, bounds)
        if fault is not None:
            return fault
        flows.append(
            Flow(start_min=stretch.start_min, for_min=stretch.for_min, rate_ml_per_h=Fraction(rate))
        )
    return tuple(flows)


def set_on(pump: Pump, rate_ml_per_h: Fraction) -> Decimal:
    """The rate this pump can be set to that is nearest below; mL/h."""
    cut = shown(rate_ml_per_h)
    return floor_to(rate_ml_per_h, pump.step_at(cut))


def _pump_fault(pump: Pump, exact: Fraction, rate: Decimal, bounds: Bounds) -> Refusal | None:
    if rate > pump.fastest_ml_per_h:
        return refuse(
            "pump-too-slow",
            f"{plain(exact)} mL/h is above what {pump.id} can run ({plain(pump.fastest_ml_per_h)} "
            "mL/h); choose a stronger final concentration.",
            field="pump",
            source=pump.source,
        )
    if rate < pump.slowest_ml_per_h:
        return refuse(
            "pump-too-fast",
            f"{plain(exact)} mL/h is below what {pump.id} can run ({plain(pump.slowest_ml_per_h)} "
            "mL/h); choose a weaker final concentration or a finer pump.",
            field="pump",
            source=pump.source,
        )
    return _too_coarse(pump, exact, rate, "mL/h", bounds)


def _bolus_ml(program: Program, prescription: Prescription, bounds: Bounds) -> Decimal | Refusal:
    """The bolus as the pump can measure it; zero where none is ordered."""
    exact = program.bolus_mg / Fraction(prescription.strength.mg_per_ml)
    volume = floor_to(exact, prescription.pump.step_ml)
    fault = _too_coarse(prescription.pump, exact, volume, "mL", bounds) if exact else None
    return fault or volume


def _too_coarse(
    pump: Pump, exact: Fraction, set_to: Decimal, unit: str, bounds: Bounds
) -> Refusal | None:
    short = short_percent(exact, set_to)
    if short <= Fraction(bounds.rounding_at_most_percent):
        return None
    return refuse(
        "rounding-too-coarse",
        f"{pump.id} can be set to {plain(set_to)} {unit} where {plain(exact)} {unit} was ordered, "
        f"{plain(short)} % less; more than {plain(bounds.rounding_at_most_percent)} % is refused. "
        "Choose a weaker final concentration or a finer pump.",
        field="pump",
        source=("hz-68",),
    )


def short_percent(exact: Fraction, set_to: Decimal) -> Fraction:
    """By how much the pump's setting falls short of the order."""
    return (exact - Fraction(set_to)) / exact * PERCENT


def _card(
    prescription: Prescription,
    ordered: Ordered,
    flows: Sequence[Flow],
    bolus_ml: Decimal,
    shelf: Shelf,
) -> Card | Refusal:
    strength = Fraction(prescription.strength.mg_per_ml)
    delivered = _delivered(ordered, flows, bolus_ml, strength, prescription.pump)
    need_ml = ordered.total_mg / strength
    recipe = draw_up(need_ml, delivered.total_mg, Fraction(bolus_ml), flows, prescription, shelf)
    if isinstance(recipe, Refusal):
        return recipe
    steps = _steps(ordered, flows, strength)
    protocol, over_min = prescription.protocol, shown(ordered.program.over_min)
    card = Card(
        protocol=protocol,
        weight_kg=shown(ordered.weight_kg, places=8),
        actual_weight_kg=shown(prescription.weights.actual.canonical, places=8),
        weights=_weights_side_by_side(prescription, ordered),
        pump=prescription.pump,
        concentration_mg_per_ml=prescription.strength.mg_per_ml,
        bolus=_bolus(ordered, bolus_ml),
        steps=steps,
        total_mg=shown(ordered.total_mg, places=8),
        total_ml=shown(need_ml, places=8),
        over_min=over_min,
        delivered=delivered,
        draw_up=recipe,
        warnings=_warnings(prescription, ordered),
        due=timeline(protocol, steps, recipe.fillings, over_min),
        ready_min=ready_min(protocol, over_min),
        formulas=(),
        start_clock_min=prescription.start_clock_min,
    )
    return replace(card, formulas=explain.formulas(card, ordered.values, ordered.program.cap))


def _delivered(
    ordered: Ordered, flows: Sequence[Flow], bolus_ml: Decimal, strength: Fraction, pump: Pump
) -> Delivered:
    flowed = sum((amount_over(flow.rate_ml_per_h, flow.for_min) for flow in flows), Fraction(0))
    total_ml = Fraction(bolus_ml) + flowed
    total_mg = shown(total_ml * strength)
    short_mg = shown(ordered.total_mg) - total_mg
    short = ordered.total_mg - total_ml * strength
    return Delivered(
        to_infuse_ml=floor_to(flowed, pump.step_ml),
        total_mg=total_mg,
        total_ml=shown(total_ml),
        short_mg=short_mg,
        short_percent=shown(short / ordered.total_mg * PERCENT),
    )


def _steps(ordered: Ordered, flows: Sequence[Flow], strength: Fraction) -> tuple[Step, ...]:
    return tuple(
        Step(
            start_min=shown(stretch.start_min),
            for_min=shown(stretch.for_min),
            rate_mg_per_h=shown(stretch.rate_mg_per_h, places=8),
            rate_mg_per_kg_h=shown(stretch.rate_mg_per_h / ordered.weight_kg, places=4),
            rate_ml_per_h=shown(flow.rate_ml_per_h),
            delivers_mg=shown(amount_over(flow.rate_ml_per_h, flow.for_min) * strength),
            short_percent=shown(
                short_percent(stretch.rate_mg_per_h / strength, shown(flow.rate_ml_per_h))
            ),
        )
        for stretch, flow in zip(ordered.program.stretches, flows, strict=True)
    )


def _bolus(ordered: Ordered, volume_ml: Decimal) -> Bolus | None:
    if not ordered.program.bolus_mg:
        return None
    return Bolus(
        dose_mg=shown(ordered.program.bolus_mg),
        dose_mg_per_kg=shown(ordered.program.bolus_mg / ordered.weight_kg, places=4),
        volume_ml=volume_ml,
    )


def _weights_side_by_side(prescription: Prescription, ordered: Ordered) -> tuple[DosingWeight, ...]:
    rows = []
    for kind, weight in prescription.weights.known.items():
        under = program(prescription, ordered.values, weight.canonical)
        if isinstance(under, Program):  # a start rate may pass its ceiling under one weight only
            rows.append(
                DosingWeight(
                    kind=kind,
                    weight_kg=shown(weight.canonical),
                    total_mg=shown(under.bolus_mg + under.infusion_mg),
                    chosen=kind == (prescription.weights.chosen or "actual"),
                )
            )
    return tuple(rows)


def _warnings(prescription: Prescription, ordered: Ordered) -> tuple[Reason, ...]:
    """Soft limits that bite, a cap that bit, a weight in pounds, and what was picked."""
    warnings = [*ordered.bites]
    cap = ordered.program.cap
    if cap is not None:
        uncapped = max(stretch.uncapped_mg_per_h for stretch in ordered.program.stretches)
        warnings.append(
            Reason(
                id="rate-cap",
                kind="note",
                field="rate",
                says=cap_text(cap, uncapped),
                source=prescription.protocol.source,
            )
        )
    return (*warnings, *pounds(prescription), *prescription.notes)
