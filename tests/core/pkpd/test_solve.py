"""Levels a clinician can check by hand, and what is refused."""

from math import exp, log

import numpy as np
import pytest

from quietdrip.core.pkpd.individual import individual
from quietdrip.core.pkpd.model import Drug
from quietdrip.core.pkpd.solve import Bolus, Infusion, concentrations, levels_ng_per_ml
from tests.core.pkpd.made import DRUG, bolus, chain, infusion, mammillary, system

TEN_LITRES_ONE_A_MINUTE = mammillary(clearance_l_per_min=1, volume_l=10)


def test_10_mg_in_10_litres_is_1000_ng_per_ml_and_halves_every_half_life() -> None:
    half_life_min = 10 * log(2)
    at_min = np.array([0, half_life_min, 2 * half_life_min])
    found = concentrations(TEN_LITRES_ONE_A_MINUTE, 70, [], [bolus(0, 10)], at_min)
    assert found.keys() == {"ketamine"}
    assert found["ketamine"] == pytest.approx([1000, 500, 250], rel=1e-12)


def test_a_long_infusion_levels_out_at_rate_over_clearance() -> None:
    found = concentrations(
        TEN_LITRES_ONE_A_MINUTE, 70, [infusion(0, 1000, 0.5)], [], np.array([10.0, 1000.0])
    )
    assert found["ketamine"] == pytest.approx([500 * (1 - exp(-1)), 500], rel=1e-12)


def test_a_level_asked_for_at_the_minute_of_a_bolus_is_the_level_after_it() -> None:
    at_min = np.array([4.999999, 5.0])
    found = concentrations(TEN_LITRES_ONE_A_MINUTE, 70, [], [bolus(5, 10)], at_min)
    assert found["ketamine"] == pytest.approx([0, 1000])


def test_before_the_first_dose_every_level_is_zero() -> None:
    at_min = np.array([-20.0, -10.0, 0.0, 10.0])
    found = concentrations(TEN_LITRES_ONE_A_MINUTE, 70, [infusion(0, 10, 1)], [], at_min)
    assert found["ketamine"][:3].tolist() == [0, 0, 0]
    assert found["ketamine"][3] > 0


def test_a_dose_may_begin_before_minute_zero() -> None:
    early = concentrations(TEN_LITRES_ONE_A_MINUTE, 70, [], [bolus(-10, 10)], np.array([0.0]))
    assert early["ketamine"] == pytest.approx([1000 * exp(-1)])


def test_no_dose_and_no_time_are_answered_with_zeros_and_nothing() -> None:
    assert concentrations(TEN_LITRES_ONE_A_MINUTE, 70, [], [], np.array([1.0]))["ketamine"] == 0
    none = concentrations(TEN_LITRES_ONE_A_MINUTE, 70, [], [bolus(0, 1)], np.array([]))
    assert none["ketamine"].shape == (0,)


def test_an_effect_site_lags_and_peaks_where_it_crosses_the_plasma() -> None:
    # One compartment with ke0 twice the elimination rate k: the peak is at ln(2) / k.
    model = mammillary(clearance_l_per_min=1, volume_l=10, ke0_per_min=0.2)
    peak_min = log(2) / 0.1
    at_min = np.array([0, peak_min - 1, peak_min, peak_min + 1])
    found = concentrations(model, 70, [], [bolus(0, 10)], at_min)
    assert found["effect"][0] == pytest.approx(0, abs=1e-9)
    assert found["effect"][2] == pytest.approx(found["ketamine"][2], rel=1e-12)
    assert found["effect"].argmax() == 2


def test_an_effect_site_exactly_as_quick_as_the_plasma_is_no_special_case() -> None:
    # k = ke0 = 0.1 per min: Ce = C0 k t exp(-k t), the limit the usual formula divides by zero at.
    model = mammillary(clearance_l_per_min=1, volume_l=10, ke0_per_min=0.1)
    at_min = np.array([1.0, 10.0, 60.0])
    found = concentrations(model, 70, [], [bolus(0, 10)], at_min)
    expected = 1000 * 0.1 * at_min * np.exp(-0.1 * at_min)
    assert found["effect"] == pytest.approx(expected, rel=1e-12)


def test_a_chain_of_equal_delays_gives_the_first_of_them_an_exponential() -> None:
    found = concentrations(chain(20, delays=4), 70, [], [bolus(0, 10)], np.array([0.0, 5.0]))
    assert found["ketamine"] == pytest.approx([1000, 1000 * exp(-1)], rel=1e-12)


def test_infusions_that_overlap_add_up() -> None:
    at_min = np.linspace(0, 60, 13)
    apart = levels_ng_per_ml(
        system(TEN_LITRES_ONE_A_MINUTE), [infusion(0, 30, 1), infusion(10, 20, 2)], [], at_min
    )
    written_out = [infusion(0, 10, 1), infusion(10, 20, 3), infusion(20, 30, 1)]
    assert apart == pytest.approx(
        levels_ng_per_ml(system(TEN_LITRES_ONE_A_MINUTE), written_out, [], at_min), rel=1e-12
    )


@pytest.mark.parametrize("drug", [drug for drug in Drug if drug is not DRUG])
def test_a_dose_of_another_drug_never_enters_a_model(drug: Drug) -> None:
    other = Bolus(drug=drug, at_min=0, dose_mg=10)
    with pytest.raises(ValueError, match=f"A dose of {drug} cannot go into a model of {DRUG}"):
        concentrations(TEN_LITRES_ONE_A_MINUTE, 70, [], [other], np.array([1.0]))


@pytest.mark.parametrize(
    "dose",
    [
        infusion(10, 5, 1),
        infusion(0, 5, -1),
        infusion(0, float("inf"), 1),
        infusion(0, 5, float("nan")),
        bolus(0, -1),
        bolus(float("nan"), 1),
    ],
)
def test_what_is_not_a_dose_is_not_solved(dose: Infusion | Bolus) -> None:
    infusions = [dose] if isinstance(dose, Infusion) else []
    boluses = [dose] if isinstance(dose, Bolus) else []
    with pytest.raises(ValueError, match="This is not a dose"):
        concentrations(TEN_LITRES_ONE_A_MINUTE, 70, infusions, boluses, np.array([1.0]))


@pytest.mark.parametrize("at_min", [[2.0, 1.0], [0.0, float("nan")], [[0.0, 1.0]]])
def test_minutes_that_do_not_ascend_in_one_row_are_not_solved(at_min: list[float]) -> None:
    with pytest.raises(ValueError, match="one ascending row"):
        concentrations(TEN_LITRES_ONE_A_MINUTE, 70, [], [bolus(0, 1)], np.array(at_min))


@pytest.mark.parametrize("weight_kg", [0.0, -70.0, float("nan"), float("inf")])
def test_what_is_not_a_weight_is_not_solved(weight_kg: float) -> None:
    with pytest.raises(ValueError, match="is not a weight"):
        individual(TEN_LITRES_ONE_A_MINUTE, weight_kg)
