"""A prediction, or why there is none, as plain text for a terminal, and as a plot."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from textwrap import wrap

from quietdrip.core.pkpd.band import Band
from quietdrip.core.pkpd.expected import Below, Expected, OfC50
from quietdrip.core.pkpd.forecast import Prediction
from quietdrip.core.pkpd.individual import Floats
from quietdrip.core.pkpd.model import Drug
from quietdrip.sheets import plot, terminal_plot
from quietdrip.sheets.band import band_says, rooms
from quietdrip.sheets.card_text import LOOK_ALIKE
from quietdrip.sheets.predict import Predicted
from quietdrip.sheets.predict_json import NOT_MEASURED
from quietdrip.sheets.wording import grounds, span, visible

WIDTH = 80
INDENT = "  "
DRUGS = {
    Drug.RACEMIC_KETAMINE: "racemic ketamine",
    Drug.S_KETAMINE: "S-ketamine",
    Drug.R_KETAMINE: "R-ketamine",
    Drug.MIDAZOLAM: "midazolam",
}
DEEP, LIGHT = 0.24, 0.12  # how dark the inner and the outer band are


def predict_text(found: Predicted, *, ascii_only: bool = False) -> str:
    """Levels at the minutes asked for, what they lead one to expect, and what they stand on."""
    prediction = found.asked
    if prediction is None:
        lines = [f"No prediction by {found.question.model}.", *_refused(found)]
        return _printed(lines, ascii_only)
    lines = [
        *_wrapped(f"{prediction.model.title}. {prediction.says.capitalize()}.", ""),
        *_wrapped(_given_says(prediction), ""),
        "",
        *_table(prediction, "AS ASKED"),
    ]
    if found.if_asked is not None:
        what_if = f"WHAT IF: {found.question.what_if}"
        lines += ["", *_table(found.if_asked, what_if)]
    if found.drawn is not None:
        lines += ["", *terminal_plot.chart(found.drawn, found.if_drawn, ascii_only=ascii_only)]
    lines += ["", "EXPECTED", *_expected_lines(prediction)]
    if found.if_asked is not None:
        lines += ["", "EXPECTED, WHAT IF", *_expected_lines(found.if_asked)]
    lines += ["", "STANDS ON", *_basis(found, prediction), "", *_wrapped(NOT_MEASURED, "")]
    return _printed(lines, ascii_only)


def predict_plot(found: Predicted) -> plot.Plot:
    """The same at even minutes: typical lines, the bands where there are any, else the spread."""
    prediction = found.drawn
    assert prediction is not None
    at_min = prediction.at_min.tolist()
    lines = [plot.Line(name="plasma", at_min=at_min, colour=plot.PLASMA,
                       levels_ng_per_ml=prediction.plasma_ng_per_ml.tolist())]  # fmt: skip
    if prediction.effect_ng_per_ml is not None:
        effect = prediction.effect_ng_per_ml.tolist()
        lines.append(plot.Line(name="effect site", at_min=at_min, levels_ng_per_ml=effect,
                               colour=plot.EFFECT, dash="7 4"))  # fmt: skip
    if found.if_drawn is not None:
        other = found.if_drawn.plasma_ng_per_ml.tolist()
        lines.append(plot.Line(name=f"plasma if {found.question.what_if}", at_min=at_min,
                               levels_ng_per_ml=other, colour=plot.OTHER, dash="2 3"))  # fmt: skip
    model = prediction.model
    return plot.Plot(
        title=model.title,
        says=f"{prediction.says.capitalize()}. {_given_says(prediction)}",
        foot=(
            NOT_MEASURED,
            f"{model.citation} ({model.confidence}).",
            _band_says(prediction),
        ),
        lines=tuple(lines),
        shades=tuple(_shades(prediction)),
        marks=()
        if prediction.below is None
        else (
            plot.Mark(
                name="chosen threshold", level_ng_per_ml=prediction.below.threshold_ng_per_ml
            ),
        ),
    )


def _given_says(prediction: Prediction) -> str:
    age = "" if prediction.age_y is None else f", {prediction.age_y:g} y"
    total = f"{prediction.doses.total_mg:.4g} mg of {DRUGS[prediction.doses.drug]} in all"
    return f"{total}; {prediction.weight_kg:g} kg{age}."


def _table(prediction: Prediction, title: str) -> list[str]:
    """One row a minute; a band stands in brackets behind its level."""
    band, spread = prediction.band, prediction.spread
    heads, columns = ["min"], [[f"{at:g}" for at in prediction.at_min]]
    edges = [] if band is None else [band.plasma]
    heads.append("plasma ng/mL")
    columns.append([f"{level:.1f}" for level in prediction.plasma_ng_per_ml])
    if band is not None:
        heads.append(f"{_percent(band)} % band")
        columns.append(_ranges(edges[0].levels_ng_per_ml[0], edges[0].levels_ng_per_ml[-1]))
    elif spread is not None:
        heads.append(f"{len(spread.models)} models")
        columns.append(_ranges(spread.low_ng_per_ml, spread.high_ng_per_ml))
    if prediction.effect_ng_per_ml is not None:
        heads.append("effect site")
        columns.append([f"{level:.1f}" for level in prediction.effect_ng_per_ml])
    if band is not None and band.effect is not None:
        heads.append(f"{_percent(band)} % band")
        columns.append(_ranges(band.effect.levels_ng_per_ml[0], band.effect.levels_ng_per_ml[-1]))
    return [title, *_columns(heads, columns)]


def _columns(heads: Sequence[str], columns: Sequence[Sequence[str]]) -> Iterable[str]:
    wide = [max(map(len, (head, *cells))) for head, cells in zip(heads, columns, strict=True)]
    for row in (heads, *zip(*columns, strict=True)):
        cells = (cell.rjust(width) for cell, width in zip(row, wide, strict=True))
        yield f"{INDENT}{'   '.join(cells)}"


def _ranges(low: Floats, high: Floats) -> list[str]:
    return [f"{a:.1f} to {b:.1f}" for a, b in zip(low, high, strict=True)]


def _percent(band: Band) -> str:
    return f"{band.plasma.at_percent[-1] - band.plasma.at_percent[0]:g}"


def _expected_lines(prediction: Prediction) -> list[str]:
    lines = []
    for site, peak in prediction.peaks.items():
        where = "effect site" if site == "effect" else "plasma"
        says = f"Highest at the {where}: {peak.level_ng_per_ml:.1f} ng/mL, {_minute(peak.at_min)}."
        lines += _said(says)
    for each in prediction.expected:
        lines += _said(_effect_says(each))
    for of in prediction.of_c50s:
        lines += _said(_c50_says(of))
    return lines + _said(_below_says(prediction.below))


def _effect_says(expected: Expected) -> str:
    follows = expected.follows
    seen = f"Seen: {follows.seen}. [{grounds(follows.source, follows.confidence)}]"
    if expected.peak is None:
        return f"Peak of {follows.effect}: not stated. {expected.says} {seen}"
    at = _minute(expected.peak.at_min)
    return f"Peak of {follows.effect}: {at}; {expected.says}. {seen}"


def _c50_says(of: OfC50) -> str:
    c50 = of.c50
    return (
        f"At its peak {of.peak_fraction * 100:.0f} % of the C50 for {c50.endpoint}, "
        f"{c50.c50_ng_per_ml:g} ng/mL. {c50.says} [{grounds(c50.source, c50.confidence)}]"
    )


def _below_says(below: Below | None) -> str:
    if below is None:
        return "Below a recovery threshold: not stated; no source here states one."
    where = "the effect site" if below.level == "effect" else "plasma"
    typical = f"from {_minute(below.typical_min)} on" if below.typical_min else "throughout"
    people = ", ".join(
        f"{percent:g} % of people by {_minute(by_min)}"
        for percent, by_min in zip(below.band_percent, below.band_min, strict=True)
    )
    return (
        f"Below {below.threshold_ng_per_ml:g} ng/mL in {where}: {typical} in the typical person"
        f"{f'; {people}' if people else ''}. The threshold was chosen by whoever asked."
    )


def _basis(found: Predicted, prediction: Prediction) -> list[str]:
    model = prediction.model
    lines = _said(_band_says(prediction))
    for out in found.left_out if prediction.spread is not None else ():
        lines += _said(f"Left out: {out.model_id}, {out.says}.")
    lines += _said(f"People: {model.population}. Blood: {model.site}.")
    lines += _said(f"{model.citation} [{grounds(model.source, model.confidence)}]")
    for doubt in prediction.doubts:
        lines += _said(f"{'! ' if doubt.kind == 'warning' else '- '}{doubt.says}")
    return lines


def _band_says(prediction: Prediction) -> str:
    return " ".join(band_says(prediction.band or prediction.no_band, prediction.spread))


def _shades(prediction: Prediction) -> Iterable[plot.Shade]:
    at_min = prediction.at_min.tolist()
    for depth, room in zip((LIGHT, DEEP), rooms(prediction.band, prediction.spread), strict=False):
        yield plot.Shade(
            name=room.says, at_min=at_min, low_ng_per_ml=room.low_ng_per_ml,
            high_ng_per_ml=room.high_ng_per_ml, depth=depth,
            colour=plot.OTHER if room.share is None else plot.PLASMA,
        )  # fmt: skip


def _refused(found: Predicted) -> Iterable[str]:
    for reason in found.refused:
        field = f"{reason.field}: " if reason.field else ""
        yield from _wrapped(f"{field}{reason.says}", f"{INDENT}x ")


def _minute(at_min: float) -> str:
    return f"{span(Decimal(str(round(at_min, 1))))}"


def _said(text: str) -> list[str]:
    return _wrapped(text, INDENT)


def _wrapped(text: str, first: str) -> list[str]:
    rest = " " * len(first)
    return wrap(visible(text), WIDTH, initial_indent=first, subsequent_indent=rest,
                break_on_hyphens=False)  # fmt: skip


def _printed(lines: Iterable[str], ascii_only: bool) -> str:
    text = "\n".join(lines)
    return text.translate(LOOK_ALIKE).encode("ascii", "replace").decode() if ascii_only else text
