"""A virtual trial in letters for a terminal: protocols side by side, then their curves."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from textwrap import wrap

import numpy as np

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
from quietdrip.sheets.simulate import Simulation
from quietdrip.sheets.simulate_found import PERCENTS, ArmFound, Found, SiteFound, Spread, shown
from quietdrip.sheets.wording import visible

WIDTH, LABEL, COLUMN = 100, 34, 22
LETTERS, ROWS, SPARSE = 66, 9, 4
NOT_MEASURED = (
    "Not a cleared medical device. Virtual people and a published model: nothing here was measured "
    "in anybody, and nothing is ordered."
)


def as_text(found: Found, *, ascii_only: bool) -> str:
    """The tables, the curves, and everything that must be read beside them."""
    trial = found.simulation.trial
    low_kg, high_kg = found.simulation.weights_kg
    lines = [
        f"Virtual trial: {trial.crowd.count:,} people, {low_kg} to {high_kg} kg, seed "
        f"{trial.crowd.seed}, the same people under every protocol.",
        f"Model: {trial.model.title} ({trial.model.id}), predicted, {trial.model.site}.",
        "Each row: median (5 % to 95 % of the people).",
        "",
        *_columns(found.arms),
        *(line for arm in found.arms for line in ("", *_chart(arm, ascii_only=ascii_only))),
        "",
        *(line for says in _notes(found) for line in wrap(says, WIDTH, break_on_hyphens=False)),
    ]
    text = "\n".join(lines)
    return text.encode("ascii", "replace").decode() if ascii_only else text


def _notes(found: Found) -> Iterable[str]:
    yield found.simulation.vial_says
    yield (
        "Each person is weighed to the whole kilogram and gets what the card of that weight gives; "
        "levels are in blood, without the error of an assay."
    )
    looked = {f"{arm.protocol} every {arm.every_min:g} min until {arm.until_min:g} min"
              for arm in found.arms}  # fmt: skip
    yield f"Looked at: {'; '.join(sorted(looked))}. AUC is of everything given, without an end."
    yield from (visible(says) for says in found.simulation.says)
    yield NOT_MEASURED


def _columns(arms: Sequence[ArmFound]) -> Iterable[str]:
    """One column a protocol, as many side by side as the terminal holds."""
    abreast = max((WIDTH - LABEL) // COLUMN, 1)
    for start in range(0, len(arms), abreast):
        here = arms[start : start + abreast]
        if start:
            yield ""
        yield from _head(here)
        for label, cells in table(here):
            yield _line(f"  {label}" if cells else label, cells)


def _head(arms: Sequence[ArmFound]) -> Iterable[str]:
    names = [wrap(arm.protocol, COLUMN - 2, break_on_hyphens=True) for arm in arms]
    for row in range(max(map(len, names))):
        yield _line("", [name[row] if row < len(name) else "" for name in names])


def table(arms: Sequence[ArmFound]) -> Iterator[tuple[str, list[str]]]:
    """Every row with a cell for each protocol; a row without cells names what follows."""
    for place, site in enumerate(arms[0].sites):
        yield "Plasma" if site.site == "plasma" else "Effect site", []
        for row, spread in enumerate(site.spreads):
            cells = [_cell(arm, arm.sites[place].spreads[row].values, spread.unit) for arm in arms]
            yield _named(spread), cells
        for row, share in enumerate(site.shares):
            yield share.label, [f"{arm.sites[place].shares[row].percent:.1f} %" for arm in arms]
    yield "Each infusion", []
    for row, spread in enumerate(arms[0].given):
        cells = [_cell(arm, arm.given[row].values, spread.unit) for arm in arms]
        yield _named(spread), cells
    yield "Everybody together", []
    sums: tuple[tuple[str, Callable[[ArmFound], str]], ...] = (
        ("given, g", lambda arm: f"{arm.total_mg / 1000:,.1f}"),
        ("vials", lambda arm: f"{arm.vials:,}"),
        ("waste in vials, g", lambda arm: f"{arm.waste_mg / 1000:,.1f}"),
        ("left in syringes, g", lambda arm: f"{arm.residual_mg / 1000:,.1f}"),
    )
    for label, of in sums:
        yield label, [of(arm) for arm in arms]


def command(simulation: Simulation) -> str:
    """The command line that runs the same trial."""
    asked = simulation.question
    words = ["quietdrip", "simulate", *asked.protocols, "--people", str(asked.people)]
    names = ("model", "weights", "ages", "vial", "final", "pump", "within", "after")
    words += ["--seed", str(asked.seed)]
    for name in names:
        text: str = getattr(asked, name)
        words += [f"--{name}", text] if text else []
    for name, texts in (("above", asked.above), ("below", asked.below)):
        words += [word for text in texts for word in (f"--{name}", text)]
    words += [word for field, value in asked.given for word in ("--set", f"{field}={value}")]
    return shlex.join(words)


def _cell(arm: ArmFound, values: Sequence[float | None], unit: str) -> str:
    low, middle, high = (
        shown(values[place], unit, arm.until_min)
        for place in (0, len(PERCENTS) // 2, len(PERCENTS) - 1)
    )
    return middle if low == high else f"{middle} ({low}-{high})"


def _named(spread: Spread) -> str:
    return spread.label if spread.label == spread.unit else f"{spread.label}, {spread.unit}"


def _line(label: str, cells: Sequence[str]) -> str:
    shown = "".join(f"{cell}  ".ljust(COLUMN) for cell in cells)
    return f"{label:<{LABEL}}{shown}".rstrip()


def _chart(arm: ArmFound, *, ascii_only: bool) -> Iterable[str]:
    """Plasma of one protocol: the median through, the 5 and 95 % lines dotted."""
    plasma: SiteFound = arm.sites[0]
    low, middle, high = (plasma.levels_ng_per_ml[place] for place in (0, 2, -1))
    ticks = level_ticks(max(high))
    across, down = (1, 1) if ascii_only else (ACROSS, DOWN)
    canvas = Canvas(
        across=LETTERS * across, down=ROWS * down, end_min=arm.at_min[-1], top_ng_per_ml=ticks[-1]
    )
    columns = np.linspace(0, arm.at_min[-1], canvas.across)

    def dots(levels: Sequence[float]) -> Dots:
        """The points joined by straight lines."""
        return canvas.dots(columns.tolist(), np.interp(columns, arm.at_min, levels).tolist())

    through = dots(middle)
    edges = {dot for edge in (low, high) for dot in dots(edge) if dot[0] % SPARSE == 0}
    if ascii_only:
        body = signs((("*", through), (".", edges)), ROWS, LETTERS)
    else:
        body = braille(through | edges, ROWS, LETTERS)
    yield f"{arm.protocol}, plasma, ng/mL (median through, 5 % and 95 % of the people dotted)"
    yield from with_levels(body, ticks, ROWS)
    yield from time_axis(canvas.end_min, LETTERS)
