"""The card and the refusal in a terminal: 80 columns, hand-checked numbers, nothing unseen."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quietdrip.sheets.answer import Answer
from quietdrip.sheets.card_text import card_text, refusal_text
from quietdrip.sheets.wording import number
from tests.sheets import made

HOSTILE = "\x1b[2J\x07 title \u202e \u4e2d {x!r} %s"


def one_line(text: str) -> str:
    return " ".join(text.split())


def widest(text: str) -> int:
    return max(len(line) for line in text.splitlines())


def test_no_card_of_the_library_is_wider_than_80_columns(startable: dict[str, Answer]) -> None:
    for id, answer in startable.items():
        for ascii_only in (False, True):
            text = card_text(answer, ascii_only=ascii_only)

            assert widest(text) <= 80, id
            assert answer.card is not None
            for step in answer.card.steps:
                assert f"{number(step.rate_ml_per_h)} mL/h" in text, id


def test_a_70_kg_adult_reads_the_numbers_a_clinician_can_check() -> None:
    text = one_line(card_text(made.mood()))

    for words in (
        "For 70 kg, actual weight; the syringe holds 1 mg/mL.",
        "> 52.5 mL/h 52.5 mg/h 0.75 mg/kg/h 0 to 40 min 09:00 to 09:40",
        "35 mg in 35 mL over 40 min; volume to be infused 35 mL.",
        "costs nothing",
        "Draw 0.7 mL of racemic ketamine 50 mg/mL and add 34.3 mL of sodium chloride 0.9 %: "
        "35 mL at 1 mg/mL in a 50 mL syringe.",
        "Open 1 vial of 10 mL, 50 mg/mL. Expected to be left: 0 mg (0 mL) in the syringe, "
        "465 mg in opened vials.",
        "predicted, population, arterial, not measured",
        "DRAFT, not reviewed",
        "Not a cleared medical device.",
    ):
        assert words in text


def test_the_cost_of_rounding_is_printed_in_mg_and_percent() -> None:
    # 5.25 mL/h on a pump with steps of 0.1 mL/h is 5.2; 40 min of it give 3.466 mL, 34.66 mg.
    coarse = replace(made.ASKED, vial="10 mg/mL", final="10 mg/mL", pump="generic-0.1")
    text = one_line(card_text(made.answer(made.MOOD, coarse)))

    assert "> 5.2 mL/h 52.5 mg/h" in text
    assert "The pump gives 34.666 mg of 35 mg: 0.334 mg (0.952 %) less" in text
    assert "undiluted: 3.5 mL at 10 mg/mL in a 5 mL syringe." in text


def test_each_step_has_its_row_and_says_who_decides() -> None:
    text = one_line(card_text(made.climb()))

    for row in (
        "1 10 mL/h 10 mg/h 0.142 mg/kg/h 0 to 40 min 13:30 to 14:10",
        "3 30 mL/h 30 mg/h 0.428 mg/kg/h 1 h 20 min to 2 h 14:50 to 15:30",
        "5 50 mL/h 50 mg/h 0.714 mg/kg/h 2 h 40 min to 4 h 16:10 to 17:30",
        "Each step up is a decision: a person steps up",
    ):
        assert row in text


def test_a_long_infusion_is_told_by_its_rhythm() -> None:
    text = card_text(made.five_days())

    assert "every 15 min from 15 to" in text
    assert one_line(text).count("blood pressure, heart rate, oxygen saturation") == 1
    assert len(text.splitlines()) < 120


def test_a_bolus_comes_before_the_rate() -> None:
    # 70 kg x 0.1 mg/kg = 7 mg, 7 mL at 1 mg/mL.
    text = one_line(card_text(made.answer(made.WITH_BOLUS)))

    assert text.index("> 7 mL bolus 7 mg 0.1 mg/kg") < text.index("> 52.5 mL/h")


def test_weights_that_were_not_chosen_stand_beside_the_one_that_was() -> None:
    both = replace(made.ASKED, ideal_weight="60 kg", dosing_weight="ideal")
    text = one_line(card_text(made.answer(made.MOOD, both)))

    assert "For 60 kg, ideal weight" in text
    assert "Not chosen: actual 70 kg would give 35 mg." in text


def test_what_is_asked_back_comes_with_the_option_to_type_again() -> None:
    text = refusal_text(made.asked_back())

    assert "? weight: The weight was 90 kg and is now 70 kg" in text
    assert '\n    --confirm weight="..."\n' in text
    assert "REFUSED" not in text


def test_a_refusal_names_each_field_its_sentence_and_what_is_left_open() -> None:
    text = refusal_text(made.answer(made.CLIMB, replace(made.ASKED, weight="70", vial="5 mg")))

    assert "x weight: '70' has no unit" in text
    assert "x vial: '5 mg' is a mass" in text
    assert "--set rate=...  10 mg/h to 50 mg/h; in mg/h, mg/kg/h" in text
    assert "--confirm" not in text


def test_a_protocol_that_is_not_there_is_refused_in_words() -> None:
    unknown = replace(made.answer(made.CLIMB), protocol_id="made-climbing", protocol=None)

    assert refusal_text(unknown).startswith("No card for made-climbing.")


@given(typed=st.text(max_size=60), title=st.text(max_size=200))
def test_nothing_typed_leaves_the_columns_or_reaches_the_terminal_unseen(
    typed: str, title: str
) -> None:
    protocol = replace(made.CLIMB, title=title + HOSTILE, not_stated=(title, HOSTILE))
    card = made.answer(protocol, replace(made.ASKED, given={"rate": "20 mg/h"}))
    refused = made.answer(protocol, replace(made.ASKED, weight=typed + HOSTILE))

    for ascii_only in (False, True):
        for text in (
            card_text(card, ascii_only=ascii_only),
            refusal_text(refused, ascii_only=ascii_only),
        ):
            assert widest(text) <= 80
            assert text.replace("\n", "").isprintable()
            assert text.isascii() or not ascii_only
    assert "[U+001B][2J" in card_text(card)


@pytest.mark.parametrize("width", [72, 80, 100, 120])
def test_the_card_keeps_to_the_width_it_is_given(width: int) -> None:
    assert widest(card_text(made.five_days(), width)) <= width


def test_a_refusal_has_no_card_to_lay_out() -> None:
    with pytest.raises(ValueError, match="a card"):
        card_text(made.asked_back())
