"""A prediction as JSON, `quietdrip-predict/1`. All of it is a model's, so all are numbers."""

from typing import Any

from quietdrip.core.pkpd.expected import Below, Expected, OfC50, Peak
from quietdrip.core.pkpd.forecast import Prediction
from quietdrip.core.pkpd.individual import Floats
from quietdrip.core.reasons import Reason
from quietdrip.sheets.band import band_json, spread_json
from quietdrip.sheets.predict import Predicted

SCHEMA = "quietdrip-predict/1"
NOT_MEASURED = (
    "Not a cleared medical device. A prediction by a published model, for people and not for one "
    "person; nothing here was measured and nothing is ordered."
)
Json = dict[str, Any]


def as_json(found: Predicted) -> Json:
    """A prediction or a refusal in one shape; a refusal has no numbers."""
    prediction = found.asked
    return {
        "schema": SCHEMA,
        "says": NOT_MEASURED,
        "model": found.question.model,
        "refused": [_reason(reason) for reason in found.refused],
        **(_levels(prediction) if prediction else _no_levels()),
        "what_if": (
            {"asked": found.question.what_if, **_levels(found.if_asked)} if found.if_asked else None
        ),
        "basis": _basis(prediction, found) if prediction else None,
    }


def _levels(prediction: Prediction) -> Json:
    outputs = prediction.model.outputs
    metabolites = zip(outputs[1:], prediction.metabolites_ng_per_ml, strict=True)
    band = prediction.band or prediction.no_band
    assert band is not None
    effect = prediction.effect_ng_per_ml
    return {
        "at_min": _list(prediction.at_min),
        "plasma_ng_per_ml": _list(prediction.plasma_ng_per_ml),
        "effect_ng_per_ml": None if effect is None else _list(effect),
        "metabolites_ng_per_ml": {output.name: _list(levels) for output, levels in metabolites},
        **band_json(band),
        "spread": spread_json(prediction.spread),
        "total_mg": prediction.doses.total_mg,
        "peaks": {site: _peak(peak) for site, peak in prediction.peaks.items()},
        "expected": [_expected(each) for each in prediction.expected],
        "of_c50": [_of_c50(each) for each in prediction.of_c50s],
        "below": _below(prediction.below),
    }


def _no_levels() -> Json:
    return {
        "at_min": [],
        "plasma_ng_per_ml": [],
        "effect_ng_per_ml": None,
        "metabolites_ng_per_ml": {},
        "band": None,
        "band_says": "",
        "spread": None,
        "total_mg": None,
        "peaks": {},
        "expected": [],
        "of_c50": [],
        "below": None,
    }


def _basis(prediction: Prediction, found: Predicted) -> Json:
    model = prediction.model
    return {
        "says": prediction.says,
        "model": model.id,
        "title": model.title,
        "drug": str(model.drug),
        "site": str(model.site),
        "population": model.population,
        "weight_kg": prediction.weight_kg,
        "age_y": prediction.age_y,
        "effect_site": None
        if model.effect is None
        else {
            "stands_on": model.effect.stands_on,
            "composite": model.effect.composite,
            "source": list(model.effect.source),
            "confidence": model.effect.confidence,
        },
        "citation": model.citation,
        "doi": model.doi,
        "source": list(model.source),
        "confidence": model.confidence,
        "doubts": [_reason(doubt) for doubt in prediction.doubts],
        "left_out_of_spread": [{"model": o.model_id, "says": o.says} for o in found.left_out],
    }


def _peak(peak: Peak | None) -> Json | None:
    if peak is None:
        return None
    return {"at_min": peak.at_min, "level_ng_per_ml": peak.level_ng_per_ml}


def _expected(expected: Expected) -> Json:
    follows = expected.follows
    return {
        "effect": follows.effect,
        "peak_at_min": None if expected.peak is None else expected.peak.at_min,
        "follows": follows.level,
        "says": expected.says,
        "seen": follows.seen,
        "source": list(follows.source),
        "confidence": follows.confidence,
    }


def _of_c50(of: OfC50) -> Json:
    c50 = of.c50
    return {
        "endpoint": c50.endpoint,
        "c50_ng_per_ml": c50.c50_ng_per_ml,
        "at": c50.at,
        "peak_fraction": of.peak_fraction,
        "peak_at_min": of.peak.at_min,
        "says": c50.says,
        "source": list(c50.source),
        "confidence": c50.confidence,
    }


def _below(below: Below | None) -> Json:
    """From when on the level stays below the threshold; without one nothing is told."""
    if below is None:
        return {"threshold_ng_per_ml": None, "says": "recovery threshold: not stated"}
    return {
        "threshold_ng_per_ml": below.threshold_ng_per_ml,
        "level": below.level,
        "typical_min": below.typical_min,
        "people_below": [
            {"percent": percent, "by_min": by_min}
            for percent, by_min in zip(below.band_percent, below.band_min, strict=True)
        ],
        "says": "the threshold was chosen by whoever asked; no source states one",
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


def _list(levels: Floats) -> list[float]:
    found: list[float] = levels.tolist()
    return found
