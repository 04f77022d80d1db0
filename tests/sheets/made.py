"""Protocols, a shelf and bounds made by hand, so that the sheets are tried without the library."""

from dataclasses import replace
from decimal import Decimal

from quietdrip.core.dosing import plan
from quietdrip.core.equipment import Diluent, Pump, PumpStep, Shelf, Strength, Syringe, Vial
from quietdrip.core.limits import Bounds, Guard, Limit
from quietdrip.core.pkpd.predict import curve
from quietdrip.core.prescription import Asked, prescribe
from quietdrip.core.protocol import (
    Constant,
    Field,
    Monitoring,
    Observations,
    Premedication,
    Protocol,
    Recovery,
    Stated,
    Steps,
    Total,
    fields,
)
from quietdrip.core.reasons import Refusal
from quietdrip.core.units import Quantity, parse
from quietdrip.library import read, read_models
from quietdrip.sheets.answer import CURVE_MODEL, Answer
from quietdrip.sheets.answer import answer as library_answer

D = Decimal
SOURCE = ("made",)


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
        source=SOURCE,
        confidence="from-memory",
    )


def _strength(mg_per_ml: int) -> Strength:
    return Strength(
        mg_per_ml=D(mg_per_ml),
        title=f"{mg_per_ml} mg/mL",
        says="",
        source=SOURCE,
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
            id="sodium-chloride-0.9", title="sodium chloride 0.9 %", source=SOURCE, confidence=""
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
            source=SOURCE,
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
            source=SOURCE,
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
            source=SOURCE,
            confidence="verified",
        ),
        Observations(
            what=("blood pressure", "sedation"),
            at_min=(5, 15),
            after="each-rate-change",
            source=SOURCE,
        ),
        Observations(what=("blood pressure",), every_min=15, after="end", source=SOURCE),
    ),
    source=SOURCE,
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
            source=SOURCE,
        )
        for every, from_min, until in ((15, 0, 60), (30, 60, 180), (60, 180, 720), (120, 720, None))
    ),
    source=SOURCE,
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
    source=SOURCE,
    confidence="verified",
    indications=("treatment-resistant depression",),
    outpatient=True,
    infusion=Total(dose=fixed("0.5 mg/kg"), over=fixed("40 min")),
    premedication=(Premedication(drug="none by protocol", need="none"),),
    monitoring=OUTPATIENT,
    recovery=Recovery(minimum_min=60, source=SOURCE, confidence="single-source"),
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
WITH_BOLUS = replace(
    MOOD, id="made-bolus", title="A bolus, then forty minutes", bolus=fixed("0.1 mg/kg")
)
ASKED = Asked(weight="70 kg", vial="50 mg/mL", final="1 mg/mL")
CLIMBING = {
    "start-rate": "10 mg/h",
    "increment": "10 mg/h",
    "every": "40 min",
    "max-rate": "50 mg/h",
}
GIVEN = {
    "dose": "0.5 mg/kg",
    "over": "40 min",
    "rate": "20 mg/h",
    "start-rate": "10 mg/h",
    "increment": "5 mg/h",
    "every": "60 min",
    "max-rate": "40 mg/h",
    "day": "2 d",
    "bolus": "0.1 mg/kg",
}


def answer(protocol: Protocol, asked: Asked = ASKED) -> Answer:
    """The answer to a question about a made protocol, with its curve."""
    prescription = prescribe(protocol, SHELF, asked)
    planned = (
        prescription if isinstance(prescription, Refusal) else plan(prescription, SHELF, BOUNDS)
    )
    if isinstance(planned, Refusal):
        return Answer(protocol_id=protocol.id, asked=asked, protocol=protocol, refusal=planned)
    model = read_models.model(CURVE_MODEL)
    assert not isinstance(model, Refusal)
    drawn = curve(planned, model)
    return Answer(
        protocol_id=protocol.id, asked=asked, protocol=protocol, card=planned, curve=drawn
    )


def mood() -> Answer:
    """70 kg, 0.5 mg/kg over 40 min: 35 mg, 35 mL at 1 mg/mL, 52.5 mL/h."""
    return answer(MOOD, replace(ASKED, start="09:00"))


def climb() -> Answer:
    """10, 20, 30, 40 and 50 mg/h, 40 min each and the last to the end of four hours."""
    return answer(CLIMB, replace(ASKED, given=CLIMBING, start="13:30"))


def five_days() -> Answer:
    """20 mg/h up by 5 mg/h every 2 h to 40 mg/h, for five days."""
    return answer(FIVE_DAYS, replace(ASKED, given={"every": "2 h"}, start="08:00"))


def asked_back() -> Answer:
    """A weight that fell from 90 kg to 70 kg, typed once."""
    return answer(CLIMB, replace(ASKED, last_weight="90 kg", given={"rate": "20 mg/h"}))


def startable() -> dict[str, Answer]:
    """An answer for every protocol of the library that may be started, its open fields given."""
    found = {}
    for id in read.protocol_ids():
        protocol = read.protocol(id)
        assert not isinstance(protocol, Refusal)
        if protocol.activation != "reference-only":
            given = {field.name: _value(field) for field in fields(protocol) if field.needed}
            asked = replace(ASKED, start="09:00", given=given, confirmed=given)
            found[id] = library_answer(id, asked)
    return found


def _value(field: Field) -> str:
    """The lowest stated value, else the highest, else one that is usual."""
    stated = field.stated.at_least or field.stated.at_most
    return stated.text if stated else GIVEN[field.name]
