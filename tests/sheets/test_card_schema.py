"""The published shape of a card: every answer keeps to it, and it lets nothing else through."""

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from quietdrip.library import read
from quietdrip.sheets.answer import Answer, answer
from quietdrip.sheets.card_json import SCHEMA, as_json, schema_text
from tests.sheets import made

SHAPE = json.loads(schema_text())
VALIDATOR = Draft202012Validator(SHAPE)


def faults(value: Any) -> list[str]:
    return [f"{list(error.path)}: {error.message}" for error in VALIDATOR.iter_errors(value)]


def objects(shape: Any) -> Iterator[dict[str, Any]]:
    """Every object with named keys inside the schema."""
    if isinstance(shape, dict):
        if isinstance(shape.get("properties"), dict):
            yield shape
        for each in shape.values():
            yield from objects(each)
    if isinstance(shape, list):
        for each in shape:
            yield from objects(each)


def test_the_schema_is_a_schema_and_carries_the_name_of_the_output() -> None:
    Draft202012Validator.check_schema(SHAPE)

    assert SHAPE["$id"] == SCHEMA
    assert SHAPE["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_object_of_the_schema_is_strict_and_says_what_each_key_is() -> None:
    found = list(objects(SHAPE))

    assert len(found) > 10
    for each in found:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
        for name, shape in each["properties"].items():
            assert "title" in shape or "$ref" in shape, name


def test_every_startable_protocol_keeps_to_it(startable: dict[str, Answer]) -> None:
    for id, found in startable.items():
        value = as_json(found)

        assert faults(value) == [], id
        assert faults(json.loads(json.dumps(value))) == [], id
        assert value["steps"], id


@pytest.mark.parametrize("typed", ["70", "70 kg", "\x1b[2J", "", "700 kg"])
def test_every_refusal_keeps_to_it(typed: str) -> None:
    for id in (*read.protocol_ids(), "no-such-protocol"):
        value = as_json(answer(id, replace(made.ASKED, weight=typed)))

        assert faults(value) == [], id


@pytest.mark.parametrize("found", [made.mood(), made.climb(), made.five_days(), made.asked_back()])
def test_made_answers_keep_to_it(found: Answer) -> None:
    assert faults(as_json(found)) == []


def test_a_bolus_and_a_missing_site_keep_to_it(tmp_path: Path) -> None:
    with_bolus = as_json(made.answer(made.WITH_BOLUS))

    assert with_bolus["bolus"] == {"dose_mg": "7", "dose_mg_per_kg": "0.1", "volume_ml": "7"}
    assert faults(with_bolus) == []
    assert faults(as_json(answer("mood-single-05-40", made.ASKED, tmp_path / "none"))) == []


def test_a_strange_a_missing_or_a_float_value_breaks_it() -> None:
    good = as_json(made.mood())
    strange, missing, as_float, zeros = (deepcopy(good) for _ in range(4))
    strange["steps"][0]["surprise"] = 1
    del missing["draw_up"]["drug_ml"]
    as_float["total_mg"] = 35.0
    zeros["steps"][0]["rate_ml_per_h"] = "52.50"

    for bad in (strange, missing, as_float, zeros):
        assert faults(bad) != []


@pytest.mark.parametrize("text", ["0", "35", "52.5", "0.01", "1000"])
def test_a_decimal_is_written_as_people_read_it(text: str) -> None:
    assert not list(VALIDATOR.evolve(schema=SHAPE["$defs"]["decimal"]).iter_errors(text))


@pytest.mark.parametrize("text", ["5.0", ".5", "5.", "05", "-5", "1e3", "1,5", "", "5 mg", "٥"])
def test_any_other_decimal_breaks_it(text: str) -> None:
    assert list(VALIDATOR.evolve(schema=SHAPE["$defs"]["decimal"]).iter_errors(text))
