"""The predicted curve in letters, for a terminal: plasma drawn through, effect site dotted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quietdrip.core.pkpd.predict import Curve
from quietdrip.sheets.axis import level_ticks, time_ticks

LETTERS_HIGH = 7  # one more than a multiple of 1, 2 and 3, so that every tick has its own line
ACROSS, DOWN = 2, 4  # dots in one letter
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
BLANK = 0x2800
GAP = 3  # every third dot of the dotted line is drawn
MARGIN = 8
Dots = set[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """How many dots there are, and what the last of them stands for."""

    across: int
    down: int
    end_min: float
    top_ng_per_ml: float

    def dots(self, at_min: Sequence[float], levels_ng_per_ml: Sequence[float]) -> Dots:
        """The dots of one line as (across, down), joined upright where it is steep."""
        found: Dots = set()
        before: tuple[int, int] | None = None
        for at, level in zip(at_min, levels_ng_per_ml, strict=True):
            here = (
                round(at / self.end_min * (self.across - 1)),
                round((1 - level / self.top_ng_per_ml) * (self.down - 1)),
            )
            low, high = sorted((here[1], here[1] if before is None else before[1]))
            found |= {(here[0], row) for row in range(low, high + 1)}
            before = here
        return found


def chart(curve: Curve, width: int, *, ascii_only: bool) -> tuple[str, ...]:
    """Lines of a small chart with axis numbers, none wider than asked; levels in ng/mL."""
    letters = width - MARGIN - 4  # the last label of the time axis stands out by half its length
    top = max(*curve.plasma_ng_per_ml, *(curve.effect_ng_per_ml or (0.0,)))
    ticks = level_ticks(top, most=3)
    across, down = (1, 1) if ascii_only else (ACROSS, DOWN)
    canvas = Canvas(
        across=letters * across,
        down=LETTERS_HIGH * down,
        end_min=curve.at_min[-1],
        top_ng_per_ml=ticks[-1],
    )
    plasma = canvas.dots(curve.at_min, curve.plasma_ng_per_ml)
    effect = canvas.dots(curve.at_min, curve.effect_ng_per_ml) if curve.effect_ng_per_ml else set()
    if ascii_only:
        body = signs((("*", plasma), (".", effect)), LETTERS_HIGH, letters)
    else:
        dotted = {(x, y) for x, y in effect if x % GAP == 0}
        body = braille(plasma | dotted, LETTERS_HIGH, letters)
    return (*with_levels(body, ticks, LETTERS_HIGH), *time_axis(curve.at_min[-1], letters))


def legend(curve: Curve, *, ascii_only: bool) -> str:
    """What the lines are."""
    plasma, effect = ("*", ".") if ascii_only else ("line:", "dots:")
    return f"{plasma} plasma" + (f"   {effect} effect site" if curve.effect_ng_per_ml else "")


def braille(dots: Dots, rows: int, letters: int) -> Iterable[str]:
    """Rows of dots as letters of two by four."""
    for row in range(rows):
        yield "".join(
            chr(
                BLANK
                + sum(
                    DOTS[y][x]
                    for y in range(DOWN)
                    for x in range(ACROSS)
                    if (column * ACROSS + x, row * DOWN + y) in dots
                )
            )
            for column in range(letters)
        ).rstrip(chr(BLANK))


def signs(layers: tuple[tuple[str, Dots], ...], rows: int, letters: int) -> Iterable[str]:
    """Rows of plain signs, one dot each; where layers meet the first one shows."""
    for row in range(rows):
        yield "".join(
            next((sign for sign, dots in layers if (column, row) in dots), " ")
            for column in range(letters)
        )


def with_levels(body: Iterable[str], ticks: Sequence[float], rows: int) -> Iterable[str]:
    """Each row behind its level in ng/mL, where it has one."""
    labels = {round((1 - tick / ticks[-1]) * (rows - 1)): f"{tick:.0f}" for tick in ticks}
    for row, line in enumerate(body):
        yield f"{labels.get(row, ''):>{MARGIN - 2}} |{line}".rstrip()


def time_axis(end_min: float, letters: int) -> tuple[str, str]:
    """A ruler with a mark at each label, and the labels below."""
    ruler, labels = ["-"] * letters, [" "] * (MARGIN + letters + 4)
    for at_min, label in time_ticks(end_min, most=7):
        column = round(at_min / end_min * (letters - 1))
        ruler[column] = "+"
        start = MARGIN + column - len(label) // 2
        labels[start : start + len(label)] = label
    return " " * (MARGIN - 1) + "+" + "".join(ruler)[1:], "".join(labels).rstrip()
