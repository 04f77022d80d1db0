"""Asked back, not accepted: values far from what is expected, and weights that do not fit.

A value typed a second time by name (`confirmed`) passes here; it never passes a hard limit.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from quietdrip.core.limits import Bounds, Guard
from quietdrip.core.prescription import Prescription, Weights
from quietdrip.core.protocol import fields
from quietdrip.core.reasons import Reason
from quietdrip.core.units import KG_PER_LB, UNITS, Kind, Quantity, plain

PERCENT = 100
PER_WEIGHT = (Kind.DOSE_PER_WEIGHT, Kind.RATE_PER_WEIGHT)


def asked_back(
    prescription: Prescription, values: Mapping[str, Quantity], bounds: Bounds
) -> tuple[Reason, ...]:
    """A reason for each value that has to be typed again before it counts."""
    doubts = (
        *weight_doubts(prescription.weights, bounds),
        *(
            doubt
            for name, value in values.items()
            if name in prescription.given
            for doubt in _value_doubts(prescription, name, value, bounds)
        ),
    )
    typed = {"weight": prescription.weights.actual, **prescription.given}
    return tuple(
        doubt
        for doubt in doubts
        if not _same(prescription.confirmed.get(doubt.field), typed.get(doubt.field))
    )


def weight_refusals(weights: Weights, bounds: Bounds) -> tuple[Reason, ...]:
    """Weights, the last one too, outside the range in which the arithmetic has been checked."""
    low, high = Fraction(bounds.weight_at_least_kg), Fraction(bounds.weight_at_most_kg)
    return tuple(
        Reason(
            id="weight-out-of-range",
            field=name,
            says=f"A weight of {weight.text} is outside {plain(low)} to {plain(high)} kg, the "
            "range this calculation has been checked on; weigh again, and check the unit.",
            source=("site",),
        )
        for name, weight in weights.typed.items()
        if not low <= weight.canonical <= high
    )


def weight_doubts(weights: Weights, bounds: Bounds) -> tuple[Reason, ...]:
    """Doubts about a weight that changed too much, or looks like pounds for kilograms."""
    if weights.last is None:
        return ()
    now_kg, last_kg = weights.actual.canonical, weights.last.canonical
    change_percent = abs(now_kg - last_kg) / last_kg * PERCENT
    if change_percent <= Fraction(bounds.weight_change_percent):
        return ()
    says = (
        f"The weight was {weights.last.text} and is now {weights.actual.text}, a change of "
        f"{plain(change_percent)} %; weigh again and type it a second time."
    )
    agreement = Fraction(bounds.agreement_percent) / PERCENT
    for factor, unit in ((KG_PER_LB, "pounds"), (1 / KG_PER_LB, "kilograms")):
        if abs(now_kg * factor / last_kg - 1) <= agreement:
            says += f" The new number looks like {unit}."
    return (_doubt("weight-changed", "weight", says, ("hz-10",), ""),)


def _value_doubts(
    prescription: Prescription, name: str, value: Quantity, bounds: Bounds
) -> Iterable[Reason]:
    factor = Fraction(bounds.guard_factor)
    for guard in bounds.guards:
        if not _concerns(guard, prescription, name, value):
            continue
        scale = UNITS[guard.unit].canonical
        low, high = Fraction(guard.at_least) * scale, Fraction(guard.at_most) * scale
        size = _in_kind_of(guard, value, prescription)
        # Below the range for body weight a plain value is not doubted: its own guard says that.
        too_low = size <= low / factor and UNITS[guard.unit].kind is value.kind
        if size >= high * factor or too_low:
            yield _doubt(
                "far-from-expected",
                name,
                f"{name} of {value.text} is far from what is expected: {plain(guard.at_least)} to "
                f"{plain(guard.at_most)} {guard.unit} ({guard.says})."
                f"{_looks_like(size, low, high)} "
                "Type it a second time if it is meant.",
                guard.source,
                guard.confidence,
            )


def _concerns(guard: Guard, prescription: Prescription, name: str, value: Quantity) -> bool:
    """A guard speaks of a field in its own unit.

    A plain dose or rate of a field without bounds is held to the guard for body weight too, so
    that the unit somebody happened to type in opens no way round it.
    """
    stated = next((f.stated for f in fields(prescription.protocol) if f.name == name), None)
    open_ended = stated is not None and stated.at_least is None and stated.at_most is None
    kind = UNITS[guard.unit].kind
    return (
        guard.field == name
        and (kind is value.kind or (open_ended and kind in PER_WEIGHT))
        and set(prescription.protocol.programmes) <= set(guard.programmes)
    )


def _in_kind_of(guard: Guard, value: Quantity, prescription: Prescription) -> Fraction:
    """The value in the canonical unit of the guard, by the lightest weight that was typed."""
    if UNITS[guard.unit].kind is value.kind:
        return value.canonical
    lightest_kg = min(weight.canonical for weight in prescription.weights.known.values())
    return value.canonical / lightest_kg


def contradicted(prescription: Prescription) -> tuple[Reason, ...]:
    """Second typings that state something else than the first, or speak of what was not typed."""
    typed = {"weight": prescription.weights.actual, **prescription.given}
    return tuple(
        Reason(
            id="confirmation-differs",
            field=name,
            says=f"{name} was typed as {typed[name].text if name in typed else 'nothing'} and a "
            f"second time as {again.text}; both must be the same.",
        )
        for name, again in prescription.confirmed.items()
        if not _same(again, typed.get(name))
    )


def _looks_like(size: Fraction, low: Fraction, high: Fraction) -> str:
    """A hint where a thousand- or ten-fold slip would explain the value."""
    slips = (
        (1000, "mcg typed as mg"),
        (Fraction(1, 1000), "mg typed as mcg"),
        (10, "ten times too much"),
        (Fraction(1, 10), "ten times too little"),
    )
    for factor, name in slips:
        if low <= size / factor <= high:
            return f" It looks like {name}."
    return ""


def _doubt(id: str, field: str, says: str, source: tuple[str, ...], confidence: str) -> Reason:
    return Reason(
        id=id,
        kind="asked-back",
        field=field,
        says=says,
        source=source,
        confidence=confidence,
        needs="the same value typed again",
    )


def _same(again: Quantity | None, first: Quantity | None) -> bool:
    """Whether the second typing states the same number in the same unit."""
    if again is None or first is None:
        return False
    return again.value == first.value and again.unit == first.unit
