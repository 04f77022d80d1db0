"""Steered rates: never above the target or a limit, always a rate the pump can be set to."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quietdrip.core.pkpd.band import bodies
from quietdrip.core.pkpd.ceiling import Ceiling, ceiling, settable_ml_per_h
from quietdrip.core.pkpd.individual import individual
from quietdrip.core.pkpd.inverse import EvenSteps, FixedRate, even_steps, fixed_rate
from quietdrip.core.pkpd.model import EFFECT, Drug
from quietdrip.core.pkpd.population import Crowd
from quietdrip.core.pkpd.solve import Infusion, levels_ng_per_ml, plain_levels_ng_per_ml
from quietdrip.core.pkpd.target import Aim, Steered, steered
from quietdrip.core.reasons import Refusal
from tests.core.pkpd.read_model import library_model, scope

KAMP = library_model("kamp_2020_racemic")
SIMONS = library_model("simons_2022_sketamine_snk_shnk")


def aim(
    level_ng_per_ml: float = 100, output: str = EFFECT, for_min: int = 60, every_min: int = 5
) -> Aim:
    return Aim(
        output=output,
        level_ng_per_ml=level_ng_per_ml,
        for_min=Fraction(for_min),
        every_min=Fraction(every_min),
    )


def good(found: object) -> Steered:
    assert isinstance(found, Steered), found
    return found


@settings(deadline=None, max_examples=40)
@given(
    st.integers(45, 130),
    st.floats(20, 140),
    st.sampled_from([EFFECT, "ketamine"]),
    st.sampled_from([1, 2, 5, 10, 15]),
    st.sampled_from(["generic-0.1", "generic-0.01", "generic-banded"]),
)
def test_a_steered_level_never_passes_its_target_by_a_thousandth(
    weight_kg: int, level_ng_per_ml: float, output: str, every_min: int, pump_id: str
) -> None:
    person = individual(KAMP, float(weight_kg))
    found = steered(person, aim(level_ng_per_ml, output, 120, every_min), scope(weight_kg, pump_id))
    if isinstance(found, Refusal):
        return
    at_min = np.arange(0, 240, 0.05)
    row = person.outputs.index(output)
    level = plain_levels_ng_per_ml(person, found.doses.infusions, (), at_min)[row]
    assert level.max() <= level_ng_per_ml * 1.001
    assert found.highest_ng_per_ml == pytest.approx(level.max(), rel=1e-4)
    assert found.overshoot_percent <= 0.1


@settings(deadline=None, max_examples=30)
@given(st.integers(45, 130), st.floats(20, 300), st.sampled_from(["generic-0.1", "generic-banded"]))
def test_every_rate_can_be_set_and_no_limit_stops_it(
    weight_kg: int, level_ng_per_ml: float, pump_id: str
) -> None:
    where = scope(weight_kg, pump_id, outpatient=False)
    found = steered(individual(KAMP, float(weight_kg)), aim(level_ng_per_ml, every_min=1), where)
    if isinstance(found, Refusal):
        return
    for rate in found.rates:
        assert settable_ml_per_h(where.pump, Fraction(rate.rate_ml_per_h)) == rate.rate_ml_per_h
        assert rate.rate_mg_per_h == rate.rate_ml_per_h * where.concentration_mg_per_ml
        assert Fraction(rate.rate_mg_per_h) <= Fraction(weight_kg)  # 1 mg/kg/h is the soft ceiling
    starts = [rate.start_min for rate in found.rates]
    ends = [rate.start_min + rate.for_min for rate in found.rates]
    assert starts == [0, *ends[:-1]]
    assert ends[-1] == 60


def test_an_effect_site_is_reached_soon_and_then_held() -> None:
    found = good(steered(individual(KAMP, 70.0), aim(), scope()))
    assert found.reached_min < 15
    assert found.lowest_after_ng_per_ml > 98
    assert found.rates[0].rate_ml_per_h == found.ceiling.rate_ml_per_h == 70
    held = [rate.rate_ml_per_h for rate in found.rates[3:]]
    assert held == sorted(held, reverse=True)  # even, falling as the tissues fill; never on and off


def test_the_total_of_the_rates_is_the_total() -> None:
    found = good(steered(individual(KAMP, 70.0), aim(), scope()))
    total = sum(float(rate.rate_mg_per_h) * float(rate.for_min) / 60 for rate in found.rates)
    assert float(found.total_mg) == pytest.approx(total, abs=0.001)
    assert found.doses.total_mg == pytest.approx(total)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (aim(9999), "is not reached in 60 min"),
        (aim(9999), "analgesic-rate-ceiling"),
        (aim(-1), "is no target"),
        (aim(output="bile"), "has no bile"),
        (aim(every_min=7), "no whole number of intervals"),
        (aim(every_min=0), "no whole number of intervals"),
        (aim(for_min=0), "at most one day"),
        (aim(for_min=2000, every_min=20), "at most one day"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_a_sentence(what: Aim, says: str) -> None:
    found = steered(individual(KAMP, 70.0), what, scope())
    assert isinstance(found, Refusal)
    assert says in found.says


def test_a_program_that_adds_up_to_more_than_a_limit_is_refused_by_its_name() -> None:
    found = steered(individual(KAMP, 70.0), aim(200, for_min=240), scope(programme="mood"))
    assert isinstance(found, Refusal)
    assert "mood-dose-review" in found.says


def test_no_program_is_made_of_a_drug_that_has_no_limits() -> None:
    midazolam = library_model("wiebe_2020_midazolam")
    found = steered(individual(midazolam, 70.0), aim(output=midazolam.outputs[0].name), scope())
    assert isinstance(found, Refusal)
    assert "No limit is stated for midazolam" in found.says


@pytest.mark.parametrize(("pump_id", "rate"), [("generic-0.1", "33.5"), ("generic-1", "33")])
def test_the_ceiling_is_the_last_step_that_no_limit_stops(pump_id: str, rate: str) -> None:
    """1 mg/kg/h bites above itself: for 67 kg at 2 mg/mL that is 33.5 mL/h."""
    found = ceiling(scope(67, pump_id, mg_per_ml="2"))
    assert isinstance(found, Ceiling)
    assert found.rate_ml_per_h == Decimal(rate)


def test_a_fixed_rate_keeps_the_band_under_a_level_and_one_step_more_does_not() -> None:
    people = bodies(SIMONS, 70.0, None, Crowd(seed=1, count=1000))
    assert not isinstance(people, Refusal)
    found = fixed_rate(people, EFFECT, 100.0, Fraction(240), 90, scope())
    assert isinstance(found, FixedRate), found

    def top(rate_mg_per_h: float) -> float:
        infusion = Infusion(
            drug=Drug.S_KETAMINE, start_min=0, stop_min=240, rate_mg_per_min=rate_mg_per_h / 60
        )
        at_min = np.linspace(0, 300, 301)
        levels = levels_ng_per_ml(people.crowd, [infusion], (), at_min)[:, 1]
        return float(np.quantile(levels, 0.95, axis=0).max())

    rate_mg_per_h = float(found.rate.rate_mg_per_h)
    assert top(rate_mg_per_h) <= 100.0
    assert top(rate_mg_per_h + 0.1) > 100.0
    assert found.highest_ng_per_ml == pytest.approx(top(rate_mg_per_h), rel=1e-3)
    assert found.limited_by == ""


def test_a_fixed_rate_stops_at_a_limit_and_names_it() -> None:
    people = bodies(SIMONS, 70.0, None, Crowd(seed=1, count=200))
    assert not isinstance(people, Refusal)
    found = fixed_rate(people, EFFECT, 9000.0, Fraction(60), 90, scope())
    assert isinstance(found, FixedRate)
    assert found.rate.rate_mg_per_h == 70
    assert "analgesic-rate-ceiling" in found.limited_by


def test_even_steps_reach_a_level_by_a_time_from_below() -> None:
    found = even_steps(
        individual(KAMP, 70.0),
        "ketamine",
        100.0,
        Fraction(180),
        Fraction(60),
        Fraction(10),
        scope(),
    )
    assert isinstance(found, EvenSteps), found
    rates = [rate.rate_mg_per_h for rate in found.rates]
    assert rates[0] == 10
    assert abs((rates[2] - rates[1]) - (rates[1] - rates[0])) <= Decimal("0.1")
    assert 99 <= found.level_ng_per_ml <= 100
    at_min = np.array([180.0])
    level = plain_levels_ng_per_ml(individual(KAMP, 70.0), found.doses.infusions, (), at_min)[0, 0]
    assert found.level_ng_per_ml == pytest.approx(level, rel=1e-9)


def test_even_steps_without_a_start_rise_from_nothing() -> None:
    found = even_steps(
        individual(KAMP, 70.0), "ketamine", 100.0, Fraction(180), Fraction(60), None, scope()
    )
    assert isinstance(found, EvenSteps)
    first, second, third = (float(rate.rate_mg_per_h) for rate in found.rates)
    assert second == pytest.approx(2 * first, abs=0.3)
    assert third == pytest.approx(3 * first, abs=0.3)


@pytest.mark.parametrize(
    ("level_ng_per_ml", "start_mg_per_h", "says"),
    [
        (20.0, 60, "start lower than 60 mg/h"),
        (900.0, 10, "analgesic-rate-ceiling"),
        (-1.0, 10, "no level to aim at"),
    ],
)
def test_steps_that_cannot_be_are_refused(
    level_ng_per_ml: float, start_mg_per_h: int, says: str
) -> None:
    found = even_steps(
        individual(KAMP, 70.0), "ketamine", level_ng_per_ml, Fraction(180), Fraction(60),
        Fraction(start_mg_per_h), scope(),
    )  # fmt: skip
    assert isinstance(found, Refusal)
    assert says in found.says
