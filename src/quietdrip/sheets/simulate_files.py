"""A virtual trial as data and drawings: JSON (`quietdrip-simulate/1`), CSV, SVG and PNG."""

import csv
import io
import json
import math
from typing import Any

from quietdrip.core.units import plain
from quietdrip.sheets import plot
from quietdrip.sheets.simulate_found import (
    HIGH,
    LOW,
    PERCENTS,
    ArmFound,
    Found,
    Share,
    SiteFound,
    Spread,
)
from quietdrip.sheets.simulate_text import NOT_MEASURED

SCHEMA = "quietdrip-simulate/1"
COLOURS = ("#5f35b5", "#a84c08", "#0b6a76", "#a1132b", "#0d6b3d", "#15222b")
DASHES = ("", "9 4", "2 3", "12 3 2 3", "5 2", "1 2")
DEPTH = 0.13
BAND = f"{LOW} to {HIGH} %"  # the shades stand side by side in the legend, with one name
Json = dict[str, Any]


def files(found: Found) -> dict[str, bytes]:
    """Every file of the folder by its name, the same bytes for the same counts."""
    drawn = drawing(found)
    return {
        "result.json": (json.dumps(as_json(found), indent=1, ensure_ascii=False) + "\n").encode(),
        "figures.csv": figures_csv(found).encode(),
        "percentiles.csv": percentiles_csv(found).encode(),
        "levels.svg": plot.svg(drawn).encode(),
        "levels.png": plot.png(drawn),
    }


def as_json(found: Found) -> Json:
    """The trial as data. Levels and minutes are numbers; what the cards give are texts in mg."""
    simulation = found.simulation
    return {
        "schema": SCHEMA,
        "says": NOT_MEASURED,
        "run": json.loads(simulation.told),
        "basis": [simulation.vial_says, *simulation.says],
        "model": {
            "id": simulation.trial.model.id,
            "title": simulation.trial.model.title,
            "site": str(simulation.trial.model.site),
            "population": simulation.trial.model.population,
            "citation": simulation.trial.model.citation,
            "variability": simulation.trial.varies,
        },
        "percents": list(PERCENTS),
        "protocols": [_arm(arm) for arm in found.arms],
    }


def _arm(arm: ArmFound) -> Json:
    return {
        "protocol": arm.protocol,
        "title": arm.title,
        "looked_at": {"every_min": arm.every_min, "until_min": arm.until_min},
        "each": {spread.id: _spread(spread) for spread in arm.given},
        "everybody": {
            "total_mg": plain(arm.total_mg),
            "vials": arm.vials,
            "waste_mg": plain(arm.waste_mg),
            "residual_mg": plain(arm.residual_mg),
        },
        "at_min": list(arm.at_min),
        "sites": {site.site: _site(site) for site in arm.sites},
    }


def _site(site: SiteFound) -> Json:
    return {
        "figures": {spread.id: _spread(spread) for spread in site.spreads},
        "shares_percent": {share.id: round(share.percent, 4) for share in site.shares},
        "levels_ng_per_ml": [[_rounded(level) for level in row] for row in site.levels_ng_per_ml],
    }


def _spread(spread: Spread) -> Json:
    return {"unit": spread.unit, "values": [_rounded(value) for value in spread.values]}


def _rounded(value: float | None) -> float | None:
    """Five digits: the grid of the counts knows no more. None where there is no such number."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.5g}")


def figures_csv(found: Found) -> str:
    """One line for each figure of each protocol and site."""
    sink = io.StringIO()
    rows = csv.writer(sink, lineterminator="\n")
    rows.writerow(["protocol", "site", "figure", "unit", *(f"p{percent}" for percent in PERCENTS)])
    for arm in found.arms:
        for site in arm.sites:
            for spread in site.spreads:
                rows.writerow([arm.protocol, site.site, *_cells(spread)])
            for share in site.shares:
                rows.writerow([arm.protocol, site.site, *_share(share)])
        for spread in arm.given:
            rows.writerow([arm.protocol, "", *_cells(spread)])
    return sink.getvalue()


def _cells(spread: Spread) -> list[str | float]:
    values = (_rounded(value) for value in spread.values)
    return [spread.id, spread.unit, *("" if value is None else value for value in values)]


def _share(share: Share) -> list[str | float]:
    """A share of all people has one number, which stands for every column."""
    return [share.id, "percent of people", *[round(share.percent, 4)] * len(PERCENTS)]


def percentiles_csv(found: Found) -> str:
    """One line for each protocol, site and time."""
    sink = io.StringIO()
    rows = csv.writer(sink, lineterminator="\n")
    names = (f"p{percent}_ng_per_ml" for percent in PERCENTS)
    rows.writerow(["protocol", "site", "at_min", *names])
    for arm in found.arms:
        for site in arm.sites:
            for place, at_min in enumerate(arm.at_min):
                levels = (_rounded(row[place]) for row in site.levels_ng_per_ml)
                rows.writerow([arm.protocol, site.site, at_min, *levels])
    return sink.getvalue()


def drawing(found: Found) -> plot.Plot:
    """Plasma of every protocol: the median as a line, 5 to 95 % of the people as a shade."""
    trial = found.simulation.trial
    styles = [
        (COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)])
        for place in range(len(found.arms))
    ]
    lines, shades = [], []
    for arm, (colour, dash) in zip(found.arms, styles, strict=True):
        levels = arm.sites[0].levels_ng_per_ml
        lines.append(
            plot.Line(name=arm.protocol, at_min=arm.at_min, colour=colour, dash=dash,
                      levels_ng_per_ml=levels[len(PERCENTS) // 2])
        )  # fmt: skip
        shades.append(
            plot.Shade(name=BAND if arm is found.arms[-1] else "", at_min=arm.at_min,
                       low_ng_per_ml=levels[0], high_ng_per_ml=levels[-1], colour=colour,
                       depth=DEPTH)
        )  # fmt: skip
    watched = trial.watched
    marks = [*watched.above_ng_per_ml, *watched.below_ng_per_ml]
    return plot.Plot(
        title="Virtual trial: predicted plasma levels",
        says=(
            f"{trial.crowd.count:,} virtual people, median and {LOW} to {HIGH} %; "
            f"{trial.model.title}, {trial.model.site}. Not measured."
        ),
        foot=(found.simulation.vial_says, *found.simulation.says, NOT_MEASURED),
        lines=tuple(lines),
        shades=tuple(shades),
        marks=tuple(
            plot.Mark(name=f"{level:g} ng/mL", level_ng_per_ml=level)
            for level in dict.fromkeys(marks)
        ),
    )
