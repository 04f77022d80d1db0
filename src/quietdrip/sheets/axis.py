"""Round numbers for the axes of a drawn curve."""

from decimal import Decimal

from quietdrip.core.units import MIN_PER_DAY, MIN_PER_H
from quietdrip.sheets.wording import span

STEPS_MIN = (5, 10, 15, 20, 30, 60, 120, 240, 360, 720, 1440, 2880)
FACTORS = (1, 2, 5, 10)


def level_ticks(top_ng_per_ml: float, most: int = 4) -> tuple[float, ...]:
    """Round levels from zero to the first one that is not below the top; ng/mL."""
    if top_ng_per_ml <= 0:
        return (0.0, 1.0)
    scale = 10.0 ** (len(str(int(top_ng_per_ml / most))) - 1)
    step = next(f * scale for f in FACTORS if f * scale * most >= top_ng_per_ml)
    ticks = [0.0]
    while ticks[-1] < top_ng_per_ml:
        ticks.append(ticks[-1] + step)
    return tuple(ticks)


def time_ticks(end_min: float, most: int = 8) -> tuple[tuple[float, str], ...]:
    """Minutes at round steps with their labels, from zero to at most the end."""
    step = next((s for s in STEPS_MIN if end_min / s <= most), STEPS_MIN[-1])
    return tuple((float(at), _label(at, step)) for at in range(0, int(end_min) + 1, step))


def _label(at_min: int, step_min: int) -> str:
    """In one unit along an axis: minutes, hours or days."""
    if not at_min:
        return "0"
    for unit_min, unit in ((MIN_PER_DAY, "d"), (MIN_PER_H, "h")):
        if step_min % unit_min == 0:
            return f"{at_min // unit_min} {unit}"
    return span(Decimal(at_min)) if step_min > MIN_PER_H else f"{at_min} min"
