"""What was ordered, minute by minute: a protocol's shape and the given fields become mg/h in time.

Exact fractions; nothing is rounded here and no pump is known yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from quietdrip.core.prescription import Prescription
from quietdrip.core.protocol import (
    Constant,
    Days,
    Field,
    Protocol,
    Stated,
    Steps,
    Total,
    fields,
)
from quietdrip.core.reasons import Refusal, refuse, together
from quietdrip.core.units import (
    MIN_PER_DAY,
    Kind,
    Quantity,
    canonical_name,
    mg_for,
    mg_per_h_for,
    mg_per_h_over,
    minutes,
    plain,
)

CLIMB = ("start-rate", "increment", "every", "max-rate")
# Far beyond any infusion; what is longer or climbs more often is a slip, and would never end here.
LONGEST_MIN = 100 * MIN_PER_DAY
MOST_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A constant ordered rate: from when, for how long, and what it was before a cap lowered it."""

    start_min: Fraction
    for_min: Fraction
    rate_mg_per_h: Fraction
    uncapped_mg_per_h: Fraction

    @property
    def capped(self) -> bool:
        """Whether a cap lowered it."""
        return self.rate_mg_per_h < self.uncapped_mg_per_h


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The ordered bolus and stretches, with the cap in mg/h that bit (None: none did)."""

    bolus_mg: Fraction
    stretches: tuple[Stretch, ...]
    cap: Quantity | None = None

    @property
    def infusion_mg(self) -> Fraction:
        """The sum over all stretches."""
        return sum((s.rate_mg_per_h * s.for_min / 60 for s in self.stretches), Fraction(0))

    @property
    def over_min(self) -> Fraction:
        """From start to end of the infusion."""
        return sum((s.for_min for s in self.stretches), Fraction(0))


def settled(prescription: Prescription) -> dict[str, Quantity] | Refusal:
    """The value of every field: stated by the protocol, or given within its bounds."""
    protocol, given = prescription.protocol, prescription.given
    values: dict[str, Quantity] = {}
    refusals: list[Refusal] = []
    for field, required in _wanted(protocol, given):
        value = given.get(field.name, field.stated.fixed)
        if value is not None:
            refusals += _outside(prescription, field, value)
            values[field.name] = value
        elif required:
            refusals.append(_not_given(protocol, field))
    if "start-rate" in values and "rate" in given:
        says = "Give either one rate, or a start-rate with its increment and every; not both."
        refusals.append(refuse("rate-and-steps", says, field="rate"))
    infusion = protocol.infusion
    if isinstance(infusion, Constant) and "start-rate" in values and infusion.rate.at_most:
        values.setdefault("max-rate", infusion.rate.at_most)
    return together(*refusals) if refusals else values


def _wanted(protocol: Protocol, given: Mapping[str, Quantity]) -> tuple[tuple[Field, bool], ...]:
    """The fields this prescription goes by, each with whether it must have a value."""
    infusion = protocol.infusion
    if not isinstance(infusion, Constant) or not infusion.or_steps:
        return tuple((field, True) for field in fields(protocol))
    if any(name in given for name in CLIMB):
        return tuple((f, f.name != "max-rate") for f in fields(protocol) if f.name != "rate")
    return tuple((field, True) for field in fields(protocol) if field.name not in CLIMB)


def program(
    prescription: Prescription, values: Mapping[str, Quantity], weight_kg: Fraction
) -> Program | Refusal:
    """The ordered rates for this dosing weight."""
    infusion = prescription.protocol.infusion
    bolus_mg = mg_for(values["bolus"], weight_kg) if "bolus" in values else Fraction(0)
    cap: Quantity | None = None
    stretches: tuple[Stretch, ...] | Refusal = ()
    match infusion:
        case None:
            pass
        case Total():
            over_min = minutes(values["over"])
            rate = mg_per_h_over(mg_for(values["dose"], weight_kg), over_min)
            stretches = _one(rate, over_min, None)
        case Constant() if "start-rate" not in values:
            cap = infusion.cap
            rate = mg_per_h_for(values["rate"], weight_kg)
            stretches = _one(rate, minutes(values["over"]), cap)
        case Constant() | Steps():
            cap = infusion.cap
            stretches = _climb(values, weight_kg, cap)
        case Days(blocks=blocks):
            block = _block(blocks, values["day"])
            if isinstance(block, Refusal):
                return block
            cap = block.cap
            stretches = _block_stretches(block, weight_kg)
    if isinstance(stretches, Refusal):
        return stretches
    bit = cap if any(stretch.capped for stretch in stretches) else None
    return Program(bolus_mg=bolus_mg, stretches=stretches, cap=bit)


def _not_given(protocol: Protocol, field: Field) -> Refusal:
    low, high = field.stated.at_least, field.stated.at_most
    if low and high:
        leaves = f"leaves {field.name} between {low.text} and {high.text}"
    elif high:
        leaves = f"states only the most for {field.name}, {high.text}"
    else:
        leaves = f"does not state {field.name}"
    if field.name == "day":
        leaves = "differs from day to day"
    return refuse(
        f"not-stated-{field.name}",
        f"{protocol.id} {leaves}; a prescriber gives it by name: {field.name}.",
        field=field.name,
        source=protocol.source,
    )


def _outside(prescription: Prescription, field: Field, value: Quantity) -> list[Refusal]:
    """Refusals for a value that is nothing, or not what the protocol states."""
    protocol = prescription.protocol
    if value.canonical == 0:
        says = f"{field.name} of {value.text} is nothing; it must be above zero."
        return [refuse("field-zero", says, field=field.name)]
    if value.kind is Kind.TIME and value.canonical > LONGEST_MIN:
        says = f"{field.name} of {value.text} is more than 100 days; check the number and its unit."
        return [refuse("time-too-long", says, field=field.name)]
    low, high = field.stated.at_least, field.stated.at_most
    may_be_lower = field.name == "max-rate"
    known = prescription.weights.known
    dosing = known.get(prescription.weights.chosen or "actual", prescription.weights.actual)
    # A size for body weight against a plain one depends on the weight: too low by the one dosed
    # by, too high by that one or by the lightest.
    dosing_kg, lightest_kg = dosing.canonical, min(weight.canonical for weight in known.values())
    if low and not may_be_lower and _size(value, dosing_kg) < _size(low, dosing_kg):
        return [_refuse_outside(protocol, field, value, dosing_kg)]
    for weight_kg in (dosing_kg, lightest_kg):
        if high and _size(value, weight_kg) > _size(high, weight_kg):
            return [_refuse_outside(protocol, field, value, weight_kg)]
    return []


def _size(quantity: Quantity, weight_kg: Fraction) -> Fraction:
    """A size in which bounds for body weight and plain ones can be compared."""
    per_weight = quantity.kind in (Kind.DOSE_PER_WEIGHT, Kind.RATE_PER_WEIGHT)
    return quantity.canonical * weight_kg if per_weight else quantity.canonical


def _refuse_outside(
    protocol: Protocol, field: Field, value: Quantity, weight_kg: Fraction
) -> Refusal:
    high = field.stated.at_most
    at_weight = ""
    if high is not None and high.kind is not value.kind:
        unit = canonical_name(value.kind)
        bound = _size(high, weight_kg)
        if value.kind in (Kind.DOSE_PER_WEIGHT, Kind.RATE_PER_WEIGHT):
            bound /= weight_kg
        at_weight = f" ({plain(bound)} {unit} at {plain(weight_kg)} kg)"
    return refuse(
        "outside-protocol",
        f"{field.name} of {value.text} is outside {protocol.id}, which states "
        f"{bounds_text(field.stated)}{at_weight}. Another value needs another protocol.",
        field=field.name,
        source=protocol.source,
    )


def bounds_text(stated: Stated) -> str:
    """What a source states about one number, in words."""
    if stated.fixed:
        return stated.fixed.text
    low, high = stated.at_least, stated.at_most
    if low and high:
        return f"{low.text} to {high.text}"
    if low:
        return f"at least {low.text}"
    if high:
        return f"at most {high.text}"
    return "not stated"


def _one(rate: Fraction, over_min: Fraction, cap: Quantity | None) -> tuple[Stretch, ...]:
    asked = rate if cap is None else min(rate, cap.canonical)
    return (
        Stretch(
            start_min=Fraction(0), for_min=over_min, rate_mg_per_h=asked, uncapped_mg_per_h=rate
        ),
    )


def _climb(
    values: Mapping[str, Quantity], weight_kg: Fraction, cap: Quantity | None
) -> tuple[Stretch, ...] | Refusal:
    """Start, then up by the increment at each interval to the ceiling, then held to the end."""
    rate = mg_per_h_for(values["start-rate"], weight_kg)
    increment = mg_per_h_for(values["increment"], weight_kg)
    ceiling = mg_per_h_for(values["max-rate"], weight_kg) if "max-rate" in values else None
    every_min, left_min = minutes(values["every"]), minutes(values["over"])
    if ceiling is not None and rate > ceiling:
        says = (
            f"The start rate, {values['start-rate'].text}, is above the highest rate, "
            f"{values['max-rate'].text}."
        )
        return refuse("start-above-ceiling", says, field="start-rate")
    stretches: list[Stretch] = []
    start_min = Fraction(0)
    while left_min > 0:
        if len(stretches) == MOST_STEPS:
            says = (
                f"A step every {values['every'].text} makes more than {MOST_STEPS} steps, and each "
                "is a person's decision; choose a longer interval or a larger increment."
            )
            return refuse("too-many-steps", says, field="every")
        limited = rate if ceiling is None else min(rate, ceiling)
        asked = limited if cap is None else min(limited, cap.canonical)
        at_top = limited == ceiling or (cap is not None and asked == cap.canonical)
        for_min = left_min if at_top else min(every_min, left_min)
        stretches.append(
            Stretch(
                start_min=start_min,
                for_min=for_min,
                rate_mg_per_h=asked,
                uncapped_mg_per_h=limited,
            )
        )
        start_min, left_min, rate = start_min + for_min, left_min - for_min, rate + increment
    return tuple(stretches)


def _block(blocks: tuple[Constant, ...], day: Quantity) -> Constant | Refusal:
    number = minutes(day) / MIN_PER_DAY
    if number.denominator != 1 or not 1 <= number <= len(blocks):
        says = f"There is no day '{day.text}'; this course has day 1 d to {len(blocks)} d."
        return refuse("day-unknown", says, field="day")
    return blocks[int(number) - 1]


def _block_stretches(block: Constant, weight_kg: Fraction) -> tuple[Stretch, ...]:
    rate, over = block.rate.fixed, block.over.fixed
    assert rate is not None  # the reader refuses anything else
    assert over is not None
    return _one(mg_per_h_for(rate, weight_kg), minutes(over), block.cap)


def cap_text(cap: Quantity, uncapped_mg_per_h: Fraction) -> str:
    """What a cap did, with both numbers."""
    ordered = plain(uncapped_mg_per_h)
    return f"The ordered rate, {ordered} mg/h, is capped at {cap.text} by the protocol."
