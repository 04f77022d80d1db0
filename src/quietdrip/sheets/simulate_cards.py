"""The cards of a virtual trial: for each protocol the real card of every whole kilogram."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from quietdrip.core.card import Card
from quietdrip.core.dosing import plan
from quietdrip.core.equipment import Shelf
from quietdrip.core.limits import Bounds
from quietdrip.core.pkpd import trial as trials
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.predict import DRUG_OF, doses
from quietdrip.core.pkpd.trial import Arm, Given
from quietdrip.core.prescription import Asked, prescribe
from quietdrip.core.protocol import Protocol, fields
from quietdrip.core.reasons import Reason, Refusal, refuse
from quietdrip.sheets.simulate_typed import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """What every card of the trial is made with."""

    shelf: Shelf
    bounds: Bounds
    weights_kg: tuple[int, int]
    after_min: float

    def arm(
        self, protocol: Protocol, asked: Asked, model: Model
    ) -> tuple[Arm, list[str]] | Refusal:
        """The protocol's card at every whole kilogram, and what those cards would say aloud."""
        if DRUG_OF.get(protocol.drug) is not model.drug:
            says = (
                f"{protocol.id} gives {protocol.drug}, and {model.id} is a model of {model.drug}: "
                "their milligrams are not the same. Name a model of that drug with --model."
            )
            return refuse("drug-mixed", says, field="model")
        low, high = self.weights_kg
        given, asked_back, unnamed = [], [], []
        for weight_kg in range(low, high + 1):
            card = self._card(protocol, replace(asked, weight=f"{weight_kg} kg"))
            if isinstance(card, Refusal):
                return _no_card(protocol, weight_kg, card)
            found, doubted = card
            given.append(_what_it_gives(found))
            asked_back += [f"{protocol.id}: {reason.says}" for reason in doubted]
            if weight_kg == low:
                unnamed = [w.says for w in found.warnings if w.id.endswith("-not-named")]
        at_min = trials.even_times_min(tuple(each.doses for each in given), self.after_min)
        arm = Arm(
            protocol=protocol.id,
            title=protocol.title,
            first_kg=low,
            cards=tuple(given),
            at_min=at_min,
            knots=trials.knots(at_min, given[0].doses),
        )
        return arm, [*asked_back[:1], *unnamed]

    def _card(self, protocol: Protocol, asked: Asked) -> tuple[Card, tuple[Reason, ...]] | Refusal:
        """The card; where values are asked back they are confirmed, for nobody is given them."""
        found = self._planned(protocol, asked)
        if not isinstance(found, Refusal):
            return found, ()
        if any(reason.kind != "asked-back" for reason in found.reasons):
            return found
        typed = {"weight": asked.weight, **asked.given}
        doubted = {reason.field for reason in found.reasons}
        again = {field: typed[field] for field in doubted if field in typed}
        confirmed = self._planned(protocol, replace(asked, confirmed=again))
        return confirmed if isinstance(confirmed, Refusal) else (confirmed, found.reasons)

    def _planned(self, protocol: Protocol, asked: Asked) -> Card | Refusal:
        found = prescribe(protocol, self.shelf, asked)
        return found if isinstance(found, Refusal) else plan(found, self.shelf, self.bounds)


def _no_card(protocol: Protocol, weight_kg: int, why: Refusal) -> Refusal:
    """Why there is no trial: somebody in it would get no card."""
    says = " ".join(reason.says for reason in why.reasons)
    return refuse(
        "card-refused",
        f"{protocol.id} has no card at {weight_kg} kg: {says}",
        field=why.reasons[0].field,
        source=why.reasons[0].source,
    )


def _what_it_gives(card: Card) -> Given:
    return Given(
        doses=doses(card),
        total_mg=card.delivered.total_mg,
        vials=card.draw_up.vials,
        waste_mg=card.draw_up.waste_mg,
        residual_mg=card.draw_up.residual_mg,
    )


def given(
    question: Question, protocols: Sequence[Protocol]
) -> tuple[dict[str, str], ...] | Refusal:
    """For each protocol its fields: one named for it alone stands before one named for all."""
    found: list[dict[str, str]] = [{} for _ in protocols]
    alone: list[dict[str, str]] = [{} for _ in protocols]
    ids = [protocol.id for protocol in protocols]
    for name, value in question.given:
        of, colon, field = name.rpartition(":")
        if colon and of not in ids:
            says = f"--set names {of}, which is not in this trial; it compares {', '.join(ids)}."
            return refuse("set-protocol-unknown", says, field="set")
        has = [p for p in protocols if field in (each.name for each in fields(p))]
        if not colon and not has:
            says = f"No protocol of this trial has a field '{field}'."
            return refuse("field-unknown", says, field=field)
        for place, protocol in enumerate(protocols):
            if colon and protocol.id == of:
                alone[place][field] = value
            elif not colon and protocol in has:
                found[place][field] = value
    return tuple({**all_, **own} for all_, own in zip(found, alone, strict=True))
