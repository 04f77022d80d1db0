"""What `library list` and `show` say: numbers with units, blanks in words, sources by portion."""

import json
from pathlib import Path

import pytest

from quietdrip.core.reasons import Refusal
from quietdrip.library import browse, packaged, read
from quietdrip.sheets import entry_text


def shown(entry_id: str, site: Path | None = None) -> str:
    found = entry_text.show_text(entry_id, site)
    assert isinstance(found, str), found
    return found


def told(entry_id: str) -> dict[str, object]:
    found = entry_text.show_json(entry_id)
    assert isinstance(found, dict), found
    return found


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_list_names_every_entry_and_says_what_may_be_started() -> None:
    text = entry_text.list_text()

    assert text.startswith("32 protocols, 1 of them in a second variant")
    assert all(each in text for each in browse.all_ids())
    heads = [
        line.split(":")[0] for line in text.splitlines() if line.startswith(("needs", "refer"))
    ]
    assert heads == ["needs-sign-off", "needs-completion", "reference-only"]


def test_a_seed_s_page_names_what_a_prescriber_gives_and_what_the_source_is_silent_on() -> None:
    text = flat(shown("seed-003-4h-syringe-pump"))

    assert "a prescriber gives these by name rate in mg/h or mg/kg/h; 10 mg/h to 50 mg/h" in text
    assert "The source is silent on - how the rate inside 10-50 mg/h is chosen or changed" in text
    assert "midazolam (optional), dose not stated" in text
    assert "Recovery not stated" in text
    assert "intervals: not stated" in text
    assert "seed, seen: full text" in text


def test_a_complete_protocol_says_that_nothing_has_to_be_given() -> None:
    text = flat(shown("mood-single-05-40"))

    assert "dose 0.5 mg/kg over 40 min" in text
    assert "Every number of the infusion is stated; none has to be given." in text
    assert "nobody has reviewed it" in text
    assert "Recovery at least 60 min" in text
    assert "guideline abstract, seen: abstract" in text


def test_a_cap_is_shown_beside_the_rate_for_body_weight() -> None:
    text = flat(shown("crps-outpatient-4h-x10"))

    assert "rate at most 0.35 mg/kg/h" in text
    assert "cap at most 25 mg/h, whatever the weight" in text


def test_a_course_of_days_shows_each_day() -> None:
    text = flat(shown("neuropathic-outpatient-day-steps"))

    assert "day 1 0.2 mg/kg/h for 4 h day 2 0.4 mg/kg/h for 4 h day 3 0.6 mg/kg/h for 4 h" in text


def test_a_reference_entry_says_that_it_is_never_started() -> None:
    text = flat(shown("crps-inpatient-100h-esketamine"))

    assert "kept for reference, never started" in text
    assert "NOT racemic" in text
    assert "start 1.2 mcg/kg/min (from-memory)" in text


@pytest.mark.parametrize("entry_id", browse.all_ids())
def test_every_entry_can_be_shown_within_the_width_of_a_terminal(entry_id: str) -> None:
    lines = shown(entry_id).splitlines()

    assert [line for line in lines if len(line) > 80 and " " in line.strip()] == []
    assert f"SHA-256 {told(entry_id)['sha256']}" == lines[-1]


@pytest.mark.parametrize("entry_id", browse.all_ids())
def test_every_source_of_an_entry_is_shown_with_its_portion(entry_id: str) -> None:
    text, keys = shown(entry_id), browse.sources(told(entry_id)["entry"])

    assert all(f"  {key}: " in text for key in keys)
    assert "not in the reference list" not in text


@pytest.mark.parametrize("entry_id", browse.all_ids())
def test_every_entry_is_plain_json(entry_id: str) -> None:
    found = told(entry_id)

    assert json.loads(json.dumps(found)) == found
    assert found["id"] == entry_id


def test_a_protocol_s_json_holds_what_a_card_needs() -> None:
    found = told("seed-003-4h-syringe-pump")

    assert found["not_stated"] == ["rate"]
    assert found["startable"] is True
    fields = found["fields"]
    assert isinstance(fields, dict)
    assert fields["over"]["is"] == "4 h"
    assert (fields["rate"]["at_least"], fields["rate"]["at_most"]) == ("10 mg/h", "50 mg/h")
    assert "mg/kg/h" in fields["rate"]["units"]
    assert "midazolam dose" in str(found["source_is_silent_on"])
    assert found["version"] == "1"
    protocol = read.protocol("seed-003-4h-syringe-pump")
    assert not isinstance(protocol, Refusal)
    assert found["sha256"] == protocol.sha256


def test_the_json_list_has_a_row_for_every_entry() -> None:
    found = entry_text.list_json()

    rows = [row for rows in found.values() if isinstance(rows, list) for row in rows]
    named = {row["id"] if isinstance(row, dict) else row for row in rows}
    assert named == set(browse.all_ids())
    assert json.loads(json.dumps(found)) == found


def test_what_a_prediction_is_read_with_is_listed_and_shown() -> None:
    text = flat(shown("prediction"))

    assert "prediction" in entry_text.list_text().split("Also")[1]
    assert text.startswith("What a prediction is read with prediction, version 1, draft")
    assert "hijazi_2003_icu_racemic, intensive care only" in text
    assert "olofsen2022: Ketamine psychedelic" in text
    assert told("prediction")


def test_an_unknown_entry_is_refused_with_the_nearest_names() -> None:
    for found in (entry_text.show_text("ketamin-50"), entry_text.show_json("ketamin-50")):
        assert isinstance(found, Refusal)
        assert "ketamine-50" in found.says


def test_a_site_s_unsigned_entry_is_listed_as_refused(tmp_path: Path) -> None:
    (tmp_path / "protocols").mkdir()
    text = (packaged.ROOT / "protocols/mood-single-05-40.toml").read_text(encoding="utf-8")
    (tmp_path / "protocols/ours.toml").write_text(text.replace("mood-single-05-40", "ours", 1))

    assert "two different people" in flat(entry_text.list_text(tmp_path)).split("Refused")[1]
    assert isinstance(entry_text.show_text("ours", tmp_path), Refusal)


def test_a_sign_nobody_can_see_is_written_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.library.copied import copy_of_library

    library = copy_of_library(tmp_path, monkeypatch)
    library.edit("syringes/5-ml.toml", 'confidence = "from-memory"', 'confidence = "from\\u001bx"')
    text = shown("5-ml")

    assert "\x1b" not in text
