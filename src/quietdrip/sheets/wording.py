"""Words, times and numbers as every sheet writes them.

A long number is cut for reading, never raised; nothing is computed beyond that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from quietdrip.core.card import Card, DrawUp, Filling
from quietdrip.core.pkpd.predict import Curve
from quietdrip.core.protocol import Protocol
from quietdrip.core.units import MIN_PER_DAY, MIN_PER_H, plain
from quietdrip.sheets.card_json import clock

MINUTES_BELOW = 120  # longer spans are written in days and hours
HASH_LETTERS = 12
ACTIVATION = {
    "needs-sign-off": "its numbers are complete; prescriber and clinic still sign",
    "needs-completion": "a prescriber completes what the source leaves open",
    "reference-only": "kept for reference, never started",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Neighbouring syringes with the same filling, by their first and last number."""

    first: int
    last: int
    filling: Filling

    @property
    def numbers(self) -> str:
        """`1`, `1 and 2`, or `1 to 5`."""
        if self.first == self.last:
            return f"{self.first}"
        return f"{self.first} {'and' if self.last == self.first + 1 else 'to'} {self.last}"


def visible(text: str) -> str:
    """The text with every character that cannot be seen written out, such as `[U+001B]`."""
    return "".join(letter if letter.isprintable() else f"[U+{ord(letter):04X}]" for letter in text)


def number(value: Decimal) -> str:
    """A number for reading: at most three decimals, cut and never raised."""
    return plain(Fraction(value))


def span(minutes: Decimal) -> str:
    """A time as people say it: `40 min`, `4 h`, `2 h 30 min`, `5 d`."""
    return f"{number(minutes)} min" if minutes < MINUTES_BELOW else _in_hours(minutes)


def _in_hours(minutes: Decimal) -> str:
    days, rest = divmod(minutes, MIN_PER_DAY)
    hours, left = divmod(rest, MIN_PER_H)
    counts = ((int(days), "d"), (int(hours), "h"))
    words = [f"{count} {unit}" for count, unit in counts if count]
    return " ".join([*words, f"{number(left)} min"] if left else words)


def from_until(start_min: Decimal, until_min: Decimal) -> str:
    """`0 to 40 min`, `40 to 80 min`, `1 h to 2 h`: a stretch from the start of the pump."""
    if not start_min:
        return f"0 to {span(until_min)}"
    if until_min < MINUTES_BELOW:
        return f"{number(start_min)} to {span(until_min)}"
    return f"{_in_hours(start_min)} to {_in_hours(until_min)}"


def clock_from_until(card: Card, start_min: Decimal, until_min: Decimal) -> str:
    """`09:00 to 09:40`; empty where no start was given."""
    if card.start_clock_min is None:
        return ""
    start = clock(card.start_clock_min, start_min)
    until = clock(card.start_clock_min, until_min)
    return start if start == until else f"{start} to {until}"


def drug_name(drug: str) -> str:
    """The drug in words: `racemic ketamine`."""
    return visible(drug.replace("-", " "))


def alike(recipe: DrawUp) -> tuple[Alike, ...]:
    """The syringes of a recipe, neighbours with the same filling taken together."""
    groups = groupby(recipe.fillings, key=lambda f: (f.drug_ml, f.diluent_ml, f.volume_ml))
    found = []
    for _, fillings in groups:
        same = tuple(fillings)
        found.append(Alike(first=same[0].number, last=same[-1].number, filling=same[0]))
    return tuple(found)


def recipe_says(card: Card) -> tuple[str, ...]:
    """How to draw up, one sentence for each kind of syringe."""
    recipe = card.draw_up
    if len(recipe.fillings) == 1:
        return (f"{_fill(card, recipe.fillings[0])} in a {number(recipe.syringe.volume_ml)} mL "
                "syringe.",)  # fmt: skip
    each = (f"{_which(group)}: {_fill(card, group.filling, 'draw')}." for group in alike(recipe))
    return (
        f"Prepare {len(recipe.fillings)} syringes of {number(recipe.syringe.volume_ml)} mL, "
        f"each when it is needed.",
        *each,
    )


def _which(group: Alike) -> str:
    alone = group.first == group.last
    return f"Syringe {group.first}" if alone else f"Syringes {group.numbers}, each"


def _fill(card: Card, filling: Filling, draw: str = "Draw") -> str:
    recipe = card.draw_up
    vial = f"{drug_name(recipe.vial.drug)} {number(recipe.vial.strength_mg_per_ml)} mg/mL"
    final = f"{number(filling.volume_ml)} mL at {number(card.concentration_mg_per_ml)} mg/mL"
    if not filling.diluent_ml:
        return f"{draw} {number(filling.drug_ml)} mL of {vial}, undiluted: {final}"
    return (
        f"{draw} {number(filling.drug_ml)} mL of {vial} and add {number(filling.diluent_ml)} mL of "
        f"{visible(recipe.diluent.title)}: {final}"
    )


def vials_says(recipe: DrawUp) -> str:
    """`1 vial of 10 mL, 50 mg/mL`."""
    vials = "1 vial" if recipe.vials == 1 else f"{recipe.vials} vials"
    volume, strength = number(recipe.vial.volume_ml), number(recipe.vial.strength_mg_per_ml)
    return f"{vials} of {volume} mL, {strength} mg/mL"


def left_over_says(recipe: DrawUp) -> str:
    """What is expected to stay in the syringes and in the opened vials."""
    return (
        f"Expected to be left: {number(recipe.residual_mg)} mg ({number(recipe.residual_ml)} mL) "
        f"in the syringe, {number(recipe.waste_mg)} mg in opened vials. Record what is wasted."
    )


def total_says(card: Card) -> str:
    """The order in one line, with the volume the pump is set to give."""
    order = f"{number(card.total_mg)} mg in {number(card.total_ml)} mL"
    if not card.over_min:
        return order
    to_infuse = f"volume to be infused {number(card.delivered.to_infuse_ml)} mL"
    return f"{order} over {span(card.over_min)}; {to_infuse}"


def rounding_says(card: Card) -> str:
    """What setting the pump in its own steps costs."""
    delivered = card.delivered
    if not delivered.short_mg:
        return f"Cutting to the steps of {visible(card.pump.id)} costs nothing."
    return (
        f"The pump gives {number(delivered.total_mg)} mg of {number(card.total_mg)} mg: "
        f"{number(delivered.short_mg)} mg ({number(delivered.short_percent)} %) less, cut down to "
        f"the steps of {visible(card.pump.id)}."
    )


def weight_says(card: Card) -> str:
    """The dosing weight and which of the patient's weights it is."""
    chosen = next(weight for weight in card.weights if weight.chosen)
    return f"{number(card.weight_kg)} kg, {chosen.kind} weight"


def other_weights_say(card: Card) -> str:
    """What the weights that were not chosen would give; empty where there is only one."""
    others = [
        f"{weight.kind} {number(weight.weight_kg)} kg would give {number(weight.total_mg)} mg"
        for weight in card.weights
        if not weight.chosen
    ]
    return f"Not chosen: {'; '.join(others)}." if others else ""


def version_says(protocol: Protocol) -> str:
    """Exactly which entry the card stands on."""
    return f"{protocol.id}, version {protocol.version}, {protocol.sha256[:HASH_LETTERS]}"


def standing_says(protocol: Protocol) -> str:
    """How far an entry may be used, in words."""
    return ACTIVATION[protocol.activation]


def curve_says(curve: Curve) -> str:
    """The label of a drawn curve: what it is, whose, and by which model."""
    model = curve.model
    return f"{curve.says}; {visible(model.title)} ({model.id}, {model.confidence})"


def grounds(source: Iterable[str], confidence: str) -> str:
    """`apa2017, canmat2021; verified`; empty where a number is arithmetic alone."""
    return visible("; ".join(part for part in (", ".join(source), confidence) if part))


def syringe_changes_min(recipe: DrawUp) -> tuple[Decimal, ...]:
    """When each syringe but the first is put on, in whole minutes, early rather than late."""
    return tuple(Decimal(int(filling.from_min)) for filling in recipe.fillings[1:])
