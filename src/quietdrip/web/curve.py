"""The predicted curve as a drawing: places on the paper, and the same points as a table.

It moves numbers onto paper and computes none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from quietdrip.core.card import Card
from quietdrip.core.pkpd.predict import Curve
from quietdrip.sheets.axis import level_ticks, time_ticks
from quietdrip.sheets.band import Room
from quietdrip.sheets.card_json import clock
from quietdrip.sheets.wording import span

PAPER = 1000  # the drawing is so many units wide and high, and stretched to the page
TIME_MARKS, ROWS = 7, 12
LATE = 0.75  # beyond this part of the paper the label of the end stands before its line


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line of the grid: how far along in percent of the paper, and what it says."""

    percent: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the table; `effect` is empty without an effect site.

    `rooms` is from and to what each shaded room of the plasma reaches, outermost first.
    """

    at: str
    plasma: str
    effect: str
    rooms: tuple[str, ...]
    end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A room as a closed path on the paper, and what it says in the legend and the table."""

    path: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A curve ready to be drawn: two paths on the paper, the grid, the changes of rate, a table.

    `areas` lie below the paths, outermost first.
    """

    areas: tuple[Area, ...]
    plasma: str
    effect: str
    times: tuple[Mark, ...]
    levels: tuple[Mark, ...]
    changes: tuple[str, ...]
    end: Mark
    end_is_late: bool
    rows: tuple[Row, ...]


def drawing(card: Card, curve: Curve, rooms: Sequence[Room] = ()) -> Drawing:
    """The curve on paper: time to the right from the start, levels in ng/mL upwards from zero.

    `rooms` lie around the plasma on the curve's own times; the axis holds the highest of them.
    """
    last_min = curve.at_min[-1]
    highest = (level for room in rooms for level in room.high_ng_per_ml)
    levels = level_ticks(max((*curve.plasma_ng_per_ml, *curve.effect_ng_per_ml, *highest)))
    return Drawing(
        areas=tuple(
            Area(path=_outline(curve.at_min, room, levels[-1]), says=room.says) for room in rooms
        ),
        plasma=_path(curve.at_min, curve.plasma_ng_per_ml, levels[-1]),
        effect=_path(curve.at_min, curve.effect_ng_per_ml, levels[-1]),
        times=tuple(
            Mark(
                percent=_percent(at_min / last_min),
                label=clock(card.start_clock_min, Decimal(int(at_min))) or label,
            )
            for at_min, label in time_ticks(last_min, TIME_MARKS)
        ),
        levels=tuple(
            Mark(percent=_percent(1 - level / levels[-1]), label=f"{level:g}") for level in levels
        ),
        changes=tuple(_percent(float(step.start_min) / last_min) for step in card.steps[1:]),
        end=Mark(
            percent=_percent(float(card.over_min) / last_min),
            label=clock(card.start_clock_min, card.over_min) or span(card.over_min),
        ),
        end_is_late=float(card.over_min) > LATE * last_min,
        rows=tuple(_rows(card, curve, rooms)),
    )


def _path(at_min: Sequence[float], levels: Sequence[float], top: float) -> str:
    if not levels:
        return ""
    return "M" + "L".join(_points(at_min, levels, top))


def _outline(at_min: Sequence[float], room: Room, top: float) -> str:
    """There along the upper edge and back along the lower one."""
    there = _points(at_min, room.high_ng_per_ml, top)
    back = reversed(_points(at_min, room.low_ng_per_ml, top))
    return "M" + "L".join((*there, *back)) + "Z"


def _points(at_min: Sequence[float], levels: Sequence[float], top: float) -> list[str]:
    return [
        f"{at / at_min[-1] * PAPER:.0f} {(1 - level / top) * PAPER:.0f}"
        for at, level in zip(at_min, levels, strict=True)
    ]


def _rows(card: Card, curve: Curve, rooms: Sequence[Room]) -> Iterable[Row]:
    """Points of the curve itself, evenly spread, with the end of the infusion among them."""
    last = len(curve.at_min) - 1
    end_min = float(card.over_min)
    end = min(range(last + 1), key=lambda index: abs(curve.at_min[index] - end_min))
    for index in sorted({end, *(round(last * number / ROWS) for number in range(ROWS + 1))}):
        at_min = Decimal(str(curve.at_min[index]))
        day = clock(card.start_clock_min, at_min)
        yield Row(
            at=f"{span(at_min)} ({day})" if day else span(at_min),
            plasma=f"{curve.plasma_ng_per_ml[index]:.0f}",
            effect=f"{curve.effect_ng_per_ml[index]:.0f}" if curve.effect_ng_per_ml else "",
            rooms=tuple(
                f"{room.low_ng_per_ml[index]:.0f} to {room.high_ng_per_ml[index]:.0f}"
                for room in rooms
            ),
            end=index == end,
        )


def _percent(share: float) -> str:
    return f"{share * 100:.2f}%"
