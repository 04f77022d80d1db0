"""The weakened build of the wall's control: a reader that repairs what was typed, as many do.

It strips marks and spaces, trusts `float` and supplies a unit. Nothing of it is ever shipped.
"""

import math
import re
from decimal import Decimal

from quietdrip.core import units
from quietdrip.core.reasons import Refusal
from quietdrip.core.units import UNITS, Kind, Quantity, Unit

FIRST_UNIT = {
    Kind.MASS: "mg",
    Kind.WEIGHT: "kg",
    Kind.VOLUME: "mL",
    Kind.STRENGTH: "mg/mL",
    Kind.DOSE_PER_WEIGHT: "mg/kg",
    Kind.RATE: "mg/h",
    Kind.RATE_PER_WEIGHT: "mg/kg/h",
    Kind.FLOW: "mL/h",
    Kind.TIME: "min",
}


def parse_as(text: str, kinds: tuple[Kind, ...], field: str) -> Quantity | Refusal:
    """A quantity wherever something like a number can be found in the text."""
    kept = re.sub(r"[,_'\s]", "", text)
    match = re.match(r"[-+]?(\d+\.?\d*([eE][-+]?\d+)?|\.\d+)", kept)
    number = float(match[0]) if match else math.nan
    if match is None or not math.isfinite(number):
        return units.parse_as(text, kinds, field)
    value = Decimal(repr(number))
    return Quantity(value=value, unit=_unit(kept[match.end() :], kinds), text=text)


def _unit(text: str, kinds: tuple[Kind, ...]) -> Unit:
    for name, unit in UNITS.items():
        if name.lower() == text.lower() and unit.kind in kinds:
            return unit
    return UNITS[FIRST_UNIT[kinds[0]]]
