"""A card as JSON, `quietdrip-card/1`.

What people sign is a decimal string; what a model predicts is a number.
"""

from collections.abc import Iterable
from decimal import Decimal
from importlib.resources import files
from typing import Any

from quietdrip.core.card import Bolus, Card, DosingWeight, DrawUp, Due, Filling, Step
from quietdrip.core.pkpd.predict import Curve
from quietdrip.core.reasons import Reason
from quietdrip.core.units import plain
from quietdrip.sheets.answer import Answer
from quietdrip.sheets.band import band_json, spread_json

SCHEMA = "quietdrip-card/1"
NOT_A_DEVICE = (
    "Not a cleared medical device. Numbers are planned, not measured; a clinician decides and a "
    "person programs the pump."
)
Json = dict[str, Any]


def schema_text() -> str:
    """The JSON Schema of a card, as shipped."""
    return files("quietdrip.sheets").joinpath("card.schema.json").read_text("utf-8")


def as_json(answer: Answer) -> Json:
    """A card or a refusal in one shape; the numbers of a card are null where there is none."""
    protocol = answer.protocol
    card, curve = answer.card, answer.curve
    return {
        "schema": SCHEMA,
        "says": NOT_A_DEVICE,
        "protocol": {
            "id": answer.protocol_id,
            "version": protocol.version if protocol else None,
            "title": protocol.title if protocol else None,
            "sha256": protocol.sha256 if protocol else None,
            "activation": protocol.activation if protocol else None,
            "status": protocol.status if protocol else None,
            "source": list(protocol.source) if protocol else [],
            "confidence": protocol.confidence if protocol else None,
        },
        **(_numbers(card) if card else _no_numbers()),
        "warnings": [_reason(reason) for reason in answer.warnings],
        "refused": [_reason(reason) for reason in answer.refused],
        "not_stated": list(protocol.not_stated) if protocol else [],
        "due": [_due(due) for due in card.due] if card else [],
        "curve": list(_curve(curve)) if curve else [],
        "curve_basis": _basis(curve) if curve else None,
        **band_json(answer.band),
        "spread": spread_json(answer.spread),
        "formulas": [
            {
                "id": formula.id,
                "says": formula.says,
                "with_numbers": formula.with_numbers,
                "source": list(formula.source),
                "confidence": formula.confidence,
            }
            for formula in (card.formulas if card else ())
        ],
    }


def clock(start_clock_min: int | None, at_min: Decimal | None) -> str:
    """The time of day at a minute from the start, `+1 d` for the next day; empty if unknown."""
    if start_clock_min is None or at_min is None:
        return ""
    total = start_clock_min + int(at_min)
    days, minute = divmod(total, 24 * 60)
    return f"{minute // 60:02d}:{minute % 60:02d}" + (f" +{days} d" if days else "")


def _numbers(card: Card) -> Json:
    return {
        "weight_kg": plain(card.weight_kg),
        "actual_weight_kg": plain(card.actual_weight_kg),
        "weights": [_weight(weight) for weight in card.weights],
        "pump": {"id": card.pump.id, "title": card.pump.title},
        "concentration_mg_per_ml": plain(card.concentration_mg_per_ml),
        "bolus": _bolus(card.bolus) if card.bolus else None,
        "steps": [_step(card, step) for step in card.steps],
        "total_mg": plain(card.total_mg),
        "total_ml": plain(card.total_ml),
        "over_min": plain(card.over_min),
        "delivered": {
            "total_mg": plain(card.delivered.total_mg),
            "total_ml": plain(card.delivered.total_ml),
            "short_mg": plain(card.delivered.short_mg),
            "short_percent": plain(card.delivered.short_percent),
            "to_infuse_ml": plain(card.delivered.to_infuse_ml),
        },
        "draw_up": _draw_up(card.draw_up),
        "ready_min": None if card.ready_min is None else plain(card.ready_min),
    }


def _no_numbers() -> Json:
    return {
        "weight_kg": None,
        "actual_weight_kg": None,
        "weights": [],
        "pump": None,
        "concentration_mg_per_ml": None,
        "bolus": None,
        "steps": [],
        "total_mg": None,
        "total_ml": None,
        "over_min": None,
        "delivered": None,
        "draw_up": None,
        "ready_min": None,
    }


def _weight(weight: DosingWeight) -> Json:
    return {
        "kind": weight.kind,
        "weight_kg": plain(weight.weight_kg),
        "total_mg": plain(weight.total_mg),
        "chosen": weight.chosen,
    }


def _bolus(bolus: Bolus) -> Json:
    return {
        "dose_mg": plain(bolus.dose_mg),
        "dose_mg_per_kg": plain(bolus.dose_mg_per_kg),
        "volume_ml": plain(bolus.volume_ml),
    }


def _step(card: Card, step: Step) -> Json:
    return {
        "start_min": plain(step.start_min),
        "for_min": plain(step.for_min),
        "clock": clock(card.start_clock_min, step.start_min),
        "rate_mg_per_h": plain(step.rate_mg_per_h),
        "rate_mg_per_kg_h": plain(step.rate_mg_per_kg_h),
        "rate_ml_per_h": plain(step.rate_ml_per_h),
        "delivers_mg": plain(step.delivers_mg),
        "short_percent": plain(step.short_percent),
    }


def _draw_up(recipe: DrawUp) -> Json:
    return {
        "vial": f"{plain(recipe.vial.strength_mg_per_ml)} mg/mL",
        "vial_id": recipe.vial.id,
        "vial_volume_ml": plain(recipe.vial.volume_ml),
        "vials": recipe.vials,
        "diluent": recipe.diluent.title,
        "syringe_ml": plain(recipe.syringe.volume_ml),
        "drug_ml": plain(recipe.drug_ml),
        "diluent_ml": plain(recipe.diluent_ml),
        "final_volume_ml": plain(recipe.final_volume_ml),
        "drug_mg": plain(recipe.drug_mg),
        "residual_mg": plain(recipe.residual_mg),
        "residual_ml": plain(recipe.residual_ml),
        "waste_mg": plain(recipe.waste_mg),
        "syringes": [_filling(filling) for filling in recipe.fillings],
    }


def _filling(filling: Filling) -> Json:
    return {
        "number": filling.number,
        "drug_ml": plain(filling.drug_ml),
        "diluent_ml": plain(filling.diluent_ml),
        "volume_ml": plain(filling.volume_ml),
        "drug_mg": plain(filling.drug_mg),
        "from_min": plain(filling.from_min),
        "until_min": plain(filling.until_min),
    }


def _reason(reason: Reason) -> Json:
    return {
        "id": reason.id,
        "kind": reason.kind,
        "field": reason.field,
        "says": reason.says,
        "needs": reason.needs,
        "source": list(reason.source),
        "confidence": reason.confidence,
    }


def _due(due: Due) -> Json:
    return {
        "at_min": None if due.at_min is None else float(due.at_min),
        "kind": due.kind,
        "what": due.what,
        "condition": due.condition,
        "source": list(due.source),
        "confidence": due.confidence,
    }


def _curve(curve: Curve) -> Iterable[Json]:
    effects: Iterable[float | None] = curve.effect_ng_per_ml or [None] * len(curve.at_min)
    for at_min, plasma, effect in zip(curve.at_min, curve.plasma_ng_per_ml, effects, strict=True):
        yield {"at_min": at_min, "plasma_ng_per_ml": plasma, "effect_ng_per_ml": effect}


def _basis(curve: Curve) -> Json:
    model = curve.model
    return {
        "says": curve.says,
        "model": model.id,
        "drug": str(model.drug),
        "site": str(model.site),
        "population": model.population,
        "citation": model.citation,
        "source": list(model.source),
        "confidence": model.confidence,
        "effect_site": model.effect.stands_on if model.effect else None,
        "doubts": [doubt.says for doubt in curve.doubts],
    }
