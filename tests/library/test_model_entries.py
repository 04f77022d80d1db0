"""The library's models hold what the reference set holds: nothing lost, nothing invented."""

import csv
import re
from collections.abc import Iterator
from math import log1p
from pathlib import Path
from typing import Any

import pytest

from quietdrip.core.pkpd.model import Drug, Model
from quietdrip.core.reasons import Refusal
from quietdrip.library import read_models

REFERENCE = Path(__file__).parents[2].with_name("shared") / "reference/pk"
pytestmark = pytest.mark.skipif(
    not REFERENCE.exists(), reason="the reference set lies beside the repository and is not here"
)
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
# An effect site and its C50 are published apart from the kinetics they are shown with.
JOINED = {
    "kamp_2020_racemic": ["olofsen_2022_perception_and_antinociception"],
    "simons_2022_sketamine_snk_shnk": ["olofsen_2022_perception_and_antinociception"],
    "domino_racemic": ["navarrete_2025_ani"],
    "albrecht_1999_midazolam_elderly": ["albrecht_1999_midazolam_young"],
    "abuhelwa_2022_bp_hr": ["abuhelwa_2022_racemic_trd"],
}
RUN_BY_FLOWS = {"flows", "outputs"}
SAID_BY_A_KEY = {"scaling", "scale", "type"}
SAID_OTHERWISE = {
    "simons_2022_sketamine_snk_shnk": "see README predicted peak against duration sampling",
    "perez_ruixo_2021_esketamine": "minus 2.19 L/h per year of age above 60",
    "albrecht_1999_midazolam_elderly": "as albrecht_1999_midazolam_young",
    "abuhelwa_2022_bp_hr": "see abuhelwa_2022_racemic_trd",
    "wiebe_2020_midazolam": "see README evaluation",
}
STATED_NULL = {"effect_site", "iiv", "residual_error", "doi", "values", "numbers"}


def _reference() -> dict[str, dict[str, Any]]:
    if not REFERENCE.exists():
        return {}
    import yaml

    loaded = yaml.safe_load((REFERENCE / "models.yaml").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in loaded["models"]}


ENTRIES = _reference()
RUNNABLE = [entry_id for entry_id, entry in ENTRIES.items() if entry.get("flows")]


def leaves(value: object) -> Iterator[str]:
    """Every text and number, however deep; keys without a value are text a comma cut off."""
    match value:
        case dict():
            for key, inner in value.items():
                if key in SAID_BY_A_KEY:
                    continue
                yield from leaves(key if inner is None and key not in STATED_NULL else inner)
        case list():
            for inner in value:
                yield from leaves(inner)
        case bool() | None:
            return
        case _:
            yield str(value)


def numbers(value: object) -> set[float]:
    """Every number, also inside texts, without its sign where a dash may join two numbers."""
    return {abs(float(found)) for leaf in leaves(value) for found in NUMBER.findall(leaf)}


def words(value: object) -> set[str]:
    """Every word of four letters or more."""
    return set(re.findall(r"[A-Za-z]{4,}", " ".join(leaves(value))))


def evaluation() -> list[dict[str, str]]:
    with (REFERENCE / "evaluation.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def facts(entry_id: str) -> dict[str, Any]:
    found = read_models.facts(entry_id)
    assert not isinstance(found, Refusal), found
    return found


def model(entry_id: str) -> Model:
    found = read_models.model(entry_id)
    assert not isinstance(found, Refusal), found
    return found


def without_flows(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in RUN_BY_FLOWS}


def test_every_entry_of_the_reference_is_in_the_library() -> None:
    assert set(read_models.model_ids()) == set(ENTRIES)
    assert len(RUNNABLE) == 14


@pytest.mark.parametrize("entry_id", ENTRIES)
def test_no_number_of_the_reference_is_lost(entry_id: str) -> None:
    lost = numbers(without_flows(ENTRIES[entry_id])) - numbers(facts(entry_id))
    assert lost == set()


@pytest.mark.parametrize("entry_id", ENTRIES)
def test_no_number_is_in_the_library_that_the_reference_does_not_state(entry_id: str) -> None:
    entry = {
        key: value for key, value in facts(entry_id).items() if key not in {"version", "flows"}
    }
    known = numbers([ENTRIES[entry_id], *(ENTRIES[other] for other in JOINED.get(entry_id, []))])
    known |= numbers([row for row in evaluation() if row["model_id"] == entry_id])
    known |= numbers((REFERENCE / "README.md").read_text(encoding="utf-8"))
    assert numbers(entry) - known == set()


@pytest.mark.parametrize("entry_id", ENTRIES)
def test_no_word_of_the_reference_is_lost(entry_id: str) -> None:
    """Notes, conflicts and traps keep their words."""
    lost = words(without_flows(ENTRIES[entry_id])) - words(facts(entry_id))
    assert lost - words(SAID_OTHERWISE.get(entry_id, "")) == set()


@pytest.mark.parametrize("entry_id", RUNNABLE)
def test_every_parameter_has_its_number_unit_and_weight_relation(entry_id: str) -> None:
    stated = ENTRIES[entry_id]["parameters"]
    found = {parameter.name: parameter for parameter in model(entry_id).parameters}
    assert found.keys() - stated.keys() <= {"t_half_ke0"}
    for name, given in stated.items():
        parameter = found[name]
        assert (parameter.typical, parameter.unit) == (given["value"], given["unit"])
        assert parameter.confidence == given.get("confidence", "")
        if given["scaling"] == "weight_power":
            assert parameter.weight is not None
            assert parameter.weight.reference_kg == given["ref_kg"]
            assert parameter.weight.exponent == given["exponent"]
        else:
            assert parameter.weight is None
            assert (given["scaling"] == "per_kg") == (parameter.unit == "L/kg")


@pytest.mark.parametrize("entry_id", RUNNABLE)
def test_what_a_page_says_about_a_model_is_what_the_reference_says(entry_id: str) -> None:
    given, found = ENTRIES[entry_id], model(entry_id)
    assert found.role == given.get("role", "")
    assert found.doi == (given.get("doi") or "")
    assert found.population in (given.get("population"), "not stated in the source seen")
    for key in ("caution", "trap"):
        assert given.get(key) is None or given[key] in found.warnings
    for conflict in given.get("conflicts", []):
        assert conflict in found.warnings


@pytest.mark.parametrize("entry_id", RUNNABLE)
def test_scatter_between_people_is_what_was_published_and_nothing_else(entry_id: str) -> None:
    given, found = ENTRIES[entry_id].get("iiv"), model(entry_id).variability
    if given is None:
        assert found is None
        return
    assert found is not None
    scale = given.get("scale")
    stated = {
        name: value if scale == "omega_variance" else log1p((value / 100) ** 2)
        for name, value in given.items()
        if isinstance(value, int | float) and not name.startswith("cov_")
    }
    assert {v.parameter: v.log_variance for v in found.between_people} == pytest.approx(stated)
    together = {f"cov_{'_'.join(c.parameters)}": c.log_covariance for c in found.together}
    assert together == {name: value for name, value in given.items() if name.startswith("cov_")}
    occasions = ENTRIES[entry_id].get("iov", {})
    assert {v.parameter: v.log_variance for v in found.between_occasions} == {
        name: value for name, value in occasions.items() if isinstance(value, int | float)
    }


def test_every_row_of_the_evaluation_is_beside_its_model() -> None:
    for row in evaluation():
        kept = [
            (kept["data"], kept["site"], kept["output"], kept["points"])
            for kept in facts(row["model_id"])["evaluation"]
            if (kept["mdpe_percent"], kept["mdape_percent"])
            == (float(row["MDPE_percent"]), float(row["MDAPE_percent"]))
        ]
        assert (row["data_set"], row["site"], row["output"], int(row["n_points"])) in kept


def test_what_the_reference_leaves_null_stays_unstated() -> None:
    assert model("domino_racemic").doi == ""
    assert model("clements_250_racemic").variability is None
    kamp = model("kamp_2020_racemic")
    assert kamp.variability is not None
    assert kamp.variability.between_people == ()
    assert kamp.residuals == ()
    assert (kamp.weight_from_kg, kamp.age_from_y) == (None, None)


def test_racemic_and_s_ketamine_keep_their_own_c50() -> None:
    """121 ng/mL of S-ketamine is 242.5 ng/mL of the racemate; one for the other is a trap."""
    (racemic,) = model("kamp_2020_racemic").c50s
    (pure,) = model("simons_2022_sketamine_snk_shnk").c50s
    assert (racemic.c50_ng_per_ml, pure.c50_ng_per_ml) == (242.5, 121.2)
    assert model("kamp_2020_racemic").drug is Drug.RACEMIC_KETAMINE
    assert model("simons_2022_sketamine_snk_shnk").drug is Drug.S_KETAMINE


def test_the_default_racemic_effect_site_is_called_composite() -> None:
    kamp, domino = model("kamp_2020_racemic"), model("domino_racemic")
    assert kamp.effect is not None
    assert kamp.effect.composite
    assert kamp.parameter("t_half_ke0").typical == 8.3
    assert domino.effect is not None
    assert not domino.effect.composite
