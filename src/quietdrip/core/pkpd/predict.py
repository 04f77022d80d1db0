"""The predicted curve of a card: what a model says the programmed rates do, for a typical person.

A prediction for a population, never a measurement.
"""

from dataclasses import dataclass

import numpy as np

from quietdrip.core.card import Card
from quietdrip.core.pkpd.individual import Floats, doubts
from quietdrip.core.pkpd.model import EFFECT, Drug, Model
from quietdrip.core.pkpd.solve import Bolus, Infusion, concentrations
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Reason

MIN_PER_H = 60
# A vial labelled ketamine holds the racemate; esketamine is the S form alone.
DRUG_OF = {drug.value: drug for drug in Drug}  # the library writes the drug as the models do
AFTER_MIN = 2 * MIN_PER_H  # how long after the end the curve goes on
GRIDS_MIN = (1, 2, 5, 10, 30, 60)
POINTS = 600  # the finest grid with at most about so many points is drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Typical levels in ng/mL at minutes from the start; no `effect` without an effect site."""

    model: Model
    at_min: tuple[float, ...]
    plasma_ng_per_ml: tuple[float, ...]
    effect_ng_per_ml: tuple[float, ...]
    doubts: tuple[Reason, ...]

    @property
    def says(self) -> str:
        """The label every drawing of the curve carries."""
        return f"predicted, population, {self.model.site}, not measured"


def curve(card: Card, model: Model) -> Curve:
    """The curve of a card's rates as the pump is set to them, from the start to two hours after."""
    end_min = float(card.over_min)
    at_min = _grid(end_min + AFTER_MIN)
    found = concentrations(
        model, float(card.actual_weight_kg), infusions(card), boluses(card), at_min
    )
    return Curve(
        model=model,
        at_min=tuple(at_min.tolist()),
        plasma_ng_per_ml=tuple(found[model.outputs[0].name].tolist()),
        effect_ng_per_ml=tuple(found[EFFECT].tolist()) if EFFECT in found else (),
        doubts=doubts(model, float(card.actual_weight_kg)),
    )


def infusions(card: Card) -> tuple[Infusion, ...]:
    """The card's steps as the pump gives them, in mg/min."""
    strength = float(card.concentration_mg_per_ml)
    return tuple(
        Infusion(
            drug=DRUG_OF[card.protocol.drug],
            start_min=float(step.start_min),
            stop_min=float(step.start_min + step.for_min),
            rate_mg_per_min=float(step.rate_ml_per_h) * strength / MIN_PER_H,
        )
        for step in card.steps
    )


def boluses(card: Card) -> tuple[Bolus, ...]:
    """The card's bolus at the start, if it has one."""
    if card.bolus is None:
        return ()
    drug = DRUG_OF[card.protocol.drug]
    dose_mg = float(card.bolus.volume_ml * card.concentration_mg_per_ml)
    return (Bolus(drug=drug, at_min=0.0, dose_mg=dose_mg),)


def doses(card: Card) -> Doses:
    """Everything a card gives, as its pump gives it."""
    drug = DRUG_OF[card.protocol.drug]
    return Doses(drug=drug, infusions=infusions(card), boluses=boluses(card))


def even_times_min(doses: Doses) -> Floats:
    """Minutes for drawing these doses, from the start to two hours after the last of them."""
    return _grid(doses.end_min + AFTER_MIN)


def _grid(until_min: float) -> Floats:
    """Minutes from 0 in the finest whole step that keeps the drawing light."""
    step = next((step for step in GRIDS_MIN if until_min / step <= POINTS), GRIDS_MIN[-1])
    return np.arange(0.0, until_min + step / 2, step)
