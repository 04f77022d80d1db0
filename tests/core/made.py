"""Protocols, a shelf and bounds made by hand for the tests; test values, not clinical advice."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from quietdrip.core.card import Card
from quietdrip.core.dosing import plan
from quietdrip.core.equipment import Diluent, Pump, PumpStep, Shelf, Strength, Syringe, Vial
from quietdrip.core.limits import Bounds, Guard, Limit, Measure
from quietdrip.core.prescription import Asked, Prescription, prescribe
from quietdrip.core.protocol import (
    Constant,
    Days,
    Infusion,
    Programme,
    Protocol,
    Stated,
    Steps,
    Total,
)
from quietdrip.core.reasons import Refusal
from quietdrip.core.units import Quantity, parse

LIBRARY = Path(__file__).parents[2] / "src/quietdrip/library"
D = Decimal
MADE = ("made",)
MOOD: tuple[Programme, ...] = ("mood",)
PAIN: tuple[Programme, ...] = ("pain",)
BOTH: tuple[Programme, ...] = ("pain", "mood")


def q(text: str) -> Quantity:
    """The quantity a text states; the text must be in the grammar."""
    quantity = parse(text)
    assert isinstance(quantity, Quantity), quantity
    return quantity


def just(text: str) -> Stated:
    """A source that states one value."""
    return Stated(at_least=q(text), at_most=q(text))


def within(low: str, high: str) -> Stated:
    """A source that states bounds; an empty text is an open end."""
    return Stated(at_least=q(low) if low else None, at_most=q(high) if high else None)


OPEN = Stated()


def _vial(id: str, mg_per_ml: int, ml: int, strongest: int, *, may_dilute: bool) -> Vial:
    return Vial(
        id=id,
        drug="ketamine",
        title=f"Ketamine {mg_per_ml} mg/mL",
        strength_mg_per_ml=D(mg_per_ml),
        volume_ml=D(ml),
        may_dilute=may_dilute,
        strongest_iv_mg_per_ml=D(strongest),
        says="A test value.",
        source=MADE,
        confidence="verified",
    )


def _pump(id: str, step: str, fastest: str, step_ml: str = "0.1") -> Pump:
    return made_pump(id, (PumpStep(below_ml_per_h=None, step_ml_per_h=D(step)),), fastest, step_ml)


def made_pump(id: str, steps: tuple[PumpStep, ...], fastest: str, step_ml: str) -> Pump:
    """A pump whose slowest rate is its first step."""
    return Pump(
        id=id,
        title=id,
        slowest_ml_per_h=steps[0].step_ml_per_h,
        fastest_ml_per_h=D(fastest),
        steps=steps,
        step_ml=D(step_ml),
        says="",
        source=MADE,
        confidence="from-memory",
    )


def _strength(mg_per_ml: int) -> Strength:
    return Strength(mg_per_ml=D(mg_per_ml), title="", says="", source=MADE, confidence="verified")


def _syringe(ml: int) -> Syringe:
    return Syringe(id=f"{ml}-ml", volume_ml=D(ml), source=MADE, confidence="from-memory")


def _band(below: str | None, step: str) -> PumpStep:
    return PumpStep(below_ml_per_h=D(below) if below else None, step_ml_per_h=D(step))


SHELF = Shelf(
    vials=(
        _vial("ketamine-10", 10, 20, 10, may_dilute=False),
        _vial("ketamine-50", 50, 10, 50, may_dilute=True),
        _vial("ketamine-100", 100, 5, 50, may_dilute=True),
    ),
    diluents=(Diluent(id="saline", title="0.9 % NaCl", source=MADE, confidence="verified"),),
    strengths=(_strength(1), _strength(2), _strength(5), _strength(10)),
    syringes=tuple(_syringe(ml) for ml in (5, 10, 20, 30, 50, 60)),
    pumps=(
        _pump("fine", "0.01", "999.99", "0.01"),
        _pump("tenths", "0.1", "999.9"),
        _pump("whole", "1", "999"),
        made_pump(
            "banded", (_band("10", "0.01"), _band("100", "0.1"), _band(None, "1")), "999", "0.1"
        ),
    ),
    draw_step_ml=D("0.1"),
)


def limit(id: str, measure: Measure, at: str, **changes: Any) -> Limit:
    """A soft limit of every programme that bites above its value, unless changed."""
    soft = Limit(
        id=id,
        hard=False,
        measure=measure,
        limit=D(at),
        reaching=False,
        programmes=BOTH,
        outpatient_only=False,
        says="a test value",
        source=MADE,
        confidence="verified",
    )
    return replace(soft, **changes)


def guard(field: str, unit: str, low: str, high: str, programmes: tuple[Programme, ...]) -> Guard:
    """An expected range."""
    return Guard(
        field=field,
        unit=unit,
        programmes=programmes,
        at_least=D(low),
        at_most=D(high),
        says="a test value",
        source=MADE,
        confidence="verified",
    )


HARD: dict[str, Any] = {"hard": True, "reaching": True}
BOUNDS = Bounds(
    limits=(
        limit("hard-bolus", "bolus_mg_per_kg", "1", **HARD),
        limit("hard-rate", "rate_mg_per_kg_h", "4.8", **HARD),
        limit("soft-bolus", "bolus_mg_per_kg", "0.35", programmes=PAIN),
        limit("soft-rate", "rate_mg_per_kg_h", "1"),
        limit("soft-dose", "dose_mg_per_kg", "0.5", programmes=MOOD),
        limit("soft-day", "day_mg", "240", programmes=PAIN, outpatient_only=True),
    ),
    guards=(
        guard("dose", "mg/kg", "0.1", "1", BOTH),
        guard("dose", "mg", "7", "240", BOTH),
        guard("rate", "mg/h", "10", "50", BOTH),
    ),
    guard_factor=D(2),
    weight_at_least_kg=D(30),
    weight_at_most_kg=D(200),
    weight_change_percent=D(10),
    rounding_shown_percent=D(1),
    rounding_at_most_percent=D("2.5"),
    agreement_percent=D(2),
)


def protocol(
    infusion: Infusion | None, *, programmes: tuple[Programme, ...] = BOTH, **changes: Any
) -> Protocol:
    """An outpatient protocol around an infusion; anything else by keyword."""
    plainest = Protocol(
        id="made",
        version="1",
        title="A made protocol",
        drug="ketamine",
        programmes=programmes,
        activation="needs-completion",
        status="draft",
        citation="",
        source=MADE,
        confidence="verified",
        indications=("a test",),
        outpatient=True,
        infusion=infusion,
    )
    return replace(plainest, **changes)


MOOD_40 = protocol(Total(dose=just("0.5 mg/kg"), over=just("40 min")), programmes=MOOD)
PAIN_4H = protocol(Constant(rate=within("10 mg/h", "50 mg/h"), over=just("4 h"), or_steps=True))
CAPPED = protocol(
    Constant(rate=within("", "0.35 mg/kg/h"), over=just("4 h"), cap=q("25 mg/h")), programmes=PAIN
)
HOURLY = protocol(
    Steps(start=OPEN, increment=OPEN, every=just("60 min"), ceiling=OPEN, over=just("4 h")),
    programmes=PAIN,
)
THREE_DAYS = protocol(
    Days(
        blocks=tuple(
            Constant(rate=just(f"{rate} mg/kg/h"), over=just("4 h"))
            for rate in ("0.2", "0.4", "0.6")
        )
    ),
    programmes=PAIN,
)
FREE = protocol(Total(dose=OPEN, over=OPEN))
FREE_RATE = protocol(Constant(rate=OPEN, over=OPEN))
SITE_BOLUS = protocol(
    Constant(rate=just("0.2 mg/kg/h"), over=just("4 h")), bolus=just("0.3 mg/kg"), programmes=PAIN
)


def asked(weight: str = "70 kg", vial: str = "50 mg/mL", **texts: Any) -> Asked:
    """What was typed; 1 mg/mL on the pump with the finest steps unless named."""
    return Asked(**{"weight": weight, "vial": vial, "final": "1 mg/mL", "pump": "fine", **texts})


def ordered(protocol: Protocol, asked: Asked, shelf: Shelf = SHELF) -> Prescription:
    """The prescription; what was typed must be in order."""
    prescription = prescribe(protocol, shelf, asked)
    assert isinstance(prescription, Prescription), prescription
    return prescription


def answer(
    protocol: Protocol, asked: Asked, *, shelf: Shelf = SHELF, bounds: Bounds = BOUNDS
) -> Card | Refusal:
    """The card or the refusal, from what was typed."""
    prescription = prescribe(protocol, shelf, asked)
    if isinstance(prescription, Refusal):
        return prescription
    return plan(prescription, shelf, bounds)


def card(
    protocol: Protocol, asked: Asked, *, shelf: Shelf = SHELF, bounds: Bounds = BOUNDS
) -> Card:
    """The card; there must be one."""
    made = answer(protocol, asked, shelf=shelf, bounds=bounds)
    assert isinstance(made, Card), made
    return made


def why_not(
    protocol: Protocol, asked: Asked, *, shelf: Shelf = SHELF, bounds: Bounds = BOUNDS
) -> dict[str, str]:
    """The sentence of each reason for a refusal, by its id; empty where there is a card."""
    refusal = answer(protocol, asked, shelf=shelf, bounds=bounds)
    return {r.id: r.says for r in refusal.reasons} if isinstance(refusal, Refusal) else {}


def given(**texts: str) -> Mapping[str, str]:
    """Fields by name; `start_rate` stands for `start-rate`."""
    return {name.replace("_", "-"): text for name, text in texts.items()}
