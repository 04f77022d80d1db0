"""A wrong entry is refused with the one sentence that names the file, the key and what is right."""

import shutil
from pathlib import Path

import pytest

from quietdrip.core.pkpd.model import Model
from quietdrip.core.reasons import Refusal
from quietdrip.library import packaged, read_models

ID = "domino_racemic"


def entry_text(entry_id: str) -> str:
    return (packaged.ROOT / "models" / f"{entry_id}.toml").read_text(encoding="utf-8")


TEXT = entry_text(ID)

# (what to find in the entry, what to put there, what the refusal says after the file's name)
FAULTS = [
    ('"0.4381 1/min"', '"0.4381"', "parameters.k10.typical: '0.4381' is not a number, a space and"),
    ('"0.4381 1/min"', '"0.4381 1/s"', "parameters.k10.typical: '0.4381 1/s' is not in L or"),
    ('"0.4381 1/min"', '"0,4381 1/min"', "parameters.k10.typical: '0,4381 1/min' is not a number"),
    ('"0.4381 1/min"', '"-0.4381 1/min"', "'-0.4381 1/min' cannot be; it must be above 0."),
    ('"0.4381 1/min"', '"0 1/min"', "'0 1/min' cannot be; it must be above 0."),
    ('"0.4381 1/min"', '"1.2 fraction"', "it must be above 0 and at most 1."),
    ('"0.4381 1/min"', "0.4381", "parameters.k10.typical: this is not a text."),
    ('"0.4381 1/min"', '"0.4381 L"', "flows[1].rate: k10 is in L; here it must be in 1/min"),
    ('"0.063 L/kg"', '"0.063 L/kg", weight = { reference = "70 kg", exponent = 1 }', "state one"),
    ('to = "out", rate', 'to = "p1", rate', "what is in central never leaves; some flow must"),
    ('from = "central", to = "p2"', 'from = "p2", to = "p1"', "flows: no dose ever reaches p2."),
    ('rate = "k10"', 'speed = "k10"', "flows[1].shape: a flow by speed is not known; state a"),
    ('rate = "k10"', 'rate = "k99"', "flows[1].rate: 'k99' is not among the parameters."),
    ('to = "out", rate', 'to = "urine", rate', "flows[1].to: 'urine' is not a state; write"),
    ('from = "p1", to = "central"', 'from = "p1", to = "p1"', "a flow from p1 to itself does"),
    ('rate = "k31"', 'rate = "k21"', "parameters: k31 is used nowhere."),
    ('states    = ["central"', 'states    = ["out"', "states: name each state once; none is"),
    ('source     = ["domino1982"', 'sources    = ["domino1982"', "source: an entry without a cit"),
    ('citation   = "Domino', 'cited      = "Domino', "citation: this is missing; write it as a te"),
    ('structure = "mamm', 'odd = 1\nstructure = "mamm', "odd: this key is not known here; check"),
    ('drug       = "racemic-ketamine"\nsite', 'drug = "ketamine"\nsite', "'ketamine' is none of"),
    ('drug       = "racemic-ketamine"\nlevel', 'drug = "s-ketamine"\nlevel', "a C50 of s-ketamine"),
    ('site       = "not stated"', 'site       = "capillary"', "'capillary' is none of arterial,"),
    ('driver     = "ketamine"', 'driver     = "plasma"', "'plasma' is not among the outputs."),
    ('rate       = "ke0"', 'half_life  = "ke0"', "ke0 is in 1/min; here it must be in min."),
    ("composite  = false", 'composite  = "no"', "composite: this is not true or false."),
    (', volume = "V1" }', " }", "outputs.ketamine.volume: this is missing; write it as a text."),
    ('status     = "draft"', 'status     = "fine"', "status: write one of draft, reviewed"),
    (f'"{ID}"', '"domino"', "id: 'domino' is not the name of the file."),
    ('kind       = "pk"', "kind       = pk", "this is not TOML: Invalid value"),
]  # fmt: skip


def refused(text: str, model_id: str = ID) -> str:
    found = read_models.model_in(model_id, text)
    assert isinstance(found, Refusal), found
    (reason,) = found.reasons
    assert reason.kind == "refused"
    return reason.says


@pytest.mark.parametrize(("find", "put", "says"), FAULTS, ids=[put for _, put, _ in FAULTS])
def test_a_wrong_entry_is_refused_with_one_sentence(find: str, put: str, says: str) -> None:
    assert TEXT.count(find) >= 1
    found = refused(TEXT.replace(find, put, 1))
    assert found.startswith(f"{ID}.toml: ")
    assert says in found
    assert "\n" not in found


def test_a_range_upside_down_is_refused() -> None:
    text = entry_text("wiebe_2020_midazolam")
    found = refused(text.replace('"19 y"', '"91 y"'), "wiebe_2020_midazolam")
    assert found == "wiebe_2020_midazolam.toml: valid.age.at_least: this is above at_most, 52 y."


def test_a_scatter_of_something_unknown_is_refused() -> None:
    text = entry_text("wiebe_2020_midazolam")
    found = refused(text.replace("V2 = { omega", "V9 = { omega"), "wiebe_2020_midazolam")
    assert found.endswith("variability.between_people.V9: 'V9' is not among the parameters.")


def test_an_unknown_id_is_answered_with_the_nearest_ones() -> None:
    found = read_models.model("kamp_2020_racemc")
    assert isinstance(found, Refusal)
    assert found.says.startswith("There is no model 'kamp_2020_racemc'; there is kamp_2020_racemic")


@pytest.mark.parametrize("model_id", ["../limits", "/etc/hostname", "", "kamp_2020_racemic.toml"])
def test_an_id_is_never_a_path(model_id: str) -> None:
    assert isinstance(read_models.model(model_id), Refusal)


def test_an_entry_that_only_states_facts_is_not_run() -> None:
    found = read_models.model("flint_2017_sketamine_picu")
    assert isinstance(found, Refusal)
    assert found.says.endswith("states facts; it has no flows to run.")


def test_an_entry_with_one_flipped_digit_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(packaged.ROOT / "models", tmp_path / "models")
    shutil.copy(packaged.ROOT / packaged.MANIFEST, tmp_path)
    changed = tmp_path / "models" / f"{ID}.toml"
    changed.write_text(entry_text(ID).replace("0.4381", "0.4391"), encoding="utf-8")
    monkeypatch.setattr(packaged, "ROOT", tmp_path)
    found = read_models.model(ID)
    assert isinstance(found, Refusal)
    assert "models/domino_racemic.toml has been changed since the library was sealed" in found.says


@pytest.mark.parametrize("entry_id", read_models.model_ids())
def test_every_entry_of_the_library_is_read(entry_id: str) -> None:
    facts = read_models.facts(entry_id)
    assert not isinstance(facts, Refusal), facts
    if facts["kind"] == "pk":
        assert isinstance(read_models.model(entry_id), Model)
