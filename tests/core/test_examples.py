"""Cards a clinician can check with pencil and paper."""

from decimal import Decimal

import pytest

from quietdrip.core.card import Card
from tests.core.made import (
    CAPPED,
    FREE,
    HOURLY,
    MOOD_40,
    PAIN_4H,
    SITE_BOLUS,
    THREE_DAYS,
    D,
    answer,
    asked,
    card,
    given,
    why_not,
)


def rates(made: Card) -> list[Decimal]:
    return [step.rate_ml_per_h for step in made.steps]


def warned(made: Card) -> set[str]:
    return {reason.id for reason in made.warnings if reason.kind == "warning"}


def noted(made: Card) -> dict[str, str]:
    return {reason.id: reason.says for reason in made.warnings if reason.kind == "note"}


def test_70_kg_at_half_a_milligram_over_40_minutes_is_35_mg_35_ml_and_52_5_ml_per_h() -> None:
    made = card(MOOD_40, asked())

    assert made.total_mg == D(35)  # 0.5 x 70
    assert made.total_ml == D(35)  # at 1 mg/mL
    assert rates(made) == [D("52.5")]  # 35 mL in two thirds of an hour
    assert made.steps[0].rate_mg_per_h == D("52.5")
    assert made.steps[0].rate_mg_per_kg_h == D("0.75")
    assert made.delivered.total_mg == D(35)
    assert made.delivered.short_mg == 0


def test_its_syringe_takes_0_7_ml_of_the_50_mg_vial_and_34_3_ml_of_diluent() -> None:
    recipe = card(MOOD_40, asked()).draw_up

    assert recipe.drug_ml == D("0.7")  # 35 mg / 50 mg/mL
    assert recipe.diluent_ml == D("34.3")
    assert recipe.final_volume_ml == D(35)
    assert recipe.syringe.volume_ml == D(50)
    assert recipe.vials == 1
    assert recipe.residual_mg == 0
    assert recipe.waste_mg == D(465)  # 500 mg in the vial, 35 drawn


def test_the_same_order_at_10_mg_per_ml_is_3_5_ml_and_5_25_ml_per_h() -> None:
    made = card(MOOD_40, asked(vial="10 mg/mL", final="10 mg/mL"))

    assert made.total_mg == D(35)
    assert made.total_ml == D("3.5")
    assert rates(made) == [D("5.25")]
    assert (made.draw_up.drug_ml, made.draw_up.diluent_ml) == (D("3.5"), D(0))
    assert made.draw_up.waste_mg == D(165)  # 200 mg in the vial, 35 drawn


def test_a_pump_of_tenths_runs_5_2_and_the_card_says_what_that_costs() -> None:
    made = card(MOOD_40, asked(vial="10 mg/mL", final="10 mg/mL", pump="tenths"))

    assert rates(made) == [D("5.2")]
    assert made.delivered.total_mg == D("34.666")  # 5.2 mL/h x 40/60 h x 10 mg/mL, cut
    assert made.delivered.short_mg == D("0.334")  # 35 - 34.666
    assert made.steps[0].short_percent == D("0.952")  # 0.05 of 5.25, cut
    assert made.draw_up.residual_mg == D("35") - D("34.666")


def test_25_mg_per_h_for_4_h_is_100_mg_in_100_ml_at_25_ml_per_h() -> None:
    made = card(PAIN_4H, asked(given=given(rate="25 mg/h")))

    assert made.total_mg == D(100)
    assert made.total_ml == D(100)
    assert rates(made) == [D(25)]
    assert made.over_min == D(240)


def test_100_ml_goes_into_two_syringes_changed_when_the_first_runs_empty() -> None:
    made = card(PAIN_4H, asked(given=given(rate="25 mg/h"), syringe="50 mL"))
    first, second = made.draw_up.fillings

    assert (first.volume_ml, second.volume_ml) == (D(50), D(50))
    assert (first.drug_ml, first.diluent_ml) == (D(1), D(49))
    assert (first.from_min, first.until_min) == (D(0), D(120))  # 50 mL at 25 mL/h
    assert (second.from_min, second.until_min) == (D(120), D(240))
    assert made.draw_up.drug_ml == D(2)


def test_the_cap_of_25_mg_per_h_binds_above_71_4_kg_and_not_below() -> None:
    at_rate = given(rate="0.35 mg/kg/h")
    below = card(CAPPED, asked("71.4 kg", given=at_rate))
    above = card(CAPPED, asked("71.5 kg", given=at_rate))

    assert below.steps[0].rate_mg_per_h == D("24.99")  # 0.35 x 71.4
    assert "rate-cap" not in noted(below)
    assert above.steps[0].rate_mg_per_h == D(25)  # 0.35 x 71.5 is 25.025
    assert "25.025 mg/h" in noted(above)["rate-cap"]
    assert "25 mg/h" in noted(above)["rate-cap"]
    assert above.total_mg == D(100)


def test_a_cap_on_a_rate_that_was_typed_in_mg_per_h_names_that_rate() -> None:
    made = card(CAPPED, asked("100 kg", given=given(rate="30 mg/h")))

    assert made.steps[0].rate_mg_per_h == D(25)
    assert noted(made)["rate-cap"].startswith("The ordered rate, 30 mg/h,")


def test_45_kg_at_0_3_mg_per_kg_h_and_2_mg_per_ml_runs_6_75_ml_per_h() -> None:
    made = card(CAPPED, asked("45 kg", final="2 mg/mL", given=given(rate="0.3 mg/kg/h")))

    assert made.steps[0].rate_mg_per_h == D("13.5")
    assert rates(made) == [D("6.75")]  # a published slip of the same sum said 11.8


def test_50_mg_per_h_passes_at_50_kg_and_warns_at_45_kg() -> None:
    at_top = given(rate="50 mg/h")
    at_50, at_45 = (card(PAIN_4H, asked(kg, given=at_top)) for kg in ("50 kg", "45 kg"))

    assert at_50.steps[0].rate_mg_per_kg_h == D(1)
    assert "soft-rate" not in warned(at_50)
    assert at_45.steps[0].rate_mg_per_kg_h == D("1.1111")
    assert "soft-rate" in warned(at_45)


def test_hourly_steps_of_10_run_10_20_30_40_and_sum_to_100_mg() -> None:
    climb = given(start_rate="10 mg/h", increment="10 mg/h", max_rate="40 mg/h")
    made = card(HOURLY, asked(given=climb))

    assert [step.rate_mg_per_h for step in made.steps] == [D(10), D(20), D(30), D(40)]
    assert [step.start_min for step in made.steps] == [0, D(60), D(120), D(180)]
    assert made.total_mg == D(100)
    assert [due.at_min for due in made.due if due.kind == "step-up"] == [D(60), D(120), D(180)]


def test_a_climb_that_meets_its_ceiling_is_held_there_to_the_end() -> None:
    climb = given(start_rate="10 mg/h", increment="15 mg/h", max_rate="30 mg/h")
    made = card(HOURLY, asked(given=climb))

    assert [(s.rate_mg_per_h, s.for_min) for s in made.steps] == [
        (D(10), D(60)),
        (D(25), D(60)),
        (D(30), D(120)),
    ]
    assert made.total_mg == D(95)  # 10 + 25 + 2 x 30


def test_a_climb_that_lands_on_the_cap_does_not_ask_for_a_step_from_a_rate_to_itself() -> None:
    from quietdrip.core.protocol import Steps
    from tests.core.made import OPEN, just, protocol, q

    capped = protocol(
        Steps(start=just("20 mg/h"), increment=just("5 mg/h"), every=just("60 min"), ceiling=OPEN,
              over=just("4 h"), cap=q("25 mg/h"))
    )  # fmt: skip
    made = card(capped, asked(given=given(max_rate="40 mg/h")))

    assert [step.rate_mg_per_h for step in made.steps] == [D(20), D(25)]
    assert made.total_mg == D(95)  # 20 + 3 x 25


def test_the_second_day_of_a_three_day_course_is_0_4_mg_per_kg_h() -> None:
    made = card(THREE_DAYS, asked(given=given(day="2 d")))

    assert made.steps[0].rate_mg_per_h == D(28)
    assert made.total_mg == D(112)


def test_a_site_bolus_of_0_3_mg_per_kg_is_21_ml_before_the_infusion() -> None:
    made = card(SITE_BOLUS, asked())

    assert made.bolus is not None
    assert made.bolus.dose_mg == D(21)
    assert made.bolus.volume_ml == D(21)
    assert rates(made) == [D(14)]  # 0.2 x 70
    assert made.total_mg == D(77)  # 21 + 4 x 14
    assert made.draw_up.final_volume_ml == D(80)  # in steps of 5 mL: 0.1 mL of drug
    assert made.draw_up.residual_mg == D(3)


def test_a_bolus_larger_than_a_syringe_never_moves_the_clock_below_zero() -> None:
    made = card(SITE_BOLUS, asked(syringe="10 mL"))

    assert min(f.from_min for f in made.draw_up.fillings) == 0
    assert all(f.until_min >= f.from_min for f in made.draw_up.fillings)


def test_a_bolus_the_pump_cannot_measure_is_refused_not_given_as_nothing() -> None:
    from quietdrip.core.protocol import Constant
    from tests.core.made import just, protocol

    small = protocol(Constant(rate=just("20 mg/h"), over=just("4 h")), bolus=just("0.5 mg"))
    refused = why_not(small, asked(final="10 mg/mL", pump="tenths"))

    assert set(refused) == {"rounding-too-coarse"}
    assert "0.05 mL" in refused["rounding-too-coarse"]
    assert card(small, asked(final="5 mg/mL", pump="tenths")).bolus is not None  # 0.1 mL


@pytest.mark.parametrize(
    ("vial", "final", "reason"),
    [
        ("100 mg/mL", "100 mg/mL", "undiluted-strong-vial"),
        ("50 mg/mL", "4.8 mg/mL", "final-not-signed"),
        ("10 mg/mL", "1 mg/mL", "vial-not-to-be-diluted"),
        ("20 mg/mL", "1 mg/mL", "vial-unknown"),
    ],
)
def test_a_strength_that_is_off_the_list_or_not_to_be_diluted_is_refused(
    vial: str, final: str, reason: str
) -> None:
    assert set(why_not(MOOD_40, asked(vial=vial, final=final))) == {reason}


def test_100_mg_per_ml_is_never_given_undiluted_even_where_a_site_signs_it() -> None:
    from dataclasses import replace

    from tests.core.made import SHELF

    strongest = replace(SHELF.strengths[0], mg_per_ml=D(100))
    half = replace(SHELF.strengths[0], mg_per_ml=D(50))
    shelf = replace(SHELF, strengths=(*SHELF.strengths, half, strongest))
    order = asked(vial="100 mg/mL", final="100 mg/mL")

    assert set(why_not(MOOD_40, order, shelf=shelf)) == {"undiluted-strong-vial"}
    assert card(MOOD_40, asked(vial="100 mg/mL", final="50 mg/mL"), shelf=shelf).total_ml == D(
        "0.7"
    )


def test_a_100_mg_vial_of_5_ml_gives_a_five_day_course_with_vials_counted_up() -> None:
    from quietdrip.core.protocol import Constant
    from tests.core.made import PAIN, just, protocol

    course = protocol(
        Constant(rate=just("25 mg/h"), over=just("5 d")), programmes=PAIN, outpatient=False
    )
    recipe = card(course, asked(vial="100 mg/mL", final="10 mg/mL", syringe="50 mL")).draw_up

    assert recipe.drug_mg == D(3000)  # 25 x 24 x 5
    assert recipe.final_volume_ml == D(300)
    assert len(recipe.fillings) == 6
    assert recipe.drug_ml == D(30)
    assert recipe.vials == 6
    assert recipe.waste_mg == 0


def test_pounds_are_converted_shown_and_warned_of() -> None:
    made = card(MOOD_40, asked("154.324 lb"))

    assert made.weight_kg == D("70.0001889")  # 154.324 x 0.45359237, cut
    assert "weight-in-pounds" in warned(made)


def test_with_two_weights_nobody_chooses_for_the_prescriber() -> None:
    two = {"ideal_weight": "60 kg"}
    refused = why_not(MOOD_40, asked("100 kg", **two))

    assert set(refused) == {"dosing-weight-not-chosen"}
    assert "actual 100 kg gives 50 mg" in refused["dosing-weight-not-chosen"]
    assert "ideal 60 kg gives 30 mg" in refused["dosing-weight-not-chosen"]
    chosen = card(MOOD_40, asked("100 kg", **two, dosing_weight="ideal"))
    assert chosen.total_mg == D(30)
    assert [(w.kind, w.total_mg, w.chosen) for w in chosen.weights] == [
        ("actual", D(50), False),
        ("ideal", D(30), True),
    ]


def test_a_dose_for_body_weight_is_held_to_bounds_in_mg_by_the_weight_it_is_dosed_by() -> None:
    from quietdrip.core.protocol import Total
    from tests.core.made import PAIN, just, protocol, within

    bounded = protocol(Total(dose=within("40 mg", "80 mg"), over=just("4 h")), programmes=PAIN)
    by_ideal, by_actual = (
        asked("100 kg", ideal_weight="60 kg", dosing_weight=kind, given=given(dose="1 mg/kg"))
        for kind in ("ideal", "actual")
    )

    assert card(bounded, by_ideal).total_mg == D(60)
    refused = why_not(bounded, by_actual)
    assert set(refused) == {"outside-protocol"}  # 1 x 100 is above 80


def test_a_start_below_the_ceiling_for_one_weight_and_above_it_for_the_other_is_no_crash() -> None:
    climb = given(start_rate="30 mg/h", increment="1 mg/h", max_rate="0.4 mg/kg/h")
    two = asked("100 kg", ideal_weight="60 kg", dosing_weight="actual", given=climb)
    made = answer(HOURLY, two)

    assert isinstance(made, Card)  # 0.4 x 100 = 40 is above 30
    assert [weight.kind for weight in made.weights] == ["actual"]  # 0.4 x 60 = 24 is not


def test_a_total_with_a_bolus_says_what_each_part_is() -> None:
    from quietdrip.core.protocol import Total
    from tests.core.made import just, protocol

    both = protocol(Total(dose=just("35 mg"), over=just("40 min")), bolus=just("5 mg"))
    made = card(both, asked())
    says = {formula.id: formula.with_numbers for formula in made.formulas}

    assert made.total_mg == D(40)
    assert says["bolus"] == "5 mg = 5 mg"
    assert says["dose"] == "35 mg = 35 mg"
    assert says["rate-1"].startswith("35 mg x 60 / 40 min = 52.5 mg/h")


def test_a_five_minute_open_order_is_computed_as_given() -> None:
    made = card(FREE, asked(given=given(dose="10 mg", over="20 min")))

    assert made.total_mg == D(10)
    assert rates(made) == [D(30)]


def test_a_syringe_drawn_to_a_graduation_says_what_it_holds_over_and_what_to_set() -> None:
    made = card(MOOD_40, asked("73.3 kg", final="1 mg/mL"))  # 36.65 mg; 0.8 mL of 50 mg/mL is 40
    note = next(reason for reason in made.warnings if reason.id == "syringe-holds-more")

    assert made.delivered.to_infuse_ml == D("36.64")  # 54.97 mL/h for 40 min is 36.646 mL
    assert "3.354 mg more" in note.says
    exact = card(MOOD_40, asked("70 kg", final="1 mg/mL"))
    assert "syringe-holds-more" not in {reason.id for reason in exact.warnings}


def test_a_dose_typed_in_mg_is_held_to_what_is_expected_for_body_weight_too() -> None:
    refused = why_not(FREE, asked("40 kg", given=given(dose="120 mg", over="60 min")))

    assert "far-from-expected" in refused  # 3 mg/kg
