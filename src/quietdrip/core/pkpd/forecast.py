"""What a model says that doses do: to the typical person, to people, and by other models.

A prediction for a population, never a measurement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quietdrip.core.card import Card
from quietdrip.core.pkpd.band import PERCENT, Band, Bodies, Spread, band, bodies, heard, spread
from quietdrip.core.pkpd.expected import (
    Below,
    Expected,
    Followed,
    Follows,
    OfC50,
    Peak,
    below,
    expected,
    of_c50s,
    peak,
)
from quietdrip.core.pkpd.individual import Floats, Linear, doubts, individual
from quietdrip.core.pkpd.model import EFFECT, Model
from quietdrip.core.pkpd.population import Crowd
from quietdrip.core.pkpd.predict import doses as doses_of
from quietdrip.core.pkpd.predict import even_times_min
from quietdrip.core.pkpd.solve import levels_ng_per_ml
from quietdrip.core.pkpd.star import upstream
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Reason, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a prediction is asked to tell beside the typical curve.

    `below_ng_per_ml` is a recovery threshold somebody chose; None where none was stated, and then
    no time is told.
    """

    crowd: Crowd
    bands_percent: tuple[float, ...]
    below_ng_per_ml: float | None = None
    follows: tuple[Follows, ...] = ()
    others: tuple[Model, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Levels of the typical person (times,) with everything that was asked beside them.

    `metabolites_ng_per_ml` (outputs, times) are the model's further levels, named in the model's
    own order. Where `band` is None, `no_band` says why; `spread` is None where no other model of
    the drug was given.
    """

    model: Model
    weight_kg: float
    age_y: float | None
    doses: Doses
    at_min: Floats
    plasma_ng_per_ml: Floats
    effect_ng_per_ml: Floats | None
    metabolites_ng_per_ml: Floats
    band: Band | None
    no_band: Refusal | None
    spread: Spread | None
    peaks: dict[Followed, Peak]
    expected: tuple[Expected, ...]
    of_c50s: tuple[OfC50, ...]
    below: Below | None
    doubts: tuple[Reason, ...]

    @property
    def says(self) -> str:
        """The label every drawing of the prediction carries."""
        return f"predicted, population, {self.model.site}, not measured"


def predict(
    model: Model,
    weight_kg: float,
    age_y: float | None,
    doses: Doses,
    at_min: Sequence[float] | Floats,
    wanted: Wanted,
) -> Prediction:
    """Everything a model says of these doses at ascending minutes, for a person of this weight."""
    times = np.asarray(at_min, dtype=np.float64)
    person = upstream(individual(model, weight_kg, age_y), heard(model))
    levels = levels_ng_per_ml(person, doses.infusions, doses.boluses, times)
    made = bodies(model, weight_kg, age_y, wanted.crowd)
    crowd = None if isinstance(made, Refusal) else made
    sites: dict[Followed, str] = {"plasma": model.outputs[0].name}
    if model.effect is not None:
        sites["effect"] = EFFECT
    peaks = {site: peak(person, doses, output) for site, output in sites.items()}
    same_drug = (model, *(other for other in wanted.others if other.id != model.id))
    return Prediction(
        model=model,
        weight_kg=weight_kg,
        age_y=age_y,
        doses=doses,
        at_min=times,
        plasma_ng_per_ml=levels[0],
        effect_ng_per_ml=levels[-1] if model.effect is not None else None,
        metabolites_ng_per_ml=_metabolites(model, weight_kg, age_y, doses, times),
        band=None if crowd is None else band(crowd, doses, times, wanted.bands_percent),
        no_band=made if isinstance(made, Refusal) else None,
        spread=spread(same_drug, weight_kg, age_y, doses, times) if wanted.others else None,
        peaks=peaks,
        expected=expected(model, peaks, wanted.follows),
        of_c50s=of_c50s(model, peaks),
        below=_below(crowd, person, doses, wanted),
        doubts=doubts(model, weight_kg, age_y),
    )


def around(
    card: Card, model: Model, others: Sequence[Model], crowd: Crowd, bands_percent: Sequence[float]
) -> tuple[Band | Refusal, Spread]:
    """The band of a card's curve, or why it has none, and the spread of other models beside it."""
    weight_kg, given = float(card.actual_weight_kg), doses_of(card)
    at_min = even_times_min(given)
    people = bodies(model, weight_kg, None, crowd)
    found = people if isinstance(people, Refusal) else band(people, given, at_min, bands_percent)
    same_drug = (model, *(other for other in others if other.id != model.id))
    return found, spread(same_drug, weight_kg, None, given, at_min)


def _below(crowd: Bodies | None, person: Linear, doses: Doses, wanted: Wanted) -> Below | None:
    """When the level is below the stated threshold: at the effect site, where there is one."""
    if wanted.below_ng_per_ml is None:
        return None
    site: Followed = "effect" if EFFECT in person.outputs else "plasma"
    edges = ((PERCENT + percent) / 2 for percent in wanted.bands_percent)
    percents = sorted({PERCENT / 2, *edges})
    return below(crowd, person, doses, site, wanted.below_ng_per_ml, percents)


def _metabolites(
    model: Model, weight_kg: float, age_y: float | None, doses: Doses, at_min: Floats
) -> Floats:
    """The model's further levels, (outputs, times); no rows where it has plasma alone."""
    names = tuple(output.name for output in model.outputs[1:])
    if not names:
        return np.zeros((0, at_min.size))
    body = upstream(individual(model, weight_kg, age_y), names)
    return levels_ng_per_ml(body, doses.infusions, doses.boluses, at_min)
