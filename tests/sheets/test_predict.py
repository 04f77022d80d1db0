"""`quietdrip predict` and `quietdrip target`: what is typed, what is answered, what is refused."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from quietdrip.cli import main
from quietdrip.sheets import plot, predict_text
from quietdrip.sheets.predict import Question, predicted

KAMP, SIMONS = "kamp_2020_racemic", "simons_2022_sketamine_snk_shnk"
USUAL = ("--weight", "70 kg", "--infuse", "35 mg over 40 min", "--at", "5,20,40,60 min")
PUMP = ("--weight", "70 kg", "--final", "1 mg/mL", "--pump", "generic-0.1", "--programme", "pain")
Told = pytest.CaptureFixture[str]


def asked(capsys: Told, *words: str, code: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == code
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def refused(capsys: Told, *words: str) -> str:
    told = asked(capsys, *words, code=3)
    return "\n".join(reason["says"] for reason in told["refused"])


def test_it_gives_the_levels_of_the_reference_set(capsys: Told, shared: Path) -> None:
    with (shared / "reference/pk/testvectors.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model_id"] == KAMP]
    mine = [row for row in rows if row["regimen_id"] == "inf40" and row["output"] == "ketamine"]
    for weight in {row["weight_kg"] for row in mine}:
        expected = {
            float(row["time_min"]): float(row["conc_ng_per_ml"])
            for row in mine
            if row["weight_kg"] == weight
        }
        times = f"{','.join(f'{at_min:g}' for at_min in sorted(expected))} min"
        words = ("--weight", f"{float(weight):g} kg", "--infuse", "0.5 mg/kg over 40 min")
        told = asked(capsys, "predict", KAMP, *words, "--at", times)
        found = dict(zip(told["at_min"], told["plasma_ng_per_ml"], strict=True))
        assert found == pytest.approx(expected, rel=1e-6)
    assert len(mine) > 10


def test_a_model_without_known_variability_has_null_for_a_band_and_says_why(capsys: Told) -> None:
    told = asked(capsys, "predict", KAMP, *USUAL)
    assert told["at_min"] == [5, 20, 40, 60]
    assert len(told["plasma_ng_per_ml"]) == len(told["effect_ng_per_ml"]) == 4
    assert told["band"] is None
    assert "the numbers were not seen" in told["band_says"]
    assert {model["id"] for model in told["spread"]["models"]} >= {KAMP, "domino_racemic"}
    assert "not a population band" in told["spread"]["says"]
    assert told["basis"]["site"] == "arterial"
    assert told["basis"]["source"]
    assert told["below"] == {
        "threshold_ng_per_ml": None,
        "says": "recovery threshold: not stated",
    }


def test_a_model_with_known_variability_has_a_band_around_its_levels(capsys: Told) -> None:
    told = asked(capsys, "predict", SIMONS, *USUAL, "--band", "80", "--below", "50 ng/mL")
    band = told["band"]
    assert (band["percent"], band["people"]) == (80, 1000)
    for site in ("plasma_ng_per_ml", "effect_ng_per_ml"):
        for low, inner, middle, outer, high in zip(
            *(band[site][name] for name in ("low", "low_50", "median", "high_50", "high")),
            strict=True,
        ):
            assert low <= inner <= middle <= outer <= high
    assert set(told["metabolites_ng_per_ml"]) == {"norketamine", "hydroxynorketamine"}
    by = [each["by_min"] for each in told["below"]["people_below"]]
    assert by == sorted(by)
    assert told["below"]["typical_min"] > 40


def test_the_same_question_has_the_same_answer(capsys: Told) -> None:
    first = asked(capsys, "predict", SIMONS, *USUAL)
    assert asked(capsys, "predict", SIMONS, *USUAL) == first


def test_a_model_without_an_effect_site_has_null_there(capsys: Told) -> None:
    told = asked(capsys, "predict", "clements_250_racemic", *USUAL)
    assert told["effect_ng_per_ml"] is None
    assert {e["effect"]: e["peak_at_min"] for e in told["expected"]}["dissociation"] is None


def test_what_if_stands_beside_what_was_asked(capsys: Told) -> None:
    told = asked(capsys, "predict", KAMP, *USUAL, "--what-if", "stop at 20 min")
    planned, stopped = told["plasma_ng_per_ml"], told["what_if"]["plasma_ng_per_ml"]
    assert stopped[:2] == pytest.approx(planned[:2], rel=1e-9)
    assert stopped[2] < planned[2]
    assert told["what_if"]["total_mg"] == pytest.approx(17.5)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("predict", "nobody_1999", *USUAL), "no model 'nobody_1999'"),
        (("predict", "bp_clinic_observations", *USUAL), "it has no flows to run"),
        (("predict", KAMP, "--weight", "70", *USUAL[2:]), "has no unit"),
        (("predict", KAMP, "--weight", "0 kg", *USUAL[2:]), "is not a weight"),
        (("predict", KAMP, *USUAL[:2], "--at", "5 min"), "Nothing is given"),
        (("predict", KAMP, *USUAL[:4], "--at", "5,20"), "has no unit"),
        (("predict", KAMP, *USUAL, "--band", "100"), "is no band"),
        (("predict", KAMP, *USUAL, "--below", "0 ng/mL"), "never falls below zero"),
        (("predict", KAMP, *USUAL, "--below", "50 mg/L"), "not a unit we take"),
        (("predict", KAMP, *USUAL, "--what-if", "hope"), "is no change"),
        (("predict", KAMP, *USUAL, "--what-if", "rate 5 mg/h at 2 h"), "no infusion runs any more"),
        (("predict", KAMP, *USUAL, "--age", "40"), "is no age"),
        (("target", KAMP, "--hold", "9999 ng/mL", "--for", "60 min", "--every", "5 min", *PUMP),
         "is not reached"),
        (("target", KAMP, "--under", "99 ng/mL", "--for", "60 min", *PUMP), "not seen"),
        (("target", KAMP, "--hold", "99 ng/mL", "--for", "60 min", "--every", "5 min",
          *PUMP[:6], "--programme", "sleep"), "is no programme"),
        (("target", KAMP, "--hold", "99 ng/mL", "--for", "60 min", "--every", "5 min",
          "--weight", "700 kg", *PUMP[2:]), "outside 30 to 200 kg"),
        (("target", "clements_250_racemic", "--hold", "99 ng/mL", "--for", "60 min", "--every",
          "5 min", "--site", "effect", *PUMP), "has no effect site"),
        (("target", "wiebe_2020_midazolam", "--hold", "99 ng/mL", "--for", "60 min", "--every",
          "5 min", *PUMP), "No limit is stated for midazolam"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_a_sentence(
    capsys: Told, words: tuple[str, ...], says: str
) -> None:
    assert says in refused(capsys, *words)


def test_text_names_the_kind_of_prediction_and_what_it_stands_on(capsys: Told) -> None:
    assert main(["predict", SIMONS, *USUAL]) == 0
    text = capsys.readouterr().out
    assert "predicted, population, arterial, not measured" in " ".join(text.lower().split())
    assert "90 % band" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_plot_is_drawn_by_the_name_of_its_file(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"plot.{kind}"
    assert main(["predict", SIMONS, *USUAL, "--plot", str(file)]) == 0
    assert file.read_bytes().startswith(b"<svg" if kind == "svg" else b"\x89PNG")


def test_a_plot_without_a_known_kind_or_folder_is_one_sentence(
    capsys: Told, tmp_path: Path
) -> None:
    assert main(["predict", KAMP, *USUAL, "--plot", "plot.gif"]) == 2
    assert ".svg or .png" in capsys.readouterr().err
    assert main(["predict", KAMP, *USUAL, "--plot", str(tmp_path / "no" / "plot.svg")]) == 1
    assert "could not be written" in capsys.readouterr().err


def test_no_typed_text_becomes_markup_in_a_plot() -> None:
    drawn = plot.Plot(
        title="<script>&\u202e",
        says="",
        foot=(),
        lines=(plot.Line(name="a", at_min=(0, 1), levels_ng_per_ml=(0, 1), colour=plot.PLASMA),),
    )
    assert "<script" not in plot.svg(drawn)
    assert "\u202e" not in plot.svg(drawn)


def test_a_plot_draws_the_outer_band_first_and_the_inner_on_top() -> None:
    question = Question(
        model=SIMONS, weight="70 kg", infuse=("20 mg over 40 min",), at="40 min", below="50 ng/mL"
    )
    found = predict_text.predict_plot(predicted(question, draw=True))
    outer, inner = found.shades
    assert all(a <= b for a, b in zip(outer.low_ng_per_ml, inner.low_ng_per_ml, strict=True))
    assert [mark.level_ng_per_ml for mark in found.marks] == [50]


def test_a_steered_program_is_told_in_the_pump_own_steps(capsys: Told) -> None:
    words = ("--hold", "100 ng/mL", "--site", "effect", "--for", "60 min", "--every", "5 min")
    told = asked(capsys, "target", KAMP, *words, *PUMP)
    assert told["rates"][0] == {
        "start_min": "0", "for_min": "5", "rate_ml_per_h": "70", "rate_mg_per_h": "70",
    }  # fmt: skip
    assert told["result"]["overshoot_percent"] <= 0.1
    assert told["predicted"]["band"] is None
    assert max(told["predicted"]["effect_ng_per_ml"]) <= 100.1


def test_a_fixed_rate_and_even_steps_are_told(capsys: Told) -> None:
    told = asked(capsys, "target", SIMONS, "--under", "100 ng/mL", "--for", "4 h", *PUMP)
    assert told["result"]["highest_ng_per_ml"] <= 100
    assert "stronger drug" in told["warnings"][0]["says"]
    told = asked(
        capsys, "target", KAMP, "--reach", "100 ng/mL", "--for", "3 h", "--every", "1 h", *PUMP
    )
    assert len(told["rates"]) == 3
    assert 98 <= told["result"]["reached_ng_per_ml"] <= 100


@pytest.mark.parametrize(
    "words",
    [
        ("target", KAMP, "--for", "60 min", *PUMP),
        ("target", KAMP, "--hold", "1 ng/mL", "--under", "1 ng/mL", "--for", "60 min", *PUMP),
        ("predict", KAMP, *USUAL, "--weight", "80 kg"),
        ("predict", KAMP),
    ],
)
def test_a_malformed_call_ends_with_two(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert left.value.code == 2


def test_target_says_in_one_sentence_which_words_belong_together(capsys: Told) -> None:
    for words in (
        ("--under", "9 ng/mL", "--every", "5 min"),
        ("--hold", "9 ng/mL"),
        ("--hold", "9 ng/mL", "--every", "5 min", "--start", "5 mg/h"),
    ):
        assert main(["target", KAMP, *words, "--for", "60 min", *PUMP]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
