"""The judge finds nothing wrong with the library as it is, and every fault that is planted."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from quietdrip.core import program
from quietdrip.core.dosing import plan
from quietdrip.core.prescription import Asked, prescribe
from quietdrip.core.protocol import Protocol
from quietdrip.core.reasons import Refusal
from quietdrip.library import browse, judge, judge_cards, read
from quietdrip.library.judge_sums import amount, expected, fillings
from tests.library.copied import Copy, copy_of_library, sign_all, write_site

MOOD = "protocols/mood-single-05-40.toml"
CRPS = "protocols/crps-outpatient-4h-x10.toml"
SEED = "protocols/seed-003-4h-syringe-pump.toml"
SINGLE = "protocols/seed-000-hourly-escalation.toml"
LIMITS = "limits.toml"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    return copy_of_library(tmp_path, monkeypatch)


def test_nothing_is_wrong_with_the_library() -> None:
    report = judge.judge()

    assert report.wrong == ()
    assert report.entries == len(browse.all_ids())
    assert report.cards > 150
    assert report.text.endswith("Wrong: nothing")
    assert max(map(len, report.text.splitlines())) <= 100


def test_weak_evidence_and_conflicts_are_doubtful() -> None:
    doubts = "\n".join(judge.judge().doubtful)

    assert "trd-six-in-12-days.toml: a card from it stands on memory only" in doubts
    assert "5-mg-per-ml.toml: it stands on one source only" in doubts
    assert "pumps/generic-0.01.toml: it stands on memory only" in doubts
    assert "ketamine and midazolam are physically incompatible" in doubts
    assert "does not know where" not in doubts


PLANTED = [
    (SEED, "over     =", 'rates    = "1 mg/h"\nover     =', "rates, which is no key"),
    (MOOD, '"apa2017"', '"apa2018"', "source apa2018 is not in the reference list"),
    (MOOD, '"0.5 mg/kg"', '"1.5 mg/kg"', "above the highest dose it names, 1 mg/kg"),
    (
        CRPS,
        'cap   = "25 mg/h"\nsaid',
        'cap   = "26 mg/h"\nsaid',
        "above the highest dose it names, 25 mg/h",
    ),
    (
        SEED,
        'rate     = { at_least = "10 mg/h", at_most',
        'rate     = { at_least = "60 mg/h", at_most',
        "no range",
    ),
    (
        SEED,
        'rate     = { at_least = "10 mg/h", at_most = "50 mg/h" }',
        'rate     = { is = "25 mg/h" }',
        "leaves it open",
    ),
    (
        SEED,
        "or_steps = true",
        'or_steps = true\n\n[[monitoring.observe]]\nwhat = ["blood pressure"]',
        "monitoring",
    ),
    (
        SEED,
        "[series]",
        '[recovery]\nminimum = { is = "30 min" }\nsource = ["site"]\nconfidence = "seed"\n\n'
        "[series]",
        "silent on recovery minutes, yet recovery.minimum has a value",
    ),
    (
        SEED,
        'need    = "optional"',
        'need    = "optional"\ndose    = "2 mg"',
        "silent on midazolam dose, yet premedication.dose has a value",
    ),
    (
        SINGLE,
        "every = ",
        'increment = { is = "5 mg/h" }\nevery = ',
        "silent on hourly increment, yet dose.increment",
    ),
    (
        SINGLE,
        "[series]",
        '[borrowed]\nhold_stop = "standard"\n\n[series]',
        "silent on hold and stop criteria",
    ),
    (CRPS, 'aftercare  = "aftercare-24h"', 'aftercare  = "aftercare-48h"', "borrows aftercare-48h"),
    (
        MOOD,
        'reviewed    = { by = "", on = "" }',
        'reviewed    = { by = "A", on = "2026-11-21" }',
        "do not agree",
    ),
    (MOOD, "title       =", 'base        = "mood-none"\ntitle       =', "refers to mood-none"),
    (LIMITS, 'limit      = "0.35 mg/kg"', 'limit      = "1.5 mg/kg"', "not below the hard limit"),
    (
        LIMITS,
        'at_most    = "1 mg/kg/h"',
        'at_most    = "9 mg/kg/h"',
        "reaches the hard 4.8 mg/kg/h",
    ),
    (LIMITS, 'at_most    = "1 mg/kg/h"', 'at_most    = "0.15 mg/kg/h"', "far-from-expected"),
    (LIMITS, 'confidence = "verified"', 'confidence = "certain"', "'certain' is not known"),
    ("strengths/2-mg-per-ml.toml", '"2 mg/mL"', '"5 mg/mL"', "cannot be told apart"),
    ("shelf.toml", '"generic-1"', '"pump-1"', "not in the packaged library"),
    ("recovery/minimums.toml", 'minimum    = "30 min"', "minimum    = 30", "as text with its unit"),
    ("monitoring/mood-40-60.toml", 'every      = "10 min"', 'every      = "10"', "has no unit"),
    ("models/kamp_2020_racemic.toml", '"84 L/h"', '"-84 L/h"', "kamp_2020_racemic"),
    ("prediction.toml", '"domino_racemic"]', '"domino"]', "domino"),
    (
        "prediction.toml",
        '"domino_racemic"]',
        '"otto_2021_sketamine_snk"]',
        "otto_2021_sketamine_snk is a model of s-ketamine",
    ),
    ("references.bib", "@misc{hid,", "@misc{cheo,", "cheo stands twice"),
]


@pytest.mark.parametrize(("path", "old", "new", "says"), PLANTED)
def test_a_planted_fault_is_found(library: Copy, path: str, old: str, new: str, says: str) -> None:
    library.edit(path, old, new)
    report = judge.judge()

    assert any(says in fault for fault in report.wrong), report.wrong


def test_a_file_nobody_sealed_is_found(library: Copy) -> None:
    (library.root / "protocols/mine.toml").write_text('id = "mine"\n')
    (library.root / MOOD).write_bytes((library.root / MOOD).read_bytes() + b"\n")
    found = "\n".join(judge.judge().wrong)

    assert "protocols/mine.toml: it is not the file that was sealed" in found
    assert f"{MOOD}: it is not the file that was sealed" in found


def test_an_id_with_a_dash_that_looks_like_a_hyphen_is_found(library: Copy) -> None:
    text = library.text(MOOD).replace('"mood-single-05-40"', '"mood–single"')
    library.add("protocols/mood–single.toml", text)

    assert any("its id holds more than plain" in fault for fault in judge.judge().wrong)


def test_one_id_in_two_folders_is_found(library: Copy) -> None:
    text = library.text("syringes/5-ml.toml").replace('"5-ml"', '"ketamine-50"')
    library.add("syringes/ketamine-50.toml", text)

    assert "ketamine-50: two entries have this id." in judge.judge().wrong


def test_a_core_that_forgets_the_cap_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    one = program._one
    monkeypatch.setattr(program, "_one", lambda rate, over_min, cap: one(rate, over_min, None))

    assert any("crps-outpatient-4h-x10 at 120 kg" in fault for fault in judge.judge().wrong)


def bench_of_the_library() -> judge_cards.Bench:
    shelf, bounds, limits = read.shelf(), read.bounds(), judge_cards.written_limits(None)
    assert not isinstance(shelf, Refusal)
    assert not isinstance(bounds, Refusal)
    assert not isinstance(limits, Refusal)
    return judge_cards.Bench(
        shelf=shelf, bounds=bounds, limits=limits["limit"], guards=limits["guard"]
    )


def protocol(protocol_id: str) -> Protocol:
    found = read.protocol(protocol_id)
    assert isinstance(found, Protocol), found
    return found


def test_a_core_that_starts_a_reference_entry_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_of_the_library()
    shelf, mood = bench.shelf, protocol("mood-single-05-40")
    prescription = prescribe(mood, shelf, Asked(weight="70 kg", vial="50 mg/mL", final="1 mg/mL"))
    assert not isinstance(prescription, Refusal)
    card = plan(prescription, shelf, bench.bounds)
    monkeypatch.setattr(judge_cards, "plan", lambda *_: card)
    (trial,) = bench.trials(protocol("acute-pain-envelope"), {})

    assert trial.made
    assert "not refused as such" in trial.faults[0]


def test_a_core_without_limits_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bench_of_the_library()
    lawless = replace(bench, bounds=replace(bench.bounds, limits=()))
    entry = browse.written("askp-general-mood")
    assert isinstance(entry, browse.Written)
    trials = lawless.trials(protocol("askp-general-mood"), entry.values)
    faults = [fault for trial in trials for fault in trial.faults]

    assert any("mood-dose-review should warn and does not" in fault for fault in faults)


def test_the_judge_s_own_sums_are_those_a_clinician_does_by_hand() -> None:
    entry = browse.written("crps-outpatient-4h-x10")
    assert isinstance(entry, browse.Written)
    below = expected(entry.values, (), Fraction(70), {"rate": "0.35 mg/kg/h"})
    above = expected(entry.values, (), Fraction(80), {"rate": "0.35 mg/kg/h"})

    assert below.total_mg == 98  # 0.35 x 70 = 24.5 mg/h for 4 h
    assert above.total_mg == 100  # 0.35 x 80 = 28 mg/h, capped at 25 mg/h for 4 h


def test_the_judge_climbs_to_the_ceiling_and_stays() -> None:
    entry = browse.written("crps-inpatient-5day-20-40")
    assert isinstance(entry, browse.Written)
    found = expected(entry.values, (), Fraction(70), {"every": "1 d"})

    assert [int(step.rate_mg_per_h) for step in found.steps] == [20, 25, 30, 35, 40]
    assert found.total_mg == 24 * (20 + 25 + 30 + 35 + 40)


def test_open_fields_are_filled_low_middle_and_high() -> None:
    guard = {
        "field": "dose", "programmes": ["pain"], "at_least": "0.1 mg/kg", "at_most": "1 mg/kg",
    }  # fmt: skip
    entry = browse.written("seed-001-60min-sedated")
    assert isinstance(entry, browse.Written)

    assert [way["dose"] for way in fillings(entry.values, [guard])] == [
        "0.1 mg/kg", "0.55 mg/kg", "1 mg/kg",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["5", "5mg", "five mg", "5 mgs", "-5 mg", "5 mg/ kg", None, 5])
def test_the_judge_reads_only_plain_quantities(text: object) -> None:
    assert amount(text) is None


def test_a_site_s_own_entry_is_judged_too(tmp_path: Path) -> None:
    ours = Path(browse.__file__).parent / MOOD
    text = ours.read_text().replace("mood-single-05-40", "our-mood", 1)
    path = "protocols/our-mood.toml"
    write_site(
        tmp_path,
        path,
        text.replace('[max_dose]\ndose  = "1 mg/kg"', '[max_dose]\ndose  = "0.4 mg/kg"'),
    )
    assert any("our-mood.toml counts only" in fault for fault in judge.judge(tmp_path).wrong)

    sign_all(tmp_path, path)
    (fault,) = judge.judge(tmp_path).wrong
    assert fault == f"{path}: 0.5 mg/kg is above the highest dose it names, 0.4 mg/kg."
