"""The second pair of eyes: a blind re-entry against the card, and a read-back of the pump.

The second clinician types from the labels and the order sheet without seeing the card's values.
A difference names the field and never the first value.
"""

from collections.abc import Mapping
from fractions import Fraction

from quietdrip.core.card import Card
from quietdrip.core.limits import Bounds
from quietdrip.core.reasons import Reason, Refusal, refuse, together
from quietdrip.core.units import (
    Kind,
    Quantity,
    amount_over,
    minutes,
    ml,
    ml_per_h,
    parse_as,
    plain,
)

PERCENT = 100


def expected(card: Card) -> dict[str, tuple[Kind, Fraction]]:
    """The fields of a re-entry with what each must state, in canonical units."""
    recipe = card.draw_up
    steps = {
        f"rate-{number}": (Kind.FLOW, Fraction(step.rate_ml_per_h))
        for number, step in enumerate(card.steps, 1)
    }
    bolus = {"bolus": (Kind.MASS, Fraction(card.bolus.dose_mg))} if card.bolus else {}
    return {
        "weight": (Kind.WEIGHT, Fraction(card.actual_weight_kg)),
        "vial": (Kind.STRENGTH, Fraction(recipe.vial.strength_mg_per_ml)),
        "drug-volume": (Kind.VOLUME, Fraction(recipe.drug_ml)),
        "final-volume": (Kind.VOLUME, Fraction(recipe.final_volume_ml)),
        "total": (Kind.MASS, Fraction(card.total_mg)),
        **bolus,
        **steps,
    }


def check(card: Card, drug: str, typed: Mapping[str, str], bounds: Bounds) -> Refusal | None:
    """None where every re-entered value agrees with the card; else what differs, without values.

    Each field of `expected`, and no other, must be typed as a quantity, and the drug must be the
    card's own.
    """
    refusals: list[Refusal] = []
    if drug != card.protocol.drug:
        refusals.append(_differs("drug"))
    due = expected(card)
    for name, (kind, value) in due.items():
        quantity = parse_as(typed.get(name, ""), (kind,), name)
        if isinstance(quantity, Refusal):
            refusals.append(quantity)
        elif not _agrees(quantity.canonical, value, bounds):
            refusals.append(_differs(name))
    # A step of the order sheet that the card does not have is a difference too.
    refusals += [_differs(name) for name in typed if name not in due]
    return together(*refusals) if refusals else None


def read_back(
    card: Card, rate: Quantity, volume: Quantity, over: Quantity, bounds: Bounds
) -> Refusal | None:
    """None where a pump set for the first step agrees with the card and with itself.

    Rate, volume to give and time of the first step, as the pump shows them. A quantity of another
    kind, such as mg/h for the rate, is an error of the caller: TypeError.
    """
    step = card.steps[0]
    set_ml_per_h, set_ml, set_min = ml_per_h(rate), ml(volume), minutes(over)
    refusals: list[Refusal] = []
    if not _agrees(set_ml_per_h, Fraction(step.rate_ml_per_h), bounds):
        refusals.append(refuse("rate-differs", _rate_says(card, rate, bounds), field="rate"))
    due_ml = amount_over(Fraction(step.rate_ml_per_h), Fraction(step.for_min))
    if not _agrees(set_ml, due_ml, bounds):
        refusals.append(_differs("volume"))
    if not _agrees(set_min, Fraction(step.for_min), bounds):
        refusals.append(_differs("time"))
    if not _agrees(amount_over(set_ml_per_h, set_min), set_ml, bounds):
        says = (
            f"{rate.text} for {over.text} gives {plain(amount_over(set_ml_per_h, set_min))} mL, "
            f"not {volume.text}; rate, volume and time must agree among themselves."
        )
        refusals.append(refuse("read-back-disagrees", says, field="volume"))
    return together(*refusals) if refusals else None


def _rate_says(card: Card, rate: Quantity, bounds: Bounds) -> str:
    """Names the field swap where the number read back is another number of the card."""
    step = card.steps[0]
    for value, unit in (
        (step.rate_mg_per_h, "mg/h"),
        (card.total_mg, "mg"),
        (card.total_ml, "mL"),
        (step.for_min, "min"),
    ):
        if _agrees(rate.canonical, Fraction(value), bounds):
            return f"The pump shows {rate.text}; that number is the card's {unit}, not its mL/h."
    return f"The pump shows {rate.text}, which is not the rate on the card."


def _agrees(typed: Fraction, value: Fraction, bounds: Bounds) -> bool:
    return abs(typed - value) * PERCENT <= abs(value) * Fraction(bounds.agreement_percent)


def _differs(name: str) -> Refusal:
    reason = Reason(
        id="differs",
        field=name,
        says=f"The {name.replace('-', ' ')} differs from the card; both enter it again.",
        source=("hz-09",),
    )
    return Refusal(reasons=(reason,))
