"""What a card says beside its numbers: pounds, costly rounding, syringes that wait or hold more."""

from decimal import Decimal
from fractions import Fraction
from math import ceil

from quietdrip.core.card import Card
from quietdrip.core.limits import Bounds
from quietdrip.core.prescription import Prescription
from quietdrip.core.reasons import Reason
from quietdrip.core.units import plain

PERCENT = 100


def pounds(prescription: Prescription) -> tuple[Reason, ...]:
    """A warning for each weight in pounds, with the kilograms that count."""
    return tuple(
        Reason(
            id="weight-in-pounds",
            kind="warning",
            field=name,
            says=f"{weight.text} is {plain(weight.canonical)} kg. Read both numbers aloud.",
            needs="both numbers read aloud",
            source=("hz-10",),
        )
        for name, weight in prescription.weights.typed.items()
        if weight.unit.name == "lb"
    )


def afterthoughts(card: Card, bounds: Bounds) -> tuple[Reason, ...]:
    """What only the finished card shows: costly rounding, and syringes that wait to be used."""
    notes = []
    worst = max((step.short_percent for step in card.steps), default=Decimal(0))
    if worst > bounds.rounding_shown_percent:
        says = (
            f"The step of {card.pump.id} costs up to {plain(worst)} % of a rate; a weaker final "
            "concentration or a finer pump costs less."
        )
        notes.append(Reason(id="rounding", kind="note", field="pump", says=says, source=("hz-68",)))
    if len(card.draw_up.fillings) > 1:
        anew = sum(ceil(f.drug_ml / card.draw_up.vial.volume_ml) for f in card.draw_up.fillings)
        says = (
            "How long a diluted syringe may wait is not stated (the label: use at once). Vials are "
            f"counted as if an opened one served the next syringe too; new for each, it is {anew}."
        )
        notes.append(
            Reason(id="beyond-use-not-stated", kind="note", says=says, source=("label-dosing",))
        )
    over_percent = Fraction(card.draw_up.residual_mg) / Fraction(card.total_mg) * PERCENT
    if over_percent > Fraction(bounds.agreement_percent):
        says = (
            f"The syringe holds {plain(card.draw_up.residual_mg)} mg more than is given, because "
            "the drug is drawn to a graduation: set the volume to be infused and discard the rest."
        )
        notes.append(Reason(id="syringe-holds-more", kind="note", says=says, source=("hz-24",)))
    return tuple(notes)
