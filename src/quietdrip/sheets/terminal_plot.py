"""A prediction in letters for a terminal: plasma through, its band dotted, effect site dashed."""

from quietdrip.core.pkpd.forecast import Prediction
from quietdrip.core.pkpd.individual import Floats
from quietdrip.sheets.axis import level_ticks
from quietdrip.sheets.braille import (
    ACROSS,
    DOWN,
    Canvas,
    Dots,
    braille,
    signs,
    time_axis,
    with_levels,
)

WIDTH, ROWS = 66, 10
SPARSE, DASH = 4, 6  # a band is every fourth dot, a dash half of six


def chart(
    prediction: Prediction, other: Prediction | None = None, *, ascii_only: bool = False
) -> tuple[str, ...]:
    """Lines of a chart with its axes and a legend; levels in ng/mL."""
    band = _edges(prediction)
    ticks = level_ticks(max(float(line.max()) for line in (prediction.plasma_ng_per_ml, *band)))
    across, down = (1, 1) if ascii_only else (ACROSS, DOWN)
    canvas = Canvas(
        across=WIDTH * across,
        down=ROWS * down,
        end_min=float(prediction.at_min[-1]),
        top_ng_per_ml=ticks[-1],
    )

    def dots(levels: Floats) -> Dots:
        return canvas.dots(prediction.at_min.tolist(), levels.tolist())

    plasma = dots(prediction.plasma_ng_per_ml)
    edges = {(x, y) for edge in band for x, y in dots(edge) if x % SPARSE == 0}
    effect = prediction.effect_ng_per_ml
    dashed = set() if effect is None else {(x, y) for x, y in dots(effect) if x % DASH < DASH / 2}
    if other is not None:
        plasma |= dots(other.plasma_ng_per_ml)
    layers = (("*", plasma), ("-", dashed), (".", edges))
    if ascii_only:
        body = signs(layers, ROWS, WIDTH)
    else:
        body = braille(plasma | dashed | edges, ROWS, WIDTH)
    axis = time_axis(canvas.end_min, WIDTH)
    return (*with_levels(body, ticks, ROWS), *axis, _legend(prediction, other, ascii_only))


def _edges(prediction: Prediction) -> tuple[Floats, ...]:
    """The lower and upper edge of the outer band, or of the spread; none where there is neither."""
    if prediction.band is not None:
        levels = prediction.band.plasma.levels_ng_per_ml
        return levels[0], levels[-1]
    if prediction.spread is not None:
        return prediction.spread.low_ng_per_ml, prediction.spread.high_ng_per_ml
    return ()


def _legend(prediction: Prediction, other: Prediction | None, ascii_only: bool) -> str:
    through, dash, dot = ("*", "-", ".") if ascii_only else ("line:", "dashes:", "dots:")
    parts = [f"{through} plasma" + (" as asked and what if" if other is not None else "")]
    if prediction.effect_ng_per_ml is not None:
        parts.append(f"{dash} effect site")
    band, spread = prediction.band, prediction.spread
    if band is not None:
        percents = band.plasma.at_percent
        parts.append(f"{dot} {percents[-1] - percents[0]:g} % of people")
    elif spread is not None:
        parts.append(f"{dot} {len(spread.models)} models")
    return "  " + "   ".join(parts)
