"""One question, one answer: a protocol and what was typed give a card, or a refusal."""

from dataclasses import dataclass
from pathlib import Path

from quietdrip.core.card import Card
from quietdrip.core.dosing import plan
from quietdrip.core.pkpd.band import Band, Spread
from quietdrip.core.pkpd.forecast import around
from quietdrip.core.pkpd.predict import Curve, curve
from quietdrip.core.prescription import Asked, prescribe
from quietdrip.core.protocol import Protocol
from quietdrip.core.reasons import Reason, Refusal
from quietdrip.library import read, read_models, read_prediction
from quietdrip.sheets.band import CROWD, INNER_PERCENT, OUTER_PERCENT

CURVE_MODEL = "kamp_2020_racemic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a question: a card, or a refusal. `asked` is what was typed.

    `band` is the band around the curve, or why its model has none; `spread` what other models of
    the drug say of their typical persons.
    """

    protocol_id: str
    asked: Asked
    protocol: Protocol | None = None
    card: Card | None = None
    curve: Curve | None = None
    band: Band | Refusal | None = None
    spread: Spread | None = None
    refusal: Refusal | None = None

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """What the core warns of beside its answer."""
        if self.card is not None:
            return self.card.warnings
        return self.refusal.warnings if self.refusal is not None else ()

    @property
    def refused(self) -> tuple[Reason, ...]:
        """Why there is no card; empty where there is one."""
        return self.refusal.reasons if self.refusal is not None else ()


def answer(protocol_id: str, asked: Asked, site: Path | None = None) -> Answer:
    """The one way from text to a card, for terminal, JSON, PDF and page alike."""
    protocol = read.protocol(protocol_id, site)
    if isinstance(protocol, Refusal):
        return Answer(protocol_id=protocol_id, asked=asked, refusal=protocol)
    shelf, bounds = read.shelf(site), read.bounds(site)
    for part in (shelf, bounds):
        if isinstance(part, Refusal):
            return Answer(protocol_id=protocol_id, asked=asked, protocol=protocol, refusal=part)
    assert not isinstance(shelf, Refusal)
    assert not isinstance(bounds, Refusal)
    prescription = prescribe(protocol, shelf, asked)
    planned = (
        prescription if isinstance(prescription, Refusal) else plan(prescription, shelf, bounds)
    )
    if isinstance(planned, Refusal):
        return Answer(protocol_id=protocol_id, asked=asked, protocol=protocol, refusal=planned)
    model = read_models.model(CURVE_MODEL)
    if isinstance(model, Refusal):
        return Answer(protocol_id=protocol_id, asked=asked, protocol=protocol, refusal=model)
    beside = read_prediction.beside(model.drug)
    if isinstance(beside, Refusal):
        return Answer(protocol_id=protocol_id, asked=asked, protocol=protocol, refusal=beside)
    band, spread = around(planned, model, beside.models, CROWD, (INNER_PERCENT, OUTER_PERCENT))
    return Answer(
        protocol_id=protocol_id,
        asked=asked,
        protocol=protocol,
        card=planned,
        curve=curve(planned, model),
        band=band,
        spread=spread,
    )
