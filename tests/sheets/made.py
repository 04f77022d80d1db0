"""Protocols, a shelf and bounds made by hand, so that the sheets are tried without the library."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from quietdrip.core.dosing import plan
from quietdrip.core.equipment import Diluent, Pump, PumpStep, Shelf, Strength, Syringe, Vial
from quietdrip.core.limits import Bounds, Guard, Limit
from quietdrip.core.pkpd.predict import Curve
from quietdrip.core.prescription import Asked, prescribe
from quietdrip.core.protocol import (
    Constant,
    Monitoring,
    Observations,
    Premedication,
    Protocol,
    Recovery,
    Stated,
    Steps,
    Total,
)
from quietdrip.core.reasons import Refusal
from quietdrip.core.units import Quantity, parse
from quietdrip.sheets.answer import Answer

D = Decimal
MADE = {"source": ("made",), "confidence": "from-memory"}


def quantity(text: str) -> Quantity:
    """The quantity of a text that is known to be good."""
    parsed = parse(text)
    assert isinstance(parsed, Quantity)
    return parsed


def fixed(text: str) -> Stated:
    """One stated value."""
    return Stated(at_least=quantity(text), at_most=quantity(text))


def between(low: str, high: str) -> Stated:
    """Stated bounds."""
    return Stated(at_least=quantity(low), at_most=quantity(high))


def _vial(mg_per_ml: int, volume_ml: int, *, may_dilute: bool) -> Vial:
    return Vial(
        id=f"ketamine-{mg_per_ml}",
        drug="racemic-ketamine",
        title=f"Ketamine {mg_per_ml} mg/mL, {volume_ml} mL vial",
        strength_mg_per_ml=D(mg_per_ml),
        volume_ml=D(volume_ml),
        may_dilute=may_dilute,
        strongest_iv_mg_per_ml=D(min(mg_per_ml, 50)),
        says="Made for a test.",
        source=("made",),
        confidence="from-memory",
    )


def _strength(mg_per_ml: int) -> Strength:
    return Strength(
        mg_per_ml=D(mg_per_ml),
        title=f"{mg_per_ml} mg/mL",
        says="",
        source=("made",),
        confidence="from-memory",
    )


def _pump(step: str) -> Pump:
    return Pump(
        id=f"generic-{step}",
        title=f"Example syringe pump in steps of {step} mL/h",
        slowest_ml_per_h=D(step),
        fastest_ml_per_h=D(1500),
        steps=(PumpStep(below_ml_per_h=None, step_ml_per_h=D(step)),),
        step_ml=D("0.1"),
        says="",
        source=("site",),
        confidence="from-memory",
    )


SHELF = Shelf(
    vials=(
        _vial(10, 20, may_dilute=True),
        _vial(50, 10, may_dilute=True),
        _vial(100, 5, may_dilute=True),
    ),
    diluents=(
        Diluent(
            id="sodium-chloride-0.9", title="sodium chloride 0.9 %", source=("made",), confidence=""
        ),
    ),
    strengths=tuple(_strength(mg_per_ml) for mg_per_ml in (1, 2, 5, 10)),
    syringes=tuple(
        Syringe(id=f"{size}-ml", volume_ml=D(size), source=("site",), confidence="from-memory")
        for size in (5, 10, 20, 30, 50, 60)
    ),
    pumps=(_pump("0.01"), _pump("0.1")),
    draw_step_ml=D("0.1"),
)

BOUNDS = Bounds(
    limits=(
        Limit(
            id="analgesic-rate-ceiling",
            hard=False,
            measure="rate_mg_per_kg_h",
            limit=D(1),
            reaching=False,
            programmes=("pain", "mood"),
            outpatient_only=False,
            says="consensus ceiling for sub-anaesthetic infusions",
            source=("made",),
            confidence="verified",
        ),
    ),
    guards=(
        Guard(
            field="rate",
            unit="mg/h",
            programmes=("pain", "mood"),
            at_least=D(10),
            at_most=D(50),
            says="what the source states",
            source=("made",),
            confidence="seed",
        ),
    ),
    guard_factor=D(2),
    weight_at_least_kg=D(30),
    weight_at_most_kg=D(200),
    weight_change_percent=D(10),
    rounding_shown_percent=D(1),
    rounding_at_most_percent=D("2.5"),
    agreement_percent=D(2),
)

OUTPATIENT = Monitoring(
    id="made-outpatient",
    title="Outpatient",
    before=("blood pressure", "heart rate", "oxygen saturation"),
    continuous=("oxygen saturation",),
    observations=(
        Observations(
            what=("blood pressure", "heart rate", "respiratory rate", "oxygen saturation"),
            every_min=15,
            source=("made",),
            confidence="verified",
        ),
        Observations(
            what=("blood pressure", "sedation"), at_min=(5, 15), after="each-rate-change", **MADE
        ),
        Observations(what=("blood pressure",), every_min=15, after="end", **MADE),
    ),
    **MADE,
)
INPATIENT = Monitoring(
    id="made-inpatient",
    title="Inpatient",
    observations=tuple(
        Observations(
            what=("blood pressure", "heart rate", "oxygen saturation"),
            every_min=every,
            from_min=from_min,
            until_min=until,
            **MADE,
        )
        for every, from_min, until in ((15, 0, 60), (30, 60, 180), (60, 180, 720), (120, 720, None))
    ),
    **MADE,
)

MOOD = Protocol(
    id="made-mood",
    version="1",
    title="Half a milligram for each kg over 40 min",
    drug="racemic-ketamine",
    programmes=("mood",),
    activation="needs-sign-off",
    status="draft",
    citation="Made for tests",
    source=("made",),
    confidence="verified",
    indications=("treatment-resistant depression",),
    outpatient=True,
    infusion=Total(dose=fixed("0.5 mg/kg"), over=fixed("40 min")),
    premedication=(Premedication(drug="none by protocol", need="none"),),
    monitoring=OUTPATIENT,
    recovery=Recovery(minimum_min=60, source=("made",), confidence="single-source"),
    sha256="0123456789abcdef" * 4,
)
CLIMB = replace(
    MOOD,
    id="made-climb",
    title="Ten to fifty mg/h for four hours",
    programmes=("pain", "mood"),
    activation="needs-completion",
    infusion=Constant(rate=between("10 mg/h", "50 mg/h"), over=fixed("4 h"), or_steps=True),
    premedication=(Premedication(drug="midazolam", need="optional", timing="before the start"),),
    recovery=Recovery(),
    not_stated=(
        "how the rate inside 10-50 mg/h is chosen or changed",
        "midazolam dose",
        "hold and stop criteria",
    ),
)
FIVE_DAYS = replace(
    MOOD,
    id="made-five-days",
    title="Twenty to forty mg/h for five days",
    programmes=("pain",),
    outpatient=False,
    infusion=Steps(
        start=fixed("20 mg/h"),
        increment=fixed("5 mg/h"),
        every=Stated(),
        ceiling=fixed("40 mg/h"),
        over=fixed("5 d"),
    ),
    monitoring=INPATIENT,
    recovery=Recovery(),
    not_stated=("time between 5 mg/h steps",),
)
STEPS = {
    "start-rate": "10 mg/h",
    "increment": "10 mg/h",
    "every": "40 min",
    "max-rate": "50 mg/h",
}


def answer(protocol: Protocol, curve: Curve | None = None, **typed: object) -> Answer:
    """The answer to a question about a made protocol; 70 kg and 50 mg/mL unless told."""
    asked = Asked(**{"weight": "70 kg", "vial": "50 mg/mL", "final": "1 mg/mL", **typed})  # type: ignore[arg-type]
    prescription = prescribe(protocol, SHELF, asked)
    planned = (
        prescription if isinstance(prescription, Refusal) else plan(prescription, SHELF, BOUNDS)
    )
    known = {"protocol_id": protocol.id, "asked": asked, "protocol": protocol}
    if isinstance(planned, Refusal):
        return Answer(**known, refusal=planned)  # type: ignore[arg-type]
    return Answer(**known, card=planned, curve=curve)  # type: ignore[arg-type]


def mood() -> Answer:
    """70 kg, 0.5 mg/kg over 40 min: 35 mg, 35 mL at 1 mg/mL, 52.5 mL/h."""
    return answer(MOOD, start="09:00")


def climb() -> Answer:
    """10, 20, 30, 40 and 50 mg/h, 40 min each and the last to the end of four hours."""
    return answer(CLIMB, given=STEPS, start="13:30")


def five_days() -> Answer:
    """20 mg/h up by 5 mg/h every 2 h to 40 mg/h, for five days."""
    return answer(FIVE_DAYS, given={"every": "2 h"}, start="08:00")


def refused() -> Answer:
    """No rate given, and a weight without its unit."""
    return answer(CLIMB, weight="70")


def asked_back() -> Answer:
    """A soft limit bites at 30 kg and 50 mg/h, and nothing is confirmed."""
    return answer(CLIMB, weight="30 kg", last_weight="45 kg", given={"rate": "50 mg/h"})


def thirds() -> Fraction:
    """A number no decimal can hold."""
    return Fraction(1, 3)
