"""A card as one printed page: tagged PDF/UA-1, black and white, the same bytes for the same card.

Python says what stands on the page, `card.typ` where. All of it travels as JSON, so no text of a
person or a library ever becomes markup.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import typst

from quietdrip.core.card import Card, Formula, Step
from quietdrip.core.limits import SECOND_CLINICIAN
from quietdrip.core.pkpd.predict import Curve
from quietdrip.core.protocol import Protocol
from quietdrip.core.reasons import Reason
from quietdrip.sheets import wording
from quietdrip.sheets.answer import Answer
from quietdrip.sheets.axis import level_ticks, time_ticks
from quietdrip.sheets.band import Room, band_says, rooms
from quietdrip.sheets.card_json import NOT_A_DEVICE, clock
from quietdrip.sheets.rhythm import Row, rows, told
from quietdrip.sheets.wording import number, visible

Paper = Literal["a4", "letter"]
Json = dict[str, Any]
HERE = Path(__file__).parent
FONTS = HERE / "fonts"
TYPEFACE = "Atkinson Hyperlegible Next"
WEIGHTS = frozenset({400, 700})
MADE_AT = 0  # a card carries no clock, so that equal cards are equal files
SCRIPTS = (
    range(0x20, 0x180),  # the Latin letters of Europe
    range(0x218, 0x21C),  # and those of Romanian
    range(0x300, 0x342),  # accents that follow their letter
    range(0x386, 0x3CF),  # Greek
    range(0x400, 0x460),  # Cyrillic
)
SIGNS = frozenset("–—‘’‚“”„†‡•…‰‹›€™−≤≥≈→\u2009")
STRETCHES = 8  # of times on one line of the clock
IN_OTHER_PARTS = ("start", "step-up", "syringe")


class MissingFont(Exception):
    """The typeface of the printed page is not there; the sentence says what to do."""


class NothingToPrint(Exception):
    """A refusal has no card to print."""


def pdf_bytes(answer: Answer, paper: Paper = "a4") -> bytes:
    """The card as a PDF of one page; NothingToPrint for a refusal, MissingFont without typeface."""
    if answer.card is None:
        raise NothingToPrint("A refusal has no card to print; settle its reasons first.")
    page = json.dumps(_shown(_page(answer, answer.card)), ensure_ascii=False)
    made: bytes = typst.compile(
        HERE / "card.typ",
        root=HERE,
        font_paths=_fonts(FONTS),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"card": page, "paper": "a4" if paper == "a4" else "us-letter"},
        pdf_standards="ua-1",
        timestamp=MADE_AT,
    )
    return made


def _fonts(folder: Path) -> typst.Fonts:
    """The built typefaces and no others of this machine; a page in another face is never made."""
    found = typst.Fonts(include_system_fonts=False, font_paths=[folder] if folder.is_dir() else [])
    weights = {font.weight for font in found.fonts() if font.family == TYPEFACE}
    if not weights >= WEIGHTS:
        raise MissingFont(
            f"The typeface {TYPEFACE} (weights 400 and 700) is missing from this installation, so "
            "no page was made. Run `./dev setup`, or install Quietdrip from its wheel."
        )
    return found


def printable(text: str) -> str:
    """The text with every character that the typefaces lack written out, such as `[U+4E2D]`."""
    return "".join(
        letter
        if letter in SIGNS
        or (letter.isprintable() and any(ord(letter) in script for script in SCRIPTS))
        else f"[U+{ord(letter):04X}]"
        for letter in text
    )


def _shown(value: Any) -> Any:
    """The same page with every text in it printable."""
    match value:
        case str():
            return printable(value)
        case dict():
            return {key: _shown(each) for key, each in value.items()}
        case list() | tuple():
            return [_shown(each) for each in value]
    return value


def _page(answer: Answer, card: Card) -> Json:
    """Everything on the page as text, in the order of its rank."""
    return {
        **_head(card.protocol),
        **_numbers(card),
        **_draw_up(card),
        "warnings": [_warning(reason) for reason in card.warnings if reason.kind == "warning"],
        "notes": [_warning(reason) for reason in card.warnings if reason.kind != "warning"],
        "not_stated": card.protocol.not_stated,
        "due": [_due(row) for row in rows(card, STRETCHES, IN_OTHER_PARTS)],
        "timed": card.start_clock_min is not None,
        "curve": _curve(answer.curve, answer) if answer.curve else None,
        "formulas": [
            {
                "text": formula.with_numbers,
                "grounds": _grounds(card.protocol, formula),
            }
            for formula in card.formulas
        ],
        "device": NOT_A_DEVICE,
    }


def _head(protocol: Protocol) -> Json:
    return {
        "title": protocol.title,
        "version": wording.version_says(protocol),
        "draft": protocol.status == "draft",
        "status": protocol.status,
        "standing": wording.standing_says(protocol),
        "grounds": wording.grounds(protocol.source, protocol.confidence),
    }


def _numbers(card: Card) -> Json:
    bolus = card.bolus
    return {
        "weight": f"{number(card.weight_kg)} kg",
        "weight_kind": next(weight.kind for weight in card.weights if weight.chosen),
        "weights": wording.other_weights_say(card),
        "pump": f"{card.pump.title} ({card.pump.id})",
        "concentration": f"{number(card.concentration_mg_per_ml)} mg/mL",
        "bolus": None
        if bolus is None
        else {
            "ml": number(bolus.volume_ml),
            "beside": f"{number(bolus.dose_mg)} mg, {number(bolus.dose_mg_per_kg)} mg/kg",
        },
        "steps": [_step(card, step) for step in card.steps],
        "step_up": next((due.condition for due in card.due if due.kind == "step-up"), ""),
        "total": wording.total_says(card),
        "rounding": wording.rounding_says(card),
    }


def _step(card: Card, step: Step) -> Json:
    until_min = step.start_min + step.for_min
    return {
        "ml_per_h": number(step.rate_ml_per_h),
        "mg_per_h": f"{number(step.rate_mg_per_h)} mg/h",
        "mg_per_kg_h": f"{number(step.rate_mg_per_kg_h)} mg/kg/h",
        "time": wording.from_until(step.start_min, until_min),
        "clock": wording.clock_from_until(card, step.start_min, until_min),
        "at": clock(card.start_clock_min, step.start_min),
    }


def _draw_up(card: Card) -> Json:
    recipe = card.draw_up
    return {
        "recipe": wording.recipe_says(card),
        "recipe_table": [
            ("vials", wording.vials_says(recipe)),
            ("drug", f"{number(recipe.drug_ml)} mL"),
            ("diluent", f"{number(recipe.diluent_ml)} mL"),
            ("final volume", f"{number(recipe.final_volume_ml)} mL"),
            ("concentration", f"{number(card.concentration_mg_per_ml)} mg/mL"),
            ("left in syringe", f"{number(recipe.residual_mg)} mg"),
            ("left in vials", f"{number(recipe.waste_mg)} mg"),
        ],
        "syringe_changes": _changes(card),
    }


def _changes(card: Card) -> Json | None:
    """When the next syringes go on, with how many changes the line leaves out."""
    times_min = wording.syringe_changes_min(card.draw_up)
    when, more = told(times_min, STRETCHES)
    first = clock(card.start_clock_min, times_min[0]) if times_min else ""
    return {"when": when, "first": first, "more": more} if times_min else None


def _warning(reason: Reason) -> Json:
    return {
        "text": reason.says,
        "needs": reason.needs,
        "second": reason.needs == SECOND_CLINICIAN,
        "grounds": wording.grounds(reason.source, reason.confidence),
    }


def _due(row: Row) -> Json:
    return {
        "when": row.when,
        "clock": row.clock,
        "what": row.what if not row.condition else f"{row.what} ({row.condition})",
        "more": row.more,
    }


def _grounds(protocol: Protocol, formula: Formula) -> str:
    """What a formula stands on; the protocol's own sources are named once, at the head."""
    if (formula.source, formula.confidence) == (protocol.source, protocol.confidence):
        return "the protocol"
    return wording.grounds(formula.source, formula.confidence)


def _curve(curve: Curve, answer: Answer) -> Json:
    shaded = rooms(answer.band, answer.spread)
    highest = (level for room in shaded for level in room.high_ng_per_ml)
    top = max((*curve.plasma_ng_per_ml, *curve.effect_ng_per_ml, *highest))
    peak = max(range(len(curve.at_min)), key=lambda index: curve.plasma_ng_per_ml[index])
    effect = curve.model.effect
    return {
        "says": curve.says,
        "model": visible(f"{curve.model.title}, {curve.model.confidence}"),
        "doubt": f"Effect site: {effect.stands_on}" if effect and effect.composite else "",
        "band": [visible(says) for says in band_says(answer.band, answer.spread)],
        "alt": f"Predicted plasma level, {curve.says}: it rises to "
        f"{curve.plasma_ng_per_ml[peak]:.0f} ng/mL at {curve.at_min[peak]:.0f} min."
        + "".join(f" Shaded: plasma, {room.says}." for room in shaded),
        "end_min": curve.at_min[-1],
        "levels": level_ticks(top),
        "times": time_ticks(curve.at_min[-1], most=6),
        "rooms": [{"says": room.says, "outline": _outline(curve, room)} for room in shaded],
        "plasma": _points(curve, curve.plasma_ng_per_ml),
        "effect": _points(curve, curve.effect_ng_per_ml),
    }


def _points(curve: Curve, levels_ng_per_ml: Iterable[float]) -> list[tuple[float, float]]:
    return list(zip(curve.at_min, levels_ng_per_ml, strict=False))


def _outline(curve: Curve, room: Room) -> list[tuple[float, float]]:
    """There along the upper edge and back along the lower one."""
    there, back = _points(curve, room.high_ng_per_ml), _points(curve, room.low_ng_per_ml)
    return [*there, *reversed(back)]
