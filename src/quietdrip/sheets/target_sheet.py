"""A steered program as JSON, `quietdrip-target/1`, and as plain text for a terminal."""

from collections.abc import Iterable
from textwrap import wrap
from typing import Any

from quietdrip.core.pkpd.band import Band
from quietdrip.core.pkpd.forecast import Prediction
from quietdrip.core.pkpd.inverse import EvenSteps, FixedRate
from quietdrip.core.pkpd.target import SetRate, Steered
from quietdrip.core.reasons import Reason
from quietdrip.core.units import plain, shown
from quietdrip.sheets import terminal_plot
from quietdrip.sheets.band import band_json, band_says, spread_json
from quietdrip.sheets.card_text import LOOK_ALIKE
from quietdrip.sheets.predict_text import DRUGS
from quietdrip.sheets.target import NOT_ORDERED, Program, Targeted
from quietdrip.sheets.wording import grounds, span, visible

SCHEMA = "quietdrip-target/1"
WIDTH = 80
Json = dict[str, Any]


def as_json(found: Targeted) -> Json:
    """A program or a refusal in one shape; rates to set are exact decimals as text."""
    program, prediction = found.program, found.prediction
    return {
        "schema": SCHEMA,
        "says": NOT_ORDERED,
        "model": found.question.model,
        "refused": [_reason(reason) for reason in found.refused],
        "warnings": [_reason(reason) for reason in found.warnings],
        "rates": [_rate(rate) for rate in _rates(program)] if program else [],
        "total_mg": plain(program.total_mg) if program else None,
        "result": _result(program) if program else None,
        "predicted": _predicted(prediction) if prediction else None,
        "basis": {
            "says": prediction.says,
            "site": str(prediction.model.site),
            "population": prediction.model.population,
            "citation": prediction.model.citation,
            "source": list(prediction.model.source),
            "confidence": prediction.model.confidence,
            "doubts": [doubt.says for doubt in prediction.doubts],
        }
        if prediction
        else None,
    }


def as_text(found: Targeted, *, ascii_only: bool = False) -> str:
    """The rates to set, what they are predicted to do, and what that stands on."""
    program, prediction, scope = found.program, found.prediction, found.scope
    lines: list[str] = []
    if program is None or prediction is None or scope is None:
        lines.append(f"No program by {found.question.model}.")
        for reason in found.refused:
            field = f"{reason.field}: " if reason.field else ""
            lines += _wrapped(f"{field}{reason.says}", "  x ")
        return _printed(lines, ascii_only)
    lines += _wrapped(_headline(program), "")
    lines += _wrapped(
        f"{prediction.model.title}. {prediction.says.capitalize()}. "
        f"{plain(scope.weight_kg)} kg; {DRUGS[prediction.doses.drug]} "
        f"{plain(scope.concentration_mg_per_ml)} mg/mL in {scope.pump.id}; "
        f"{scope.programme}, {'outpatient' if scope.outpatient else 'inpatient'}.",
        "",
    )
    lines += ["", "RATES A PERSON WOULD SET", *_table(_rates(program)), ""]
    lines += _wrapped(f"{plain(program.total_mg)} mg in all.", "  ")
    lines += ["", *terminal_plot.chart(prediction, ascii_only=ascii_only), "", "STANDS ON"]
    for says in _stands_on(found, prediction):
        lines += _wrapped(says, "  ")
    return _printed([*lines, "", *_wrapped(NOT_ORDERED, "")], ascii_only)


def _headline(program: Program) -> str:
    match program:
        case Steered(aim=aim):
            where = "at the effect site" if aim.output == "effect" else "in plasma"
            return (
                f"{aim.level_ng_per_ml:g} ng/mL {where}: reached after "
                f"{program.reached_min:.1f} min (99 %), from then on between "
                f"{program.lowest_after_ng_per_ml:.1f} and {program.highest_ng_per_ml:.1f} ng/mL "
                f"until {span(shown(aim.for_min))}; overshoot "
                f"{program.overshoot_percent:.3f} %."
            )
        case FixedRate(rate=rate):
            limit = (
                f" The rate is held lower by {program.limited_by}." if program.limited_by else ""
            )
            return (
                f"At {plain(rate.rate_ml_per_h)} mL/h the {program.band_percent:g} % band stays "
                f"under {program.under_ng_per_ml:g} ng/mL: it comes to "
                f"{program.highest_ng_per_ml:.1f}, the typical person to "
                f"{program.typical_ng_per_ml:.1f} ng/mL.{limit}"
            )
        case EvenSteps():
            return (
                f"Even steps reach {program.level_ng_per_ml:.1f} of "
                f"{program.reach_ng_per_ml:g} ng/mL by {span(shown(program.by_min))}."
            )


def _rates(program: Program) -> tuple[SetRate, ...]:
    return (program.rate,) if isinstance(program, FixedRate) else program.rates


def _table(rates: tuple[SetRate, ...]) -> Iterable[str]:
    rows = [
        (
            f"{plain(rate.start_min)} to {plain(rate.start_min + rate.for_min)} min",
            f"{plain(rate.rate_ml_per_h)} mL/h",
            f"{plain(rate.rate_mg_per_h)} mg/h",
        )
        for rate in rates
    ]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = (cell.rjust(width) for cell, width in zip(row, wide, strict=True))
        yield f"  {'   '.join(cells)}"


def _stands_on(found: Targeted, prediction: Prediction) -> Iterable[str]:
    model = prediction.model
    for warning in found.warnings:
        yield f"! {warning.says}"
    if prediction.band is not None:
        yield _beyond(found, prediction.band)
    else:
        yield from band_says(prediction.no_band, prediction.spread)
    yield f"People: {model.population}. Blood: {model.site}."
    yield f"{model.citation} [{grounds(model.source, model.confidence)}]"
    for doubt in prediction.doubts:
        yield f"{'! ' if doubt.kind == 'warning' else '- '}{doubt.says}"


def _beyond(found: Targeted, band: Band) -> str:
    """How far people lie from what was planned for the typical one."""
    effect = found.question.site == "effect" and band.effect is not None
    levels = band.effect if effect and band.effect is not None else band.plasma
    where = "effect site" if effect else "plasma"
    percents = levels.at_percent
    return (
        f"People: {percents[-1]:g} % stay below {float(levels.levels_ng_per_ml[-1].max()):.1f} "
        f"ng/mL ({where}), {percents[0]:g} % below "
        f"{float(levels.levels_ng_per_ml[0].max()):.1f}. {band.says}"
    )


def _result(program: Program) -> Json:
    match program:
        case Steered():
            return {
                "asked": "hold",
                "level_ng_per_ml": program.aim.level_ng_per_ml,
                "output": program.aim.output,
                "reached_min": program.reached_min,
                "highest_ng_per_ml": program.highest_ng_per_ml,
                "lowest_after_ng_per_ml": program.lowest_after_ng_per_ml,
                "overshoot_percent": program.overshoot_percent,
                "highest_rate_ml_per_h": plain(program.ceiling.rate_ml_per_h),
                "highest_rate_by": program.ceiling.by,
            }
        case FixedRate():
            return {
                "asked": "under",
                "level_ng_per_ml": program.under_ng_per_ml,
                "band_percent": program.band_percent,
                "highest_ng_per_ml": program.highest_ng_per_ml,
                "typical_ng_per_ml": program.typical_ng_per_ml,
                "limited_by": program.limited_by,
            }
        case EvenSteps():
            return {
                "asked": "reach",
                "level_ng_per_ml": program.reach_ng_per_ml,
                "reached_ng_per_ml": program.level_ng_per_ml,
                "by_min": float(program.by_min),
            }


def _predicted(prediction: Prediction) -> Json:
    band = prediction.band or prediction.no_band
    assert band is not None
    effect = prediction.effect_ng_per_ml
    return {
        "at_min": prediction.at_min.tolist(),
        "plasma_ng_per_ml": prediction.plasma_ng_per_ml.tolist(),
        "effect_ng_per_ml": None if effect is None else effect.tolist(),
        **band_json(band),
        "spread": spread_json(prediction.spread),
    }


def _rate(rate: SetRate) -> Json:
    return {
        "start_min": plain(rate.start_min),
        "for_min": plain(rate.for_min),
        "rate_ml_per_h": plain(rate.rate_ml_per_h),
        "rate_mg_per_h": plain(rate.rate_mg_per_h),
    }


def _reason(reason: Reason) -> Json:
    return {
        "id": reason.id,
        "kind": reason.kind,
        "field": reason.field,
        "says": reason.says,
        "source": list(reason.source),
        "confidence": reason.confidence,
    }


def _wrapped(text: str, first: str) -> list[str]:
    rest = " " * len(first)
    return wrap(visible(text), WIDTH, initial_indent=first, subsequent_indent=rest,
                break_on_hyphens=False)  # fmt: skip


def _printed(lines: Iterable[str], ascii_only: bool) -> str:
    text = "\n".join(lines)
    return text.translate(LOOK_ALIKE).encode("ascii", "replace").decode() if ascii_only else text
