"""The first syringe of a card as a drawing: how full it is, and how much of it is drug."""

from dataclasses import dataclass
from decimal import Decimal

from quietdrip.core.card import Card
from quietdrip.sheets.wording import number

MARKS_ML = (1, 2, 5, 10)
MOST_MARKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrel:
    """Shares of the barrel in percent: drug, diluent, both, and the places of its marks."""

    drug: str
    diluent: str
    full: str
    marks: tuple[str, ...]
    says: str


def barrel(card: Card) -> Barrel:
    """The barrel of the first syringe; its marks are for the eye, not for measuring."""
    filling, holds_ml = card.draw_up.fillings[0], card.draw_up.syringe.volume_ml
    step_ml = next((step for step in MARKS_ML if holds_ml / step <= MOST_MARKS), MARKS_ML[-1])
    return Barrel(
        drug=_percent(filling.drug_ml, holds_ml),
        diluent=_percent(filling.diluent_ml, holds_ml),
        full=_percent(filling.volume_ml, holds_ml),
        marks=tuple(_percent(Decimal(at), holds_ml) for at in range(0, int(holds_ml), step_ml))[1:],
        says=f"{number(filling.volume_ml)} mL in a {number(holds_ml)} mL syringe",
    )


def _percent(part_ml: Decimal, whole_ml: Decimal) -> str:
    return f"{part_ml / whole_ml:.2%}"
