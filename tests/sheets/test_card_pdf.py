"""The printed page: one page, tagged, the same bytes, and nothing typed becomes markup."""

import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from quietdrip.core.pkpd.band import Band, Quantiles
from quietdrip.sheets import card_pdf
from quietdrip.sheets.answer import Answer
from quietdrip.sheets.band import CROWD, band_says
from quietdrip.sheets.card_pdf import MissingFont, NothingToPrint, Paper, pdf_bytes, printable
from quietdrip.sheets.wording import number
from tests.sheets import made

PAPERS: tuple[Paper, ...] = get_args(Paper)
HOSTILE = '#panic("x") $x^2$ *b* _i_ `raw` <label> @ref [link](x) \\u{41} // end'
SIZES_PT = {"a4": (595, 842), "letter": (612, 792)}
BY_ITSELF = """
import hashlib
from quietdrip.sheets.card_pdf import pdf_bytes
from tests.sheets import made
print(hashlib.sha256(pdf_bytes(made.climb())).hexdigest())
"""


def opened(page: bytes) -> PdfReader:
    return PdfReader(BytesIO(page))


def text_of(answer: Answer, paper: Paper = "a4") -> str:
    """All text of the page in one line, as a reader of text hears it."""
    pages = opened(pdf_bytes(answer, paper)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def together(text: str) -> str:
    """The text without its spaces, for words that a line may break."""
    return "".join(text.split())


def test_the_same_card_is_the_same_file_in_every_process() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", BY_ITSELF],
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert runs[0] == runs[1]
    assert len(runs[0].strip()) == 64


@pytest.mark.parametrize("paper", PAPERS)
def test_every_startable_protocol_fits_one_page_and_shows_its_rates(
    startable: dict[str, Answer], paper: Paper
) -> None:
    for id, answer in startable.items():
        assert answer.card is not None, (id, answer.refused)
        reader = opened(pdf_bytes(answer, paper))
        heard = together(reader.pages[0].extract_text())

        assert len(reader.pages) == 1, id
        for step in answer.card.steps:
            assert f"{number(step.rate_ml_per_h)}mL/h" in heard, id


@pytest.mark.parametrize("paper", PAPERS)
def test_the_page_has_the_paper_that_was_asked_for(paper: Paper) -> None:
    box = opened(pdf_bytes(made.mood(), paper)).pages[0].mediabox

    assert (round(box.width), round(box.height)) == SIZES_PT[paper]


def test_the_page_is_tagged_titled_and_says_its_language() -> None:
    reader = opened(pdf_bytes(made.mood()))
    root = reader.trailer["/Root"]
    assert isinstance(root, DictionaryObject)
    marked, tree = root["/MarkInfo"], root["/StructTreeRoot"]
    assert isinstance(marked, DictionaryObject)
    assert isinstance(tree, DictionaryObject)

    assert str(marked["/Marked"]) == "True"
    assert "/K" in tree
    assert str(root["/Lang"]) == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == f"Infusion card: {made.MOOD.title}"
    assert reader.metadata.creation_date_raw == "D:19700101000000Z"


def test_a_70_kg_adult_reads_52_5_ml_an_hour_and_how_to_draw_it_up() -> None:
    text = text_of(made.mood())

    for words in (
        "52.5 mL/h",
        "52.5 mg/h",
        "0.75 mg/kg/h",
        "0 to 40 min",
        "09:00 to 09:40",
        "70 kg",
        "35 mg in 35 mL over 40 min; volume to be infused 35 mL.",
        "Draw 0.7 mL of racemic ketamine 50 mg/mL and add 34.3 mL of sodium chloride 0.9 %",
        "DRAFT, NOT REVIEWED",
        "predicted, population, arterial, not measured",
        "Not a cleared medical device.",
        "Prescriber",
        "Independent check",
        "made-mood, version 1, 0123456789ab",
    ):
        assert words in text


def test_the_spread_of_models_is_shaded_and_said(startable: dict[str, Answer]) -> None:
    answer = startable["mood-single-05-40"]
    text = text_of(answer)

    assert "plasma, 4 models, typical persons" in text
    for says in band_says(answer.band, answer.spread):
        assert together(says) in together(text)
    assert "typical persons" not in text_of(replace(answer, band=None, spread=None))


def test_a_band_of_people_is_shaded_in_two_greys_and_said() -> None:
    found = made.mood()
    assert found.curve is not None
    plasma = np.array(found.curve.plasma_ng_per_ml)
    band = Band(
        at_min=np.array(found.curve.at_min),
        crowd=CROWD,
        plasma=Quantiles(
            at_percent=(5, 25, 50, 75, 95),
            levels_ng_per_ml=np.stack([plasma * share for share in (0.5, 0.8, 1, 1.3, 2)]),
        ),
        effect=None,
        says="Made for a test.",
    )
    page = pdf_bytes(replace(found, band=band))
    text = " ".join(opened(page).pages[0].extract_text().split())

    assert len(opened(page).pages) == 1
    assert "plasma, 90 % of people" in text
    assert "plasma, 50 % of people" in text
    assert "Band of 1000 virtual people (seed 1). Made for a test." in text


def test_a_bolus_is_printed_with_its_volume() -> None:
    # 70 kg x 0.1 mg/kg = 7 mg, 7 mL at 1 mg/mL.
    text = text_of(made.answer(made.WITH_BOLUS))

    assert "7 mL bolus" in text
    assert "7 mg, 0.1 mg/kg" in text


def test_a_soft_limit_leaves_lines_for_a_reason_and_a_second_clinician() -> None:
    # 50 mg/h for 45 kg is 1.11 mg/kg/h, above 1 mg/kg/h.
    light = replace(made.ASKED, weight="45 kg", given={"rate": "50 mg/h"})
    text = text_of(made.answer(made.CLIMB, light))

    assert "is above 1 mg/kg/h (analgesic-rate-ceiling)" in text
    assert "Reason" in text
    assert "Second clinician" in text
    assert "Reason" not in text_of(made.mood())


def test_what_the_source_does_not_state_is_left_to_the_prescriber_in_its_words() -> None:
    text = text_of(made.climb())

    assert "Not stated by the source; the prescriber writes" in text
    for words in made.CLIMB.not_stated:
        assert words in text


def test_hostile_text_stays_text() -> None:
    bad = replace(
        made.CLIMB,
        title=HOSTILE,
        not_stated=(HOSTILE, 'end"}) #read("card.typ")', "\u4e2d \x1b[2J \u202e"),
        version="#eval(1)",
        citation=HOSTILE,
    )
    text = together(text_of(made.answer(bad, replace(made.ASKED, given={"rate": "20 mg/h"}))))

    assert text.count(together(HOSTILE)) == 2
    assert together('end"}) #read("card.typ")') in text
    assert "[U+4E2D]" in text
    assert "[U+001B][2J[U+202E]" in text
    assert "#eval(1)" in text


def test_every_letter_called_printable_can_be_printed() -> None:
    letters = "".join(map(chr, range(0x600))) + "".join(sorted(card_pdf.SIGNS))
    all_of_them = printable(letters + "\U0001f600\ue000\ud800\u202e")
    many = tuple(all_of_them[at : at + 60] for at in range(0, len(all_of_them), 60))

    page = pdf_bytes(made.answer(replace(made.MOOD, not_stated=many)))

    assert page.startswith(b"%PDF")
    assert printable("µg ≥ 5 Grüße, ș, Ж") == "µg ≥ 5 Grüße, ș, Ж"


def test_a_refusal_has_nothing_to_print() -> None:
    refused = made.answer(made.CLIMB)

    with pytest.raises(NothingToPrint, match="settle its reasons first"):
        pdf_bytes(refused)


def test_without_its_typeface_no_page_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_pdf, "FONTS", tmp_path / "none")

    with pytest.raises(MissingFont, match="Atkinson Hyperlegible Next"):
        pdf_bytes(made.mood())


def test_a_card_with_very_many_steps_goes_on_to_a_second_page_and_loses_no_rate() -> None:
    given = {"start-rate": "10 mg/h", "increment": "0.5 mg/h", "every": "3 min"}
    crowded = made.answer(made.CLIMB, replace(made.ASKED, given={**given, "max-rate": "50 mg/h"}))
    assert crowded.card is not None
    heard = together(text_of(crowded))

    assert len(crowded.card.steps) == 80
    for step in crowded.card.steps:
        assert f"{number(step.rate_ml_per_h)}mL/h" in heard
