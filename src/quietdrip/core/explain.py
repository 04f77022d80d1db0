"""Every number explains itself: the formulas of a card with their inputs and what they stand on."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from quietdrip.core.card import Card, Formula
from quietdrip.core.units import Quantity, plain

SPELLED_OUT = 6  # a longer sum names its first and last term only


def formulas(
    card: Card, values: Mapping[str, Quantity], cap: Quantity | None
) -> tuple[Formula, ...]:
    """One formula for each number on the card, in the order in which they are computed."""
    return (
        *_weight(card),
        *_total(card, values),
        *_rates(card, values, cap),
        *_pump(card),
        *_drawing(card),
    )


def _infused_mg(card: Card) -> Decimal:
    return card.total_mg - (card.bolus.dose_mg if card.bolus else Decimal(0))


def _n(value: Decimal) -> str:
    """A number as the card shows it: cut to three decimals."""
    return plain(Fraction(value))


def _weight(card: Card) -> Iterable[Formula]:
    chosen = next(weight for weight in card.weights if weight.chosen)
    yield Formula(
        id="dosing-weight",
        says="dosing weight = the weight a person chose",
        with_numbers=f"{chosen.kind} weight = {_n(card.weight_kg)} kg",
        source=("bmi-response", "ibw-note"),
        confidence="single-source",
    )


def _total(card: Card, values: Mapping[str, Quantity]) -> Iterable[Formula]:
    protocol, weight = card.protocol, f"{_n(card.weight_kg)} kg"
    bolus_mg = card.bolus.dose_mg if card.bolus else Decimal(0)
    for name, amount in (("bolus", bolus_mg), ("dose", _infused_mg(card))):
        if name in values:
            value = values[name]
            by_weight = "/kg" in value.unit.name
            by = f"{value.text} x {weight}" if by_weight else value.text
            yield Formula(
                id=name,
                says=f"{name} = dose for body weight x dosing weight" if by_weight else name,
                with_numbers=f"{by} = {_n(amount)} mg",
                source=protocol.source,
                confidence=protocol.confidence,
            )
    parts = [f"{_n(s.rate_mg_per_h)} mg/h x {_n(s.for_min)} min / 60" for s in card.steps]
    if len(parts) > SPELLED_OUT:
        parts = [parts[0], f"{len(parts) - 2} steps more", parts[-1]]
    if card.bolus:
        parts.insert(0, f"{_n(card.bolus.dose_mg)} mg")
    yield Formula(
        id="total-mg",
        says="total = bolus + sum of rate x time",
        with_numbers=f"{' + '.join(parts)} = {_n(card.total_mg)} mg",
        source=protocol.source,
        confidence=protocol.confidence,
    )
    yield Formula(
        id="total-ml",
        says="volume = total / concentration",
        with_numbers=f"{_n(card.total_mg)} mg / {_n(card.concentration_mg_per_ml)} mg/mL = "
        f"{_n(card.total_ml)} mL",
    )


def _rates(card: Card, values: Mapping[str, Quantity], cap: Quantity | None) -> Iterable[Formula]:
    for number, step in enumerate(card.steps, 1):
        if "dose" in values:
            how = f"{_n(_infused_mg(card))} mg x 60 / {_n(card.over_min)} min"
        elif cap is not None and step.rate_mg_per_h == cap.value:
            how = f"capped at {cap.text}"
        elif "start-rate" in values:
            how = values["start-rate"].text
            how += f" + {number - 1} x {values['increment'].text}" if number > 1 else ""
            how += f", at most {values['max-rate'].text}" if "max-rate" in values else ""
        else:
            how = values["rate"].text if "rate" in values else f"day {values['day'].text}"
        yield Formula(
            id=f"rate-{number}",
            says="ordered rate, and for body weight by the dosing weight",
            with_numbers=f"{how} = {_n(step.rate_mg_per_h)} mg/h; / {_n(card.weight_kg)} kg = "
            f"{_n(step.rate_mg_per_kg_h)} mg/kg/h",
            source=card.protocol.source,
            confidence=card.protocol.confidence,
        )


def _pump(card: Card) -> Iterable[Formula]:
    strength = card.draw_up.strength
    for number, step in enumerate(card.steps, 1):
        yield Formula(
            id=f"pump-rate-{number}",
            says="pump rate = ordered rate / concentration, cut down to the pump's step",
            with_numbers=f"{_n(step.rate_mg_per_h)} mg/h / {_n(strength.mg_per_ml)} mg/mL -> "
            f"{_n(step.rate_ml_per_h)} mL/h on {card.pump.id}; gives {_n(step.delivers_mg)} mg, "
            f"{_n(step.short_percent)} % less than ordered",
            source=card.pump.source,
            confidence=card.pump.confidence,
        )
    yield Formula(
        id="rounding",
        says="cost of rounding = ordered - delivered; never below zero",
        with_numbers=f"{_n(card.total_mg)} mg - {_n(card.delivered.total_mg)} mg = "
        f"{_n(card.delivered.short_mg)} mg ({_n(card.delivered.short_percent)} %)",
        source=("hz-68",),
    )


def _drawing(card: Card) -> Iterable[Formula]:
    recipe = card.draw_up
    vial, strength = recipe.vial, recipe.strength
    yield Formula(
        id="drug-ml",
        says="drug volume = final volume x final concentration / vial strength",
        with_numbers=f"{_n(recipe.final_volume_ml)} mL x {_n(strength.mg_per_ml)} mg/mL / "
        f"{_n(vial.strength_mg_per_ml)} mg/mL = {_n(recipe.drug_ml)} mL",
        source=(*vial.source, *strength.source),
        confidence=strength.confidence,
    )
    yield Formula(
        id="diluent-ml",
        says="diluent = final volume - drug volume",
        with_numbers=f"{_n(recipe.final_volume_ml)} mL - {_n(recipe.drug_ml)} mL = "
        f"{_n(recipe.diluent_ml)} mL",
        source=recipe.diluent.source,
        confidence=recipe.diluent.confidence,
    )
    yield Formula(
        id="residual",
        says="left in the syringe = drawn - delivered; left in the vials = opened - drawn",
        with_numbers=f"{_n(recipe.drug_mg)} mg - {_n(card.delivered.total_mg)} mg = "
        f"{_n(recipe.residual_mg)} mg; {recipe.vials} x {_n(vial.content_mg)} mg - "
        f"{_n(recipe.drug_mg)} mg = {_n(recipe.waste_mg)} mg",
    )
