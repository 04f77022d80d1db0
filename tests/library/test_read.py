"""The reader gives core values exactly as the TOML states them, and refuses everything doubtful."""

from decimal import Decimal
from pathlib import Path

import pytest

from quietdrip.core.limits import UNIT_OF, Bounds
from quietdrip.core.protocol import Constant, Days, Protocol, Stated, Steps, Total
from quietdrip.core.reasons import Refusal
from quietdrip.library import packaged, read
from quietdrip.library.read_limits import MEASURES
from tests.library.copied import Copy, copy_of_library

MOOD = "protocols/mood-single-05-40.toml"
CRPS = "protocols/crps-outpatient-4h-x10.toml"
STEPS = "protocols/crps-inpatient-5day-20-40.toml"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    return copy_of_library(tmp_path, monkeypatch)


def protocol(protocol_id: str) -> Protocol:
    found = read.protocol(protocol_id)
    assert isinstance(found, Protocol), found
    return found


def bound(stated: Stated) -> tuple[str, str]:
    return (
        stated.at_least.text if stated.at_least else "",
        stated.at_most.text if stated.at_most else "",
    )


def test_the_mood_infusion_is_half_a_milligram_for_each_kilogram_over_forty_minutes() -> None:
    found = protocol("mood-single-05-40")

    assert isinstance(found.infusion, Total)
    assert bound(found.infusion.dose) == ("0.5 mg/kg", "0.5 mg/kg")
    assert bound(found.infusion.over) == ("40 min", "40 min")
    assert found.activation == "needs-sign-off"
    assert found.recovery.minimum_min == 60
    assert found.monitoring is not None
    assert found.monitoring.id == "mood-40-60"
    assert found.drug == "racemic-ketamine"


def test_the_crps_course_has_a_highest_rate_for_body_weight_and_a_cap() -> None:
    found = protocol("crps-outpatient-4h-x10")

    assert isinstance(found.infusion, Constant)
    assert bound(found.infusion.rate) == ("", "0.35 mg/kg/h")
    assert found.infusion.cap is not None
    assert found.infusion.cap.text == "25 mg/h"
    assert [drug.dose for drug in found.premedication] == ["", ""]


def test_seed_three_may_climb_within_its_bounds_and_borrows_no_profile() -> None:
    found = protocol("seed-003-4h-syringe-pump")

    assert isinstance(found.infusion, Constant)
    assert found.infusion.or_steps
    assert bound(found.infusion.rate) == ("10 mg/h", "50 mg/h")
    assert found.monitoring is None
    assert found.programmes == ("pain", "mood")


def test_a_climb_keeps_the_condition_the_source_gives() -> None:
    found = protocol("headache-inpatient-titrated")

    assert isinstance(found.infusion, Steps)
    assert found.infusion.advance == "until pain relief"
    assert not found.outpatient


def test_a_course_of_days_has_one_rate_for_each_day() -> None:
    found = protocol("neuropathic-outpatient-day-steps")

    assert isinstance(found.infusion, Days)
    rates = [bound(day.rate)[0] for day in found.infusion.blocks]
    assert rates == ["0.2 mg/kg/h", "0.4 mg/kg/h", "0.6 mg/kg/h"]


def test_the_longer_end_of_a_recovery_range_counts() -> None:
    assert protocol("askp-general-mood").recovery.minimum_min == 30


def test_the_profile_of_goldberg_is_the_study_s_own() -> None:
    found = protocol("crps-outpatient-10day-goldberg2005").monitoring

    assert found is not None
    assert found.observations[0].what == ("blood pressure",)
    assert found.observations[0].every_min == 15


def test_reference_entries_have_no_infusion_to_start() -> None:
    references = [
        found
        for each in read.protocol_ids()
        if (found := protocol(each)).activation == "reference-only"
    ]

    assert len(references) == 10
    assert all(found.infusion is None for found in references)


def test_the_shelf_begins_with_the_label_strength_and_the_finest_pump() -> None:
    shelf = read.shelf()
    assert not isinstance(shelf, Refusal)

    assert shelf.strengths[0].mg_per_ml == 1
    assert shelf.pumps[0].id == "generic-0.01"
    assert shelf.draw_step_ml == Decimal("0.1")
    assert [vial.may_dilute for vial in shelf.vials] == [False, True, True]
    assert shelf.vials[2].strongest_iv_mg_per_ml == 50


def test_a_banded_pump_sets_finer_steps_at_slow_rates() -> None:
    shelf = read.shelf()
    assert not isinstance(shelf, Refusal)
    banded = next(pump for pump in shelf.pumps if pump.id == "generic-banded")

    steps = [banded.step_at(Decimal(rate)) for rate in ("9.99", "10", "99.9", "100")]
    assert steps == [Decimal("0.01"), Decimal("0.1"), Decimal("0.1"), Decimal(1)]


def test_the_anaesthetic_rate_is_written_by_the_hour() -> None:
    bounds = read.bounds()
    assert isinstance(bounds, Bounds)
    rate = next(limit for limit in bounds.limits if limit.id == "anaesthetic-rate")

    assert rate.limit == Decimal("0.5") * 60
    assert rate.hard


def test_every_measure_of_the_core_can_be_written() -> None:
    assert {measure for measure, _ in MEASURES.values()} == set(UNIT_OF)


def test_an_unknown_protocol_is_refused_with_the_nearest_names() -> None:
    found = read.protocol("mood-singel-05-40")
    assert isinstance(found, Refusal)

    assert "mood-single-05-40" in found.says
    assert found.says.count(".") == 1


@pytest.mark.parametrize("asked", ["", "../limits", "protocols/mood-single-05-40", "x" * 5000])
def test_a_strange_id_is_only_an_unknown_one(asked: str) -> None:
    found = read.protocol(asked)

    assert isinstance(found, Refusal)
    assert found.reasons[0].id == "protocol-unknown"


SPOILT = [
    (MOOD, "citation    =", "citatoin    =", "lacks citation"),
    (
        MOOD,
        'status      = "draft"',
        'status      = "draft"\ncolour = "red"',
        "colour, which is no key",
    ),
    (MOOD, '"0.5 mg/kg"', '"0.5"', "has no unit"),
    (MOOD, '"0.5 mg/kg"', '"0,5 mg/kg"', "comma"),
    (MOOD, '"0.5 mg/kg"', '"0.5 mg/h"', "is a drug rate"),
    (MOOD, '{ is = "0.5 mg/kg" }', "0.5", "write a table"),
    (MOOD, '{ is = "0.5 mg/kg" }', "{ is = 0.5 }", "as text with its unit"),
    (MOOD, '{ is = "0.5 mg/kg" }', "{}", "states nothing"),
    (
        MOOD,
        '{ is = "0.5 mg/kg" }',
        '{ is = "0.5 mg/kg", at_most = "1 mg/kg" }',
        "at_most, which is no key",
    ),
    (MOOD, '{ is = "0.5 mg/kg" }', '{ at_least = "1 mg/kg", at_most = "0.5 mg/kg" }', "no range"),
    (MOOD, '{ is = "0.5 mg/kg" }', '{ at_least = "1 mg", at_most = "5 mg/kg" }', "no range"),
    (MOOD, 'shape = "total"', 'shape = "totol"', "'totol' is not known"),
    (MOOD, 'shape = "total"', 'shape = "total"\nrate = { is = "1 mg/h" }', "rate, which is no key"),
    (MOOD, '\ndose  = { is = "0.5 mg/kg" }', "", "needs-sign-off leaves dose blank"),
    (MOOD, '"needs-sign-off"', '"needs-completion"', "leaves it open"),
    (MOOD, '"needs-sign-off"', '"ready"', "'ready' is not known"),
    (MOOD, 'confidence  = "verified"', 'confidence  = "sure"', "'sure' is not known"),
    (MOOD, 'source      = ["apa2017"', 'source      = [] # ["apa2017"', "empty"),
    (MOOD, 'programmes  = ["mood"]', 'programmes  = ["sleep"]', "pain, mood"),
    (MOOD, "version     = 1", 'version     = "1"', "whole number"),
    (
        MOOD,
        'id          = "mood-single-05-40"',
        'id          = "mood-single"',
        "not the name of the file",
    ),
    (MOOD, "outpatient  = true", 'outpatient  = "yes"', "true or false"),
    (MOOD, 'minimum    = { is = "60 min" }', 'minimum    = { is = "0.333 min" }', "whole minutes"),
    (MOOD, "single = true", "single = 1", "as text with its unit"),
    (MOOD, 'monitoring = "mood-40-60"', 'monitoring = "mood-4060"', "not in the packaged library"),
    (MOOD, 'need    = "none"', 'need    = "often"', "'often' is not known"),
    (MOOD, 'drug        = "racemic-ketamine"', 'drug        = "ketamin"', "'ketamin' is not known"),
    (MOOD, 'status      = "draft"', 'status      = "retired"', "retired entry is reference-only"),
    (MOOD, 'recovery = "single-source"', 'recovery = "maybe"', "begin with one of"),
    (MOOD, "[dose]", "[dose", "it is not TOML"),
    (CRPS, 'cap   = "25 mg/h"', 'cap   = "25 mg/kg/h"', "takes"),
    (STEPS, "[dose]", "[does]", "does, which is no key"),
]


@pytest.mark.parametrize(("path", "old", "new", "says"), SPOILT)
def test_a_spoilt_protocol_is_refused_with_file_and_key(
    library: Copy, path: str, old: str, new: str, says: str
) -> None:
    library.edit(path, old, new)
    found = read.protocol(path.removeprefix("protocols/").removesuffix(".toml"))
    assert isinstance(found, Refusal)

    assert says in found.says
    assert found.says.startswith((path, "borrowed"))


SHELF_SPOILT = [
    ("shelf.toml", '"generic-1"', '"generic-2"', "not in the packaged library"),
    ("shelf.toml", '"generic-1"', '"generic-0.1"', "one thing twice"),
    ("shelf.toml", 'draw_step  = "0.1 mL"', 'draw_step  = "0.1 mg"', "is a mass"),
    (
        "vials/ketamine-50.toml",
        'content       = "500 mg"',
        'content       = "50 mg"',
        "500 mg, not 50 mg",
    ),
    (
        "vials/ketamine-50.toml",
        'strongest_iv  = "50 mg/mL"',
        'strongest_iv  = "51 mg/mL"',
        "stronger than",
    ),
    ("vials/ketamine-50.toml", "may_dilute    = true\n", "", "lacks may_dilute"),
    ("pumps/generic-banded.toml", 'below = "100 mL/h"', 'below = "5 mL/h"', "from slow to fast"),
    ("pumps/generic-banded.toml", 'below = "100 mL/h"\n', "", "every band but the last"),
    ("pumps/generic-1.toml", 'slowest     = "1 mL/h"', 'slowest     = "1000 mL/h"', "not slower"),
    ("pumps/generic-1.toml", 'step = "1 mL/h"', 'step = "0 mL/h"', "above zero"),
    ("syringes/5-ml.toml", '"5 mL"', '"0 mL"', "above zero"),
    ("strengths/1-mg-per-ml.toml", '"1 mg/mL"', '"1 mg"', "takes mg/mL"),
    ("diluents/dextrose-5.toml", "title", "name", "lacks title"),
]


@pytest.mark.parametrize(("path", "old", "new", "says"), SHELF_SPOILT)
def test_spoilt_equipment_leaves_no_shelf(
    library: Copy, path: str, old: str, new: str, says: str
) -> None:
    library.edit(path, old, new)
    found = read.shelf()
    assert isinstance(found, Refusal)

    assert says in found.says
    assert path in found.says


LIMITS_SPOILT = [
    ('limit      = "1 mg/kg"', 'limit      = "1 mg"', "takes"),
    ('limit      = "1 mg/kg"', 'limit      = "0 mg/kg"', "above zero"),
    ('kind       = "hard"', 'kind       = "firm"', "'firm' is not known"),
    ('bites      = "reaching"', 'bites      = "near"', "'near' is not known"),
    ('id         = "anaesthetic-rate"', 'id         = "anaesthetic-bolus"', "one id stands twice"),
    ('at_most    = "1 mg/kg"', 'at_most    = "0.1 mg/kg"', "no range from low to high"),
    ('field      = "dose"', 'field      = "dosage"', "'dosage' is not known"),
    ('at_most = "200 kg"', 'at_most = "20 kg"', "not below at_most"),
    ('refused = "2.5 %"', 'refused = "0.5 %"', "above what is refused"),
    ('refused = "2.5 %"', 'refused = "2.5"', "number of percent"),
    ('{ is = "2", source', '{ is = "1", source', "above one"),
    ('{ is = "10 %", says', '{ is = "10 %", say', "no key"),
    ("[tolerances]", "[tolerance]", "lacks tolerances"),
]


@pytest.mark.parametrize(("old", "new", "says"), LIMITS_SPOILT)
def test_spoilt_limits_leave_no_bounds(library: Copy, old: str, new: str, says: str) -> None:
    library.edit("limits.toml", old, new)
    found = read.bounds()
    assert isinstance(found, Refusal)

    assert says in found.says
    assert found.says.startswith("limits.toml")


def test_every_packaged_protocol_carries_its_text_and_fingerprint() -> None:
    for each in read.protocol_ids():
        found = protocol(each)
        assert packaged.fingerprint(found.text.encode()) == found.sha256


def test_one_protocol_reads_its_own_file_and_the_profile_it_borrows_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    text_of = packaged.text_of

    def noted(path: str) -> tuple[str, str] | Refusal:
        asked.append(path)
        return text_of(path)

    monkeypatch.setattr(packaged, "text_of", noted)
    read.protocol("mood-single-05-40")

    assert asked == [MOOD, "monitoring/mood-40-60.toml"]
