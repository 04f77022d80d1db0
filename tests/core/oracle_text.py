"""The oracle's own reading of a quantity, letter by letter; it shares no code with the package."""

from dataclasses import dataclass
from fractions import Fraction

DIGITS = "0123456789"
PARTS = {
    "mg": ("mg", "milligram", "milligrams"),
    "mcg": ("mcg", "ug", "\u00b5g", "\u03bcg", "microgram", "micrograms"),
    "g": ("g", "gram", "grams"),
    "kg": ("kg", "kgs", "kilogram", "kilograms"),
    "lb": ("lb", "lbs", "pound", "pounds"),
    "mL": ("mL", "ml", "milliliter", "milliliters", "millilitre", "millilitres"),
    "L": ("L", "l", "liter", "liters", "litre", "litres"),
    "min": ("min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
    "ng": ("ng",),
    "cm": ("cm",),
}
# unit: (what it measures, how many of the first unit of its row it is)
UNITS = {
    "mg": ("mass", "1"), "mcg": ("mass", "0.001"), "g": ("mass", "1000"),
    "kg": ("weight", "1"), "lb": ("weight", "0.45359237"),
    "mL": ("volume", "1"), "L": ("volume", "1000"),
    "mg/mL": ("strength", "1"), "mcg/mL": ("strength", "0.001"),
    "mg/kg": ("dose/kg", "1"), "mcg/kg": ("dose/kg", "0.001"),
    "mg/h": ("rate", "1"), "mg/min": ("rate", "60"),
    "mcg/h": ("rate", "0.001"), "mcg/min": ("rate", "0.06"),
    "mg/kg/h": ("rate/kg", "1"), "mg/kg/min": ("rate/kg", "60"),
    "mcg/kg/h": ("rate/kg", "0.001"), "mcg/kg/min": ("rate/kg", "0.06"),
    "mL/h": ("flow", "1"), "mL/min": ("flow", "60"),
    "min": ("time", "1"), "h": ("time", "60"), "d": ("time", "1440"),
    "ng/mL": ("level", "1"), "cm": ("length", "1"),
}  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """A number of the first unit of its row in `UNITS`, and what it measures."""

    size: Fraction
    measures: str


def read(text: str) -> Amount | None:
    """What a text states, read letter by letter; None where it is not in the grammar."""
    at = 0
    while at < len(text) and text[at] in DIGITS:
        at += 1
    whole = text[:at]
    if not whole or len(whole) > 7 or (len(whole) > 1 and whole[0] == "0"):
        return None
    decimals = ""
    if at < len(text) and text[at] == ".":
        end = at + 1
        while end < len(text) and text[end] in DIGITS:
            end += 1
        decimals, at = text[at + 1 : end], end
        if not 1 <= len(decimals) <= 3:
            return None
    rest = text[at:]
    rest = rest[1:] if rest[:1] == " " else rest
    names = []
    for part in rest.split("/"):
        found = [name for name, spellings in PARTS.items() if part in spellings]
        if not found:
            return None
        names.append(found[0])
    unit = UNITS.get("/".join(names))
    if unit is None:
        return None
    number = Fraction(int(whole + decimals), 10 ** len(decimals))
    return Amount(size=number * Fraction(unit[1]), measures=unit[0])


def sure(text: str) -> Amount:
    """What a text of the library states; it must be in the grammar."""
    amount = read(text)
    assert amount is not None, text
    return amount
