"""A plot of levels against time as SVG, and the same drawing as PNG.

It moves numbers onto paper and computes none. A line has its own dash, so that colour is never the
only signal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap

from quietdrip.sheets.axis import level_ticks, time_ticks
from quietdrip.sheets.wording import visible

WIDE, HIGH = 960, 600  # the paper, in points
LEFT, RIGHT, ABOVE, BELOW = 64, 32, 84, 164
PNG_PER_POINT, POINTS_PER_INCH = 2, 72
FONTS = Path(__file__).parent / "fonts"
TYPEFACE = "Atkinson Hyperlegible Next"
INK, SOFT, GRID, PAPER = "#15222b", "#4b5d69", "#d8e1e5", "#fcfdfd"
PLASMA, EFFECT, OTHER = "#5f35b5", "#a84c08", "#4b5d69"
LETTERS, FOOT_LINES = 158, 6  # as many as fit on one line at the foot, and lines
KINDS = (".svg", ".png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line with its name in the legend; `dash` as SVG writes it, empty for a line through."""

    name: str
    at_min: Sequence[float]
    levels_ng_per_ml: Sequence[float]
    colour: str
    dash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """The room between a low and a high line; `depth` from 0 to 1 is how dark."""

    name: str
    at_min: Sequence[float]
    low_ng_per_ml: Sequence[float]
    high_ng_per_ml: Sequence[float]
    colour: str
    depth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A level with a name, drawn across."""

    name: str
    level_ng_per_ml: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Everything on the paper: what it shows, what it stands on, and the lines."""

    title: str
    says: str
    foot: tuple[str, ...]
    lines: tuple[Line, ...]
    shades: tuple[Shade, ...] = ()
    marks: tuple[Mark, ...] = ()


class NotWritten(Exception):
    """The plot could not be written; the sentence says why and what would be right."""


def write(plot: Plot, file: Path) -> None:
    """The plot into a file named .svg or .png; NotWritten where it cannot be."""
    try:
        match file.suffix.lower():
            case ".svg":
                file.write_text(svg(plot), encoding="utf-8")
            case ".png":
                file.write_bytes(png(plot))
            case other:
                raise NotWritten(
                    f"'{other or file.name}' is no kind of plot; name a file .svg or .png."
                )
    except OSError as fault:
        raise NotWritten(
            f"The plot could not be written to {file}: {fault.strerror}. Name another file."
        ) from fault


def png(plot: Plot) -> bytes:
    """The same drawing as PNG, two dots a point."""
    import typst  # the typesetter is large; an SVG needs none

    page = (
        f"#set page(width: {WIDE}pt, height: {HIGH}pt, margin: 0pt)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)\n'
    )
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
    made: bytes = typst.compile(
        page.encode(), sys_inputs={"svg": svg(plot)}, font_paths=fonts,
        ignore_system_fonts=True, format="png", ppi=POINTS_PER_INCH * PNG_PER_POINT,
    )  # fmt: skip
    return made


def svg(plot: Plot) -> str:
    """The drawing as SVG text, with its title and words for a reader that does not see it."""
    end_min = max(line.at_min[-1] for line in plot.lines) or 1.0
    ticks = level_ticks(_top(plot), most=6)
    paper = _Paper(end_min=end_min, top_ng_per_ml=ticks[-1])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" width="{WIDE}" '
        f'height="{HIGH}" role="img" font-family="{TYPEFACE}, sans-serif" font-size="13">',
        f"<title>{_text(plot.title)}</title><desc>{_text(plot.says)}</desc>",
        f'<rect width="{WIDE}" height="{HIGH}" fill="{PAPER}"/>',
        _words(LEFT, 32, plot.title, size=20, weight=700),
        _words(LEFT, 54, plot.says, colour=SOFT),
        *_grid(paper, ticks),
        *(paper.shade(shade) for shade in plot.shades),
        *(paper.line(line) for line in plot.lines),
        *_marks(paper, plot.marks),
        *_legend(plot),
        *(
            _words(LEFT, HIGH - BELOW + 74 + 15 * row, line, size=11, colour=SOFT)
            for row, line in enumerate(_foot(plot))
        ),
        "</svg>\n",
    ]
    return "\n".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """Where a minute and a level lie on the paper."""

    end_min: float
    top_ng_per_ml: float

    def x(self, at_min: float) -> float:
        return LEFT + (WIDE - LEFT - RIGHT) * at_min / self.end_min

    def y(self, level_ng_per_ml: float) -> float:
        return HIGH - BELOW - (HIGH - ABOVE - BELOW) * level_ng_per_ml / self.top_ng_per_ml

    def points(self, at_min: Iterable[float], levels: Iterable[float]) -> str:
        pairs = zip(at_min, levels, strict=True)
        return " ".join(f"{self.x(at):.2f},{self.y(level):.2f}" for at, level in pairs)

    def line(self, line: Line) -> str:
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        return (
            f'<polyline points="{self.points(line.at_min, line.levels_ng_per_ml)}" fill="none" '
            f'stroke="{line.colour}" stroke-width="2" stroke-linejoin="round"{dash}/>'
        )

    def shade(self, shade: Shade) -> str:
        there = self.points(shade.at_min, shade.high_ng_per_ml)
        back = self.points(reversed(shade.at_min), reversed(shade.low_ng_per_ml))
        return (
            f'<polygon points="{there} {back}" fill="{shade.colour}" '
            f'fill-opacity="{shade.depth:g}"/>'
        )


def _top(plot: Plot) -> float:
    highest = [max(line.levels_ng_per_ml) for line in plot.lines]
    highest += [max(shade.high_ng_per_ml) for shade in plot.shades]
    return max([*highest, *(mark.level_ng_per_ml for mark in plot.marks)])


def _grid(paper: _Paper, ticks: Sequence[float]) -> Iterable[str]:
    right = WIDE - RIGHT
    for tick in ticks:
        y = paper.y(tick)
        yield f'<path d="M{LEFT} {y:.2f}H{right}" stroke="{GRID}"/>'
        yield _words(LEFT - 8, y + 4, f"{tick:g}", anchor="end", colour=SOFT)
    for at_min, label in time_ticks(paper.end_min, most=9):
        x = paper.x(at_min)
        yield f'<path d="M{x:.2f} {paper.y(0):.2f}v5" stroke="{SOFT}"/>'
        yield _words(x, paper.y(0) + 20, label, anchor="middle", colour=SOFT)
    yield _words(LEFT, ABOVE - 10, "ng/mL", size=11, colour=SOFT)


def _marks(paper: _Paper, marks: Sequence[Mark]) -> Iterable[str]:
    for mark in marks:
        y = paper.y(mark.level_ng_per_ml)
        yield (
            f'<path d="M{LEFT} {y:.2f}H{WIDE - RIGHT}" stroke="{INK}" stroke-width="1" '
            'stroke-dasharray="2 3"/>'
        )
        yield _words(WIDE - RIGHT, y - 5, mark.name, size=11, anchor="end")


def _legend(plot: Plot) -> Iterable[str]:
    x, y = float(LEFT), HIGH - BELOW + 44
    for line in plot.lines:
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        yield f'<path d="M{x:.1f} {y - 4}h26" stroke="{line.colour}" stroke-width="2"{dash}/>'
        yield _words(x + 32, y, line.name)
        x += 56 + 7 * len(line.name)
    for shade in plot.shades:
        yield (
            f'<rect x="{x:.1f}" y="{y - 10}" width="26" height="11" fill="{shade.colour}" '
            f'fill-opacity="{shade.depth:g}"/>'
        )
        yield _words(x + 32, y, shade.name)
        x += 56 + 7 * len(shade.name)


def _words(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 13,
    weight: int = 400,
    anchor: str = "start",
    colour: str = INK,
) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{colour}">{_text(text)}</text>'
    )


def _foot(plot: Plot) -> list[str]:
    """What it stands on, in lines that fit; the last line says where more of it stands."""
    lines = [line for says in plot.foot for line in wrap(says, LETTERS, break_on_hyphens=False)]
    if len(lines) <= FOOT_LINES:
        return lines
    return [*lines[: FOOT_LINES - 1], "… all of it with --json."]


def _text(text: str) -> str:
    return escape(visible(text), quote=True)
