"""A virtual trial from what is typed to what is printed, and one sentence for each wrong thing."""

import csv
import io
import json
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from quietdrip.sheets.simulate_files import as_json, files, percentiles_csv
from quietdrip.sheets.simulate_text import as_text
from tests.sheets.simulated import MOOD, PUMP, asked, refused, result

RATE = (("rate", "25 mg/h"),)
CLIMB = "seed-000-hourly-escalation"


def test_ten_people_of_70_kg_get_35_mg_each_from_one_vial_of_500_mg() -> None:
    arm = result(people=10, weights="70-70").arms[0]

    assert arm.total_mg == Decimal(350)
    assert arm.vials == 10
    assert arm.waste_mg + arm.residual_mg == Decimal(10 * (500 - 35))
    assert {spread.id: spread.median for spread in arm.given}["total-mg"] == 35
    assert {spread.id: spread.median for spread in arm.sites[0].spreads}["peak-at"] == 40


def test_protocols_stand_side_by_side_on_the_same_people() -> None:
    text = as_text(result(MOOD, PUMP, given=RATE), ascii_only=True)

    assert "50 people, 60 to 80 kg, seed 1" in text
    head = next(line for line in text.splitlines() if MOOD in line)
    assert head.split() == [MOOD, "seed-003-4h-syringe-"]
    assert text.isascii()


def test_a_model_without_variability_says_that_only_weight_varies() -> None:
    text = " ".join(as_text(result(), ascii_only=True).split())

    assert "People differ in weight and age alone" in text
    assert "Not a cleared medical device." in text


def test_a_model_with_variability_says_what_varies() -> None:
    made = asked(model="herd_2007_racemic_children")

    assert made.says[0].startswith("People differ in V1, V2, CL, Q, as published")


def test_a_dose_a_card_would_ask_back_is_simulated_and_the_question_is_printed() -> None:
    made = asked("seed-002-40-60min", given=(("dose", "3.4 mg"), ("over", "40 min")))

    assert "It looks like ten times too little." in made.says[1]


def test_what_nobody_named_is_said_aloud() -> None:
    assert any(says.startswith("No pump was named") for says in asked().says)
    assert not any(says.startswith("No pump") for says in asked(pump="generic-0.1").says)


def test_nobody_falls_below_in_the_time_looked_at_is_said_as_later() -> None:
    found = result(below=("1 ng/mL",))
    spread = next(s for s in found.arms[0].sites[0].spreads if s.id == "below-1")

    assert spread.values == (None,) * 5
    assert ">160" in as_text(found, ascii_only=True)


def test_the_files_hold_the_same_numbers_in_every_shape() -> None:
    found = result(MOOD, PUMP, given=RATE, above=("100 ng/mL",), within="50 ng/mL to 300 ng/mL")
    made = files(found)
    told = json.loads(made["result.json"])
    rows = list(csv.DictReader(io.StringIO(made["figures.csv"].decode())))

    assert told["schema"] == "quietdrip-simulate/1"
    assert [each["protocol"] for each in told["protocols"]] == [MOOD, PUMP]
    figures = told["protocols"][0]["sites"]["plasma"]["figures"]
    peak = next(r for r in rows if r["figure"] == "peak" and r["site"] == "plasma")
    assert [float(peak[f"p{p}"]) for p in told["percents"]] == figures["peak"]["values"]
    assert ElementTree.fromstring(made["levels.svg"]).tag.endswith("svg")  # noqa: S314  # our own
    assert made["levels.png"].startswith(b"\x89PNG")


def test_percentiles_over_time_rise_with_the_percent() -> None:
    for row in csv.DictReader(io.StringIO(percentiles_csv(result()))):
        levels = [float(level) for name, level in row.items() if name.endswith("ng_per_ml")]
        assert levels == sorted(levels)


def test_the_same_question_gives_the_same_bytes() -> None:
    assert files(result(people=20)) == files(result(people=20))


def test_another_seed_gives_other_people() -> None:
    assert as_json(result(seed=1))["protocols"] != as_json(result(seed=2))["protocols"]


def test_a_field_named_for_one_protocol_stands_before_one_named_for_all() -> None:
    given = (*RATE, (f"{PUMP}:rate", "30 mg/h"))
    made = asked(PUMP, given=given)

    assert made.trial.arms[0].cards[0].total_mg == Decimal(120)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"people": 0}, "0 people were asked for; ask for at least one."),
        ({"people": -5}, "-5 people were asked for; ask for at least one."),
        ({"seed": -1}, "A seed is a whole number from 0"),
        ({"weights": "heavy"}, "'heavy' is no range of weights; write whole kilograms"),
        ({"weights": "60-80 lb"}, "'60-80 lb' is no range of weights"),
        ({"weights": "110-60"}, "'110-60' runs backwards; write 60-110 if that is meant."),
        ({"weights": ""}, "are not stated; name yours with --weights"),
        ({"ages": "old"}, "'old' is no range of ages; write whole years"),
        ({"model": "kamp"}, "There is no model 'kamp'"),
        ({"model": "simons_2022_sketamine_snk_shnk"}, "their milligrams are not the same"),
        ({"above": ("100",)}, "'100' has no unit"),
        ({"below": ("0 ng/mL",)}, "write a level above zero"),
        ({"within": "50 ng/mL"}, "is no band of levels; write '50 ng/mL to 150 ng/mL'"),
        ({"within": "90 ng/mL to 50 ng/mL"}, "runs backwards; write the lower level first"),
        ({"after": "soon"}, "soon"),
        ({"given": (("speed", "9 mg/h"),)}, "No protocol of this trial has a field 'speed'."),
        ({"given": (("other:rate", "9 mg/h"),)}, "--set names other, which is not in this trial"),
        ({"vial": "7 mg/mL"}, "No vial of 7 mg/mL is on the list"),
    ],
)
def test_each_wrong_thing_gets_one_sentence(more: dict[str, object], sentence: str) -> None:
    says = refused(**more)

    assert sentence in says
    assert len(says.splitlines()) == 1


def test_a_protocol_twice_or_unknown_or_open_is_refused() -> None:
    assert "name each protocol once" in refused(MOOD, MOOD)
    assert "mood-double" in refused("mood-double")
    assert f"{CLIMB} has no card at 60 kg" in refused(CLIMB)
