"""The library holds what the reference set holds: nothing lost or invented, null stays null."""

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from quietdrip.core.limits import Bounds
from quietdrip.core.protocol import Protocol, needed
from quietdrip.core.reasons import Refusal
from quietdrip.library import browse, packaged, read, references

CLINICAL = Path(__file__).parents[2].with_name("shared") / "reference" / "clinical"
pytestmark = pytest.mark.skipif(
    not CLINICAL.exists(), reason="the reference set lies beside the repository and is not here"
)
NUMBER = re.compile(r"(?<![A-Za-z.\d])\d+(?:\.\d+)?")
WORD = re.compile(r"[a-z]{4,}")
VARIANT = "seed-000-hourly-escalation--several-days"
# Numbers the reference set states beside a record or in the name of one of its keys.
ALSO = {
    "crps-outpatient-4h-x10": "the cap binds above 71.4 kg",
    "crps-inpatient-100h-esketamine": "rate per 70 kg",
}
# Words of a record that name another of its parts, or are said by a key or a flag of the entry.
NAMED_OTHERWISE = {
    "infusion", "start", "throughout", "escalation", "kind", "step", "range", "total", "titrate",
    "escalate", "maximum", "phase", "hold", "taper", "session", "single", "average", "usual",
    "starting", "dose", "each", "titration", "basis", "body", "weight", "direction", "days",
    "screening", "yaml", "standard", "none", "stated", "protocol", "several", "continuous",
}  # fmt: skip


UNITS_THERE = {
    "bolus_mg_per_kg": "mg_per_kg",
    "rate_mg_per_kg_h": "mg_per_kg_",
    "dose_mg_per_kg": "mg_per_kg",
    "day_mg": "mg",
}


def reference(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((CLINICAL / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def records() -> dict[str, dict[str, Any]]:
    if not CLINICAL.exists():
        return {}
    return {record["id"]: record for record in reference("protocols")["protocols"]}


RECORDS = records()


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif value is not None:
        yield value


def numbers(value: Any) -> set[Decimal]:
    """Every number in a record, bare or inside a text."""
    found = set()
    for leaf in leaves(value):
        if not isinstance(leaf, bool):
            found |= {Decimal(text).normalize() for text in NUMBER.findall(str(leaf))}
    return found


def words(value: Any) -> set[str]:
    texts = (leaf for leaf in leaves(value) if isinstance(leaf, str))
    return {word for text in texts for word in WORD.findall(text.lower())}


def entry(path: str) -> dict[str, Any]:
    values = tomllib.loads((packaged.ROOT / path).read_text(encoding="utf-8"))
    del values["version"]
    return values


def protocol(protocol_id: str) -> Protocol:
    found = read.protocol(protocol_id)
    assert isinstance(found, Protocol), found
    return found


def with_base(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [record, RECORDS[record["base"]]] if "base" in record else [record]


def test_every_protocol_of_the_reference_set_is_here_and_no_other() -> None:
    assert set(read.protocol_ids()) == {*RECORDS, VARIANT}


@pytest.mark.parametrize("record_id", RECORDS)
def test_no_number_of_a_protocol_is_lost(record_id: str) -> None:
    values = entry(f"protocols/{record_id}.toml")
    here = numbers(values)
    if record_id in VARIANT:
        here |= numbers(entry(f"protocols/{VARIANT}.toml"))
    days = values.get("dose", {}).get("day", [])  # a day's number is its place
    here |= {Decimal(number) for number in range(1, len(days) + 1)}

    assert numbers(RECORDS[record_id]) - here == set()


@pytest.mark.parametrize("record_id", [*RECORDS, VARIANT])
def test_no_number_of_a_protocol_is_invented(record_id: str) -> None:
    record = RECORDS[record_id.split("--")[0]]
    known = numbers(with_base(record)) | numbers(ALSO.get(record_id, ""))

    assert numbers(entry(f"protocols/{record_id}.toml")) - known == set()


@pytest.mark.parametrize("record_id", RECORDS)
def test_no_statement_of_a_protocol_is_lost(record_id: str) -> None:
    here = words(entry(f"protocols/{record_id}.toml"))
    if record_id in VARIANT:
        here |= words(entry(f"protocols/{VARIANT}.toml"))

    assert words(RECORDS[record_id]) - here - NAMED_OTHERWISE == set()


@pytest.mark.parametrize("record_id", RECORDS)
def test_head_and_silences_are_the_record_s_own_words(record_id: str) -> None:
    record, found = RECORDS[record_id], protocol(record_id)

    assert found.title == record["title"]
    assert found.citation == record["citation"]
    assert found.activation == record["activation"]
    assert list(found.source) == record["seen_in"]
    assert list(found.indications) == record["indications"]
    assert list(found.not_stated) == record.get("not_stated", [])


@pytest.mark.parametrize("record_id", RECORDS)
def test_null_stays_null(record_id: str) -> None:
    record, found = RECORDS[record_id], protocol(record_id)
    values = entry(f"protocols/{record_id}.toml")
    inherited = RECORDS.get(record.get("base", ""), {})
    silent = [key for key, value in record.items() if value is None and inherited.get(key) is None]
    if "premedication" in silent or (
        "premedication" not in record and "premedication" not in inherited
    ):
        assert not found.premedication_stated
        assert not found.premedication
    if "recovery_minimum" in silent or (
        "recovery_minimum" not in record and "recovery_minimum" not in inherited
    ):
        assert found.recovery.minimum_min is None
    for key in ("max_dose", "hold_stop", "aftercare", "series", "cost"):
        if key in silent:
            assert key not in values
    if "monitoring" in silent:
        assert found.monitoring is None
        assert "monitoring" not in values
    assert all(
        "dose" not in row for row in values.get("premedication", []) if row["need"] != "named"
    )


@pytest.mark.parametrize(
    ("protocol_id", "open_fields"),
    [
        ("seed-000-hourly-escalation", ("start-rate", "increment", "max-rate")),
        (VARIANT, ("rate", "over")),
        ("seed-001-60min-sedated", ("dose",)),
        ("seed-002-40-60min", ("dose", "over")),
        ("seed-003-4h-syringe-pump", ("rate",)),
        ("seed-004-40min-series", ("dose",)),
        ("crps-outpatient-4h-x10", ("rate",)),
        ("crps-inpatient-5day-20-40", ("every",)),
        ("headache-inpatient-titrated", ("every", "over")),
        ("trd-six-plus-weekly-maintenance", ("dose", "over")),
        ("si-single-adjunct", ("dose", "over")),
        ("mood-single-05-40", ()),
        ("trd-twice-weekly-3-weeks", ()),
    ],
)
def test_a_prescriber_gives_exactly_what_the_source_leaves_open(
    protocol_id: str, open_fields: tuple[str, ...]
) -> None:
    assert needed(protocol(protocol_id)) == open_fields


def test_every_global_limit_is_here_with_its_value_and_its_comparison() -> None:
    bounds = read.bounds()
    assert isinstance(bounds, Bounds)
    ours = {limit.id: limit for limit in bounds.limits}
    theirs = {row["id"]: row for row in reference("protocols")["global_limits"]}
    assert set(ours) == set(theirs)
    for limit_id, row in theirs.items():
        limit = ours[limit_id]
        ((unit, value),) = row["value"].items()
        per_h = 60 if unit == "mg_per_kg_min" else 1  # stated by the minute, held by the hour
        assert Fraction(limit.limit) == Fraction(str(value)) * per_h
        assert UNITS_THERE[limit.measure] in unit
        assert limit.hard == (row["kind"] == "hard")
        assert limit.reaching == (">=" in row["compare"])
        assert list(limit.source) == row["source"]
        assert limit.confidence == row["confidence"]


def test_the_vials_are_the_reference_s_vials() -> None:
    rows = reference("protocols")["drug_products"]["vials"]
    shelf = read.shelf()
    assert not isinstance(shelf, Refusal)
    assert [
        (int(v.strength_mg_per_ml), int(v.volume_ml), int(v.content_mg), list(v.source))
        for v in shelf.vials
    ] == [(r["strength_mg_per_ml"], r["volume_ml"], r["content_mg"], r["source"]) for r in rows]


def test_reported_clinic_strengths_are_not_on_the_signed_list() -> None:
    shelf = read.shelf()
    assert not isinstance(shelf, Refusal)
    assert [strength.mg_per_ml for strength in shelf.strengths] == [1, 2, 5, 10]


def section(*names: str) -> list[Any]:
    whole = reference("monitoring")
    return [whole[name] for name in names]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["monitoring/alarm-limits.toml"], ["alarm_limits"]),
        (["monitoring/escalation.toml"], ["escalation"]),
        (["monitoring/hypertension.toml"], ["hypertension_approach"]),
        (["monitoring/scoring.toml"], ["scoring_intervals"]),
        (["monitoring/side-effects.toml"], ["side_effects"]),
        (["monitoring/premedication-and-rescue.toml"], ["premedication_and_rescue_reference"]),
        (["monitoring/expected-course.toml"], ["expected_course"]),
        (["monitoring/equipment-and-staff.toml"], ["equipment_and_staff"]),
        (["recovery/minimums.toml"], ["recovery"]),
        (
            ["recovery/day-case-escort.toml", "recovery/inpatient-step-down.toml"],
            ["discharge_profiles"],
        ),
    ],
)
def test_monitoring_and_recovery_hold_every_number_and_no_other(
    paths: list[str], names: list[str]
) -> None:
    assert numbers([entry(path) for path in paths]) == numbers(section(*names))


def test_monitoring_profiles_hold_every_rhythm() -> None:
    """Minutes and hours of each profile; the sedated one inherits the mood profile written out."""
    whole = {row["id"]: row for row in reference("monitoring")["profiles"]}
    assert len(whole) == 5
    for profile_id, row in whole.items():
        inherited = whole.get(row.get("inherits", ""), {})
        there = numbers([row, inherited])
        here = numbers(entry(f"monitoring/{profile_id}.toml"))
        assert numbers(row) - here == set(), profile_id
        assert here - there == set(), profile_id


def test_aftercare_and_evidence_hold_every_number_and_no_other() -> None:
    whole = reference("protocols")
    strict = whole["shared_defaults"]["aftercare_profile_strict"]
    assert numbers(entry("aftercare/aftercare-24h.toml")) == numbers(strict)
    assert numbers(entry("evidence.toml")) == numbers(whole["evidence_by_condition"])


def test_every_source_key_stands_for_the_same_source_as_in_the_reference_set() -> None:
    known = references.references()
    assert not isinstance(known, Refusal)
    for name in ("protocols", "monitoring"):
        for key, row in reference(name)["sources"].items():
            assert known[key].title == row["title"]
            assert known[key].portion == row["portion"]
            assert known[key].kind == row["kind"]
            assert known[key].url == row.get("url", "")


def test_every_source_of_every_entry_resolves() -> None:
    known = references.references()
    assert not isinstance(known, Refusal)
    for path in browse.all_ids().values():
        unresolved = set(browse.sources(entry(path))) - set(known)
        assert unresolved == set(), path
