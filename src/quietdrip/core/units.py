"""Units, the quantity grammar and the only conversions of the project.

A quantity from outside is text with its unit, parsed exactly or refused; it is never repaired.
Canonical: mg, kg, mL, mg/mL, mg/kg, mg/h, mg/kg/h, mL/h, min.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from quietdrip.core.reasons import Refusal, refuse

KG_PER_LB = Fraction("0.45359237")  # exact by definition (international avoirdupois pound)
MIN_PER_H = 60
MIN_PER_DAY = 24 * MIN_PER_H
NG_PER_ML_IN_MG_PER_L = 1000


class Kind(StrEnum):
    """What sort of thing a unit measures; arithmetic between kinds is written out by name."""

    MASS = "mass"
    WEIGHT = "body weight"
    VOLUME = "volume"
    STRENGTH = "strength"
    DOSE_PER_WEIGHT = "dose for body weight"
    RATE = "drug rate"
    RATE_PER_WEIGHT = "drug rate for body weight"
    FLOW = "pump rate"
    TIME = "time"
    LEVEL = "plasma level"
    LENGTH = "height"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit we accept: its one spelling, its kind and how many canonical units it is."""

    name: str
    kind: Kind
    canonical: Fraction


def _unit(name: str, kind: Kind, canonical: Fraction | int = 1) -> Unit:
    return Unit(name=name, kind=kind, canonical=Fraction(canonical))


_MILLI = Fraction(1, 1000)
UNITS: dict[str, Unit] = {
    unit.name: unit
    for unit in (
        _unit("mg", Kind.MASS),
        _unit("mcg", Kind.MASS, _MILLI),
        _unit("g", Kind.MASS, 1000),
        _unit("kg", Kind.WEIGHT),
        _unit("lb", Kind.WEIGHT, KG_PER_LB),
        _unit("mL", Kind.VOLUME),
        _unit("L", Kind.VOLUME, 1000),
        _unit("mg/mL", Kind.STRENGTH),
        _unit("mcg/mL", Kind.STRENGTH, _MILLI),
        _unit("mg/kg", Kind.DOSE_PER_WEIGHT),
        _unit("mcg/kg", Kind.DOSE_PER_WEIGHT, _MILLI),
        _unit("mg/h", Kind.RATE),
        _unit("mg/min", Kind.RATE, MIN_PER_H),
        _unit("mcg/h", Kind.RATE, _MILLI),
        _unit("mcg/min", Kind.RATE, _MILLI * MIN_PER_H),
        _unit("mg/kg/h", Kind.RATE_PER_WEIGHT),
        _unit("mg/kg/min", Kind.RATE_PER_WEIGHT, MIN_PER_H),
        _unit("mcg/kg/h", Kind.RATE_PER_WEIGHT, _MILLI),
        _unit("mcg/kg/min", Kind.RATE_PER_WEIGHT, _MILLI * MIN_PER_H),
        _unit("mL/h", Kind.FLOW),
        _unit("mL/min", Kind.FLOW, MIN_PER_H),
        _unit("min", Kind.TIME),
        _unit("h", Kind.TIME, MIN_PER_H),
        _unit("d", Kind.TIME, MIN_PER_DAY),
        _unit("ng/mL", Kind.LEVEL),
        _unit("cm", Kind.LENGTH),
    )
}

# The usual spellings of one part of a unit. Capitals matter: MG is a megagram, M a molar.
_SPELLINGS: dict[str, str] = {
    spelling: name
    for name, spellings in {
        "mg": "mg milligram milligrams",
        "mcg": "mcg ug \N{MICRO SIGN}g \N{GREEK SMALL LETTER MU}g microgram micrograms",
        "ng": "ng",
        "g": "g gram grams",
        "kg": "kg kgs kilogram kilograms",
        "lb": "lb lbs pound pounds",
        "mL": "mL ml milliliter milliliters millilitre millilitres",
        "L": "L l liter liters litre litres",
        "min": "min mins minute minutes",
        "h": "h hr hrs hour hours",
        "d": "d day days",
        "cm": "cm",
    }.items()
    for spelling in spellings.split()
}

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,6})(\.[0-9]{1,3})?", re.ASCII)
_QUANTITY = re.compile(r"(?P<number>[^ a-zA-Z\u00b5\u03bc/%]*)(?P<space> ?)(?P<unit>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with its unit, exactly as it was typed."""

    value: Decimal
    unit: Unit
    text: str

    @property
    def kind(self) -> Kind:
        """What sort of thing it measures."""
        return self.unit.kind

    @property
    def canonical(self) -> Fraction:
        """The exact amount in the canonical unit of its kind."""
        return Fraction(self.value) * self.unit.canonical

    @property
    def trailing_zero(self) -> bool:
        """True for `5.0`: with the point lost it reads as ten times the amount."""
        parts = self.value.as_tuple()
        return isinstance(parts.exponent, int) and parts.exponent < 0 and parts.digits[-1] == 0


def parse(text: str, field: str = "") -> Quantity | Refusal:
    """The quantity a text states, or a refusal that says what was wrong and what would be right."""
    wrong = _what_is_wrong(text)
    if wrong is not None:
        return refuse(wrong[0], wrong[1], field=field)
    match = _QUANTITY.fullmatch(text)
    assert match is not None
    unit = UNITS[_canonical_unit(match["unit"])]
    return Quantity(value=Decimal(match["number"]), unit=unit, text=text)


def parse_as(text: str, kinds: tuple[Kind, ...], field: str) -> Quantity | Refusal:
    """A quantity of one of the kinds, or a refusal that names the units that would be right."""
    quantity = parse(text, field)
    right = " or ".join(usual_names(kind) for kind in kinds)
    if isinstance(quantity, Refusal):
        if quantity.reasons[0].id == "quantity-no-unit":
            return refuse("quantity-no-unit", f"'{text}' has no unit; write {right}.", field=field)
        if quantity.reasons[0].id == "quantity-empty":
            says = f"Nothing was typed for {field}; write a number with {right}."
            return refuse("quantity-empty", says, field=field)
        return quantity
    if quantity.kind not in kinds:
        says = f"'{text}' is a {quantity.kind}; {field or 'this field'} takes {right}."
        return refuse("quantity-wrong-unit", says, field=field)
    return quantity


def usual_names(kind: Kind) -> str:
    """The units people write for a kind: min, h or d for a time, else the canonical one."""
    return "min, h or d" if kind is Kind.TIME else canonical_name(kind)


def canonical_name(kind: Kind) -> str:
    """The canonical unit of a kind: mg/kg/h for a drug rate for body weight."""
    return next(u.name for u in UNITS.values() if u.kind is kind and u.canonical == 1)


def _what_is_wrong(text: str) -> tuple[str, str] | None:
    """The id and sentence of the first fault in the text, or None where there is none."""
    if not text.strip():
        return "quantity-empty", "Nothing was typed; write a number and its unit, such as 70 kg."
    match = _QUANTITY.fullmatch(text)
    assert match is not None
    number, unit = match["number"], match["unit"]
    if text != text.strip() or "  " in text or re.search(r"[^\S ]", text):
        return "quantity-space", (
            f"'{text.strip()}' has a space where none belongs (before, after or between); write "
            "the number, at most one plain space, and the unit, such as 70 kg."
        )
    return _number_fault(text, number) or _unit_fault(text, unit)


# What can be wrong with a number: a pattern in its digits (or, marked text, in the whole), and why.
_NUMBER_FAULTS = (
    ("number", r"[^\x00-\x7f]", "digits-other-script",
     "has digits or signs of another script; write plain digits 0 to 9"),
    ("number", r",", "comma",
     "has a comma; write a point for decimals, nothing between thousands, such as 0.5 or 1000"),
    ("number", r"_", "underscore", "has an underscore; write digits only, such as 10"),
    ("number", r"^[-+]", "sign", "has a sign; write the number without it, such as 5"),
    ("text", r"^[0-9.]+[eE][-+]?[0-9]", "exponent",
     "has an exponent; write the number in full, such as 1000"),
    ("text", r"^(?i:inf|nan)", "not-a-number",
     "is not a number; write digits and a unit, such as 5 mg"),
    ("number", r"^\.", "no-leading-zero",
     "starts with a point, which is easily missed; write a zero before it, such as 0.5"),
    ("number", r"\.$", "bare-point",
     "ends in a point; write the digits after it or no point, such as 5"),
    ("number", r"\..*\.", "two-points", "has more than one point; write one, such as 1.5"),
    ("number", r"^0[0-9]", "leading-zeros",
     "starts with a zero that does not belong; write the number without it, such as 5"),
    ("number", r"\.[0-9]{4,}", "too-fine",
     "has more than three decimals; write at most three, or use a smaller unit"),
    ("number", r"^[0-9]{8,}", "too-long", "has more than seven digits before the point; check it"),
    ("number", r"^$", "no-number",
     "has no number in front; write a number and its unit, such as 70 kg"),
    ("number", r"", "not-a-number",
     "is not a decimal number with its unit; write one, such as 0.5 mg/kg"),
)  # fmt: skip


def _number_fault(text: str, number: str) -> tuple[str, str] | None:
    if _NUMBER.fullmatch(number) and not re.match(r"[eE][-+]?[0-9]", text[len(number) :]):
        return None
    return next(
        (f"quantity-{name}", f"'{text}' {says}.")
        for where, pattern, name, says in _NUMBER_FAULTS
        if re.search(pattern, number if where == "number" else text)
    )


def _unit_fault(text: str, unit: str) -> tuple[str, str] | None:
    if not unit:
        return (
            "quantity-no-unit",
            f"'{text}' has no unit; write it, such as {text} mg or {text} kg.",
        )
    if _canonical_unit(unit) in UNITS:
        return None
    parts = re.split(r"[/ ]+", unit)
    if len(parts) > len(set(parts)):
        return "quantity-doubled-unit", f"'{text}' has a unit twice; write it once, such as 5 mg."
    if re.match(r"[0-9]", unit):
        return "quantity-split-number", f"'{text}' has a space inside the number; write it in one."
    known = ", ".join(UNITS)
    for name in UNITS:
        if unit.lower() == name.lower():
            return "quantity-unit-case", f"'{text}': capitals matter in a unit; write {name}."
    return (
        "quantity-unknown-unit",
        f"'{text}': '{unit}' is not a unit we take; write one of {known}.",
    )


def _canonical_unit(unit: str) -> str:
    return "/".join(_SPELLINGS.get(part, "?") for part in unit.split("/"))


def kg(quantity: Quantity) -> Fraction:
    """Body weight in kg, exactly."""
    return _of(quantity, Kind.WEIGHT)


def mg(quantity: Quantity) -> Fraction:
    """Drug in mg, exactly."""
    return _of(quantity, Kind.MASS)


def ml(quantity: Quantity) -> Fraction:
    """Volume in mL, exactly."""
    return _of(quantity, Kind.VOLUME)


def ml_per_h(quantity: Quantity) -> Fraction:
    """Pump rate in mL/h, exactly."""
    return _of(quantity, Kind.FLOW)


def minutes(quantity: Quantity) -> Fraction:
    """Time in min, exactly."""
    return _of(quantity, Kind.TIME)


def mg_per_ml(quantity: Quantity) -> Fraction:
    """Strength in mg/mL, exactly."""
    return _of(quantity, Kind.STRENGTH)


def mg_for(quantity: Quantity, weight_kg: Fraction) -> Fraction:
    """Drug in mg of a dose stated in mg or for body weight."""
    if quantity.kind is Kind.DOSE_PER_WEIGHT:
        return quantity.canonical * weight_kg
    return mg(quantity)


def mg_per_h_for(quantity: Quantity, weight_kg: Fraction) -> Fraction:
    """Drug rate in mg/h of a rate stated in mg/h or for body weight."""
    if quantity.kind is Kind.RATE_PER_WEIGHT:
        return quantity.canonical * weight_kg
    return _of(quantity, Kind.RATE)


def mg_per_h_over(dose_mg: Fraction, over_min: Fraction) -> Fraction:
    """The constant rate in mg/h that gives a dose in a time."""
    return dose_mg * MIN_PER_H / over_min


def amount_over(per_h: Fraction, for_min: Fraction) -> Fraction:
    """What flows in a time at a rate per hour: mg from mg/h, mL from mL/h."""
    return per_h * for_min / MIN_PER_H


def floor_to(value: Fraction, step: Decimal) -> Decimal:
    """The largest multiple of the step that is not above the value."""
    return int(value / Fraction(step)) * step


def ceil_to(value: Fraction, step: Fraction) -> Fraction:
    """The smallest multiple of the step that is not below the value."""
    return -(-value // step) * step


def shown(value: Fraction, places: int = 3) -> Decimal:
    """The value cut, never raised, to so many decimals and without trailing zeros."""
    return tidy(floor_to(value, Decimal(1).scaleb(-places)))


def tidy(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral() else short


def plain(value: Decimal | Fraction) -> str:
    """The number as people read it: leading zero, no trailing zero, no exponent."""
    return format(shown(value) if isinstance(value, Fraction) else tidy(value), "f")


def _of(quantity: Quantity, kind: Kind) -> Fraction:
    if quantity.kind is not kind:
        raise TypeError(f"{quantity.text} is a {quantity.kind}, not a {kind}")
    return quantity.canonical


def ng_per_ml_of_nmol_per_ml(nmol_per_ml: float, molar_mass_g_per_mol: float) -> float:
    """A level in ng/mL from one in nmol/mL: a nmol weighs as many ng as a mol weighs g."""
    return nmol_per_ml * molar_mass_g_per_mol
