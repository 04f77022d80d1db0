"""Virtual patients for the tests of fitting: who they are, what they got and what was measured."""

from dataclasses import dataclass

import numpy as np

from quietdrip.core.pkpd.doses import Bolus, Infusion, stretches
from quietdrip.core.pkpd.fit import Fit, fit
from quietdrip.core.pkpd.individual import Floats, individual, linear
from quietdrip.core.pkpd.model import Drug, Model, Site
from quietdrip.core.pkpd.population import (
    Crowd,
    People,
    Purpose,
    WeightsBetween,
    chance,
    people,
)
from quietdrip.core.pkpd.sample import Assay, Sample, Spread, spread
from quietdrip.core.pkpd.solve import plain_levels_ng_per_ml
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Refusal
from quietdrip.library import read_models

NO_ASSAY = Assay(cv_fraction=None, sd_ng_per_ml=None, limit_ng_per_ml=None)


def library_model(model_id: str) -> Model:
    found = read_models.model(model_id)
    assert not isinstance(found, Refusal), found
    return found


OTTO = library_model("otto_2021_sketamine_snk")
SIMONS = library_model("simons_2022_sketamine_snk_shnk")
PEREZ_RUIXO = library_model("perez_ruixo_2021_esketamine")
WIEBE = library_model("wiebe_2020_midazolam")
HERD = library_model("herd_2007_racemic_children")
KAMP = library_model("kamp_2020_racemic")


def over(drug: Drug, *spans: tuple[float, float, float], bolus_mg: float | None = None) -> Doses:
    """Infusions as (start min, stop min, mg/min), and a bolus at the start."""
    return Doses(
        drug=drug,
        infusions=tuple(
            Infusion(drug=drug, start_min=start, stop_min=stop, rate_mg_per_min=rate)
            for start, stop, rate in spans
        ),
        boluses=() if bolus_mg is None else (Bolus(drug=drug, at_min=0, dose_mg=bolus_mg),),
    )


def stepped(drug: Drug) -> Doses:
    """10, 20, 35 and 50 mg/h, an hour each."""
    rates = (10, 20, 35, 50)
    return over(drug, *((60 * h, 60 * h + 60, rate / 60) for h, rate in enumerate(rates)))


def sample(
    model: Model,
    at_min: float,
    level_ng_per_ml: float | None,
    *,
    output: str = "",
    site: Site | None = None,
    drug: Drug | None = None,
    assay: Assay = NO_ASSAY,
) -> Sample:
    return Sample(
        at_min=at_min,
        drug=drug or model.drug,
        output=output or model.outputs[0].name,
        site=site or model.site,
        level_ng_per_ml=level_ng_per_ml,
        assay=assay,
    )


def fitted(found: Fit | Refusal) -> Fit:
    assert not isinstance(found, Refusal), found.says
    return found


def typical_level_ng_per_ml(model: Model, weight_kg: float, doses: Doses, at_min: float) -> float:
    """Of the model's first output."""
    person, minutes = individual(model, weight_kg), np.array([at_min])
    found = plain_levels_ng_per_ml(person, doses.infusions, doses.boluses, minutes)
    return float(found[0, 0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Clinic:
    """People of one model under one dose record; `true_ng_per_ml` (people, times) of its output."""

    model: Model
    doses: Doses
    people: People
    output: str
    at_min: Floats
    true_ng_per_ml: Floats
    typical_ng_per_ml: Floats
    seed: int

    def measured(self, at_min: Floats, limit_ng_per_ml: float | None = None) -> list[list[Sample]]:
        """Each person's samples at these times, with the scatter the model publishes."""
        luck = chance(self.seed, Purpose.MEASUREMENT)
        columns = np.searchsorted(self.at_min, at_min)
        line = stretches(self.doses.drug, self.doses.infusions, self.doses.boluses)
        assay = Assay(cv_fraction=None, sd_ng_per_ml=None, limit_ng_per_ml=limit_ng_per_ml)
        found = []
        for levels in self.true_ng_per_ml:
            drawn = []
            for column in columns:
                minute, level = float(self.at_min[column]), float(levels[column])
                asked = sample(self.model, minute, 1.0, output=self.output)
                scatter = spread(self.model, line, asked)
                assert isinstance(scatter, Spread)
                read = _read(level, scatter, float(luck.standard_normal()))
                below = read <= (limit_ng_per_ml or 0)
                if below and limit_ng_per_ml is None:
                    read, below = level / 50, False  # no laboratory reports less than nothing
                told = None if below else read
                drawn.append(sample(self.model, minute, told, output=self.output, assay=assay))
            found.append(drawn)
        return found

    def fits(self, samples: list[list[Sample]]) -> list[Fit]:
        weights = self.people.weight_kg.tolist()
        return [
            fitted(fit(self.model, weight_kg, self.doses, own))
            for weight_kg, own in zip(weights, samples, strict=True)
        ]


def clinic(
    model: Model, doses: Doses, at_min: Floats, *, count: int, seed: int, output: str = ""
) -> Clinic:
    drawn = people(
        model,
        Crowd(seed=seed, count=count),
        WeightsBetween(at_least_kg=55, at_most_kg=90),
        occasion=0,
    )
    assert isinstance(drawn, People)
    name = output or model.outputs[0].name
    row = [found.name for found in model.outputs].index(name)
    given = doses.infusions, doses.boluses, at_min
    typical = plain_levels_ng_per_ml(individual(model, np.array(drawn.weight_kg)), *given)
    true = plain_levels_ng_per_ml(linear(model, drawn.values), *given)
    return Clinic(
        model=model,
        doses=doses,
        people=drawn,
        output=name,
        at_min=at_min,
        true_ng_per_ml=true[:, row],
        typical_ng_per_ml=np.broadcast_to(typical, true.shape)[:, row],
        seed=seed,
    )


def _read(level_ng_per_ml: float, scatter: Spread, z: float) -> float:
    if scatter.on_log:
        return float(level_ng_per_ml * np.exp(z * np.sqrt(scatter.relative)))
    variance = scatter.relative * level_ng_per_ml**2 + scatter.absolute_ng2_per_ml2
    return float(level_ng_per_ml + z * np.sqrt(variance))
