"""Every value of the reference set, made by other people's code, from the library's own entries."""

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from quietdrip.core.pkpd.individual import Floats, Linear, individual
from quietdrip.core.pkpd.model import Drug, Model
from quietdrip.core.pkpd.solve import (
    Bolus,
    Infusion,
    levels_ng_per_ml,
    plain_levels_ng_per_ml,
)
from quietdrip.core.reasons import Refusal
from quietdrip.library import read_models

VECTORS = Path(__file__).parents[3].with_name("shared") / "reference/pk/testvectors.csv"
DRUGS = {
    "racemic ketamine": Drug.RACEMIC_KETAMINE,
    "S-ketamine": Drug.S_KETAMINE,
    "esketamine": Drug.S_KETAMINE,
    "midazolam": Drug.MIDAZOLAM,
}
needs_reference = pytest.mark.skipif(
    not VECTORS.exists(), reason="the reference set lies beside the repository and is not here"
)
Rows = list[dict[str, str]]


def _cases() -> dict[tuple[str, str, str], Rows]:
    found: dict[tuple[str, str, str], Rows] = defaultdict(list)
    if VECTORS.exists():
        with VECTORS.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found[row["model_id"], row["weight_kg"], row["regimen_id"]].append(row)
    return found


CASES = _cases()


def doses(regimen: str, drug: Drug, weight_kg: float) -> tuple[list[Infusion], list[Bolus]]:
    """The regimens as the reference set describes them in words."""
    hourly = {"esc4h": (10, 20, 35, 50), "esc5x60": (10, 20, 30, 40, 50)}
    once = {
        "inf40": (0.5 * weight_kg / 40, 40),
        "inf60": (weight_kg / 60, 60),
        "crps100": (22 / 60, 100 * 60),
        "mdz_i30": (0.05 * weight_kg / 30, 30),
        "mdz_inf": (1 / 60, 8 * 60),
    }
    pushed = {"bolus2": 2 * weight_kg, "mdz_b2": 2.0}
    if regimen in pushed:
        return [], [Bolus(drug=drug, at_min=0, dose_mg=pushed[regimen])]
    spans = (
        [
            (60 * hour, 60 * hour + 60, mg_per_h / 60)
            for hour, mg_per_h in enumerate(hourly[regimen])
        ]
        if regimen in hourly
        else [(0, once[regimen][1], once[regimen][0])]
    )
    return [
        Infusion(drug=drug, start_min=start, stop_min=stop, rate_mg_per_min=rate)
        for start, stop, rate in spans
    ], []


def library_model(model_id: str) -> Model:
    found = read_models.model(model_id)
    assert not isinstance(found, Refusal), found
    return found


@needs_reference
@pytest.mark.parametrize("solve", [levels_ng_per_ml, plain_levels_ng_per_ml])
@pytest.mark.parametrize("case", CASES)
def test_every_reference_level_is_met_within_a_millionth(
    case: tuple[str, str, str],
    solve: Callable[[Linear, list[Infusion], list[Bolus], Floats], Floats],
) -> None:
    model_id, weight, regimen = case
    model, rows = library_model(model_id), CASES[case]
    assert {DRUGS[row["dosed_drug"]] for row in rows} == {model.drug}
    person = individual(model, float(weight))
    at_min = np.unique([float(row["time_min"]) for row in rows])
    levels = solve(person, *doses(regimen, model.drug, float(weight)), at_min)
    for row in rows:
        time = np.searchsorted(at_min, float(row["time_min"]))
        found = levels[person.outputs.index(row["output"]), time]
        assert found == pytest.approx(float(row["conc_ng_per_ml"]), rel=1e-6, abs=1e-12), row


@needs_reference
def test_all_1513_reference_levels_are_looked_at() -> None:
    assert sum(len(rows) for rows in CASES.values()) == 1513
    assert len({model_id for model_id, _, _ in CASES}) == 14


@needs_reference
@pytest.mark.parametrize("model_id", sorted({model_id for model_id, _, _ in CASES}))
def test_an_effect_site_is_as_quick_as_the_reference_says(model_id: str) -> None:
    rows = [row for case, rows in CASES.items() if case[0] == model_id for row in rows]
    stated = {float(row["ke0_per_min"]) for row in rows if row["ke0_per_min"]}
    person = individual(library_model(model_id), 70)
    found = [-person.flows_per_min[-1, -1]] if person.states[-1] == "effect" else []
    assert found == pytest.approx(sorted(stated), rel=1e-4)
