"""A band is what published variability makes of people; where none was seen there is none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quietdrip.core.pkpd import modal, star
from quietdrip.core.pkpd.band import Band, Bodies, band, bodies, quantiles, spread
from quietdrip.core.pkpd.doses import stretches
from quietdrip.core.pkpd.individual import Floats, individual, linear, values
from quietdrip.core.pkpd.model import EFFECT, Drug, Model, Variability, Variation
from quietdrip.core.pkpd.population import Crowd
from quietdrip.core.pkpd.solve import levels_ng_per_ml, plain_levels_ng_per_ml
from quietdrip.core.reasons import Refusal
from tests.core.pkpd.made import DRUG, bolus, chain, infusion, mammillary, system
from tests.core.pkpd.read_model import hourly, library_model

CROWD = Crowd(seed=1, count=1000)
VARYING = (
    "simons_2022_sketamine_snk_shnk",
    "otto_2021_sketamine_snk",
    "perez_ruixo_2021_esketamine",
    "herd_2007_racemic_children",
    "wiebe_2020_midazolam",
)
clearances, volumes = st.floats(0.02, 5), st.floats(1, 300)


@st.composite
def trees(draw: st.DrawFn) -> Model:
    exchanges = draw(st.lists(st.tuples(clearances, volumes), max_size=3))
    ke0_per_min = draw(st.none() | st.floats(0.01, 2))
    return mammillary(draw(clearances), draw(volumes), exchanges, ke0_per_min)


def made(model: Model) -> Bodies:
    found = bodies(model, 70.0, None, CROWD)
    assert not isinstance(found, Refusal), found
    return found


def varied(model: Model, **log_variances: float) -> Model:
    """The model with people who differ in these parameters."""
    return replace(
        model,
        variability=Variability(
            between_people=tuple(
                Variation(parameter=name, log_variance=variance, printed="made")
                for name, variance in log_variances.items()
            ),
            together=(),
            between_occasions=(),
            says="",
            confidence="made",
        ),
    )


@settings(deadline=None, max_examples=80)
@given(trees())
def test_the_modes_of_a_tree_give_the_levels_of_the_plain_way(model: Model) -> None:
    person = system(model)
    modes = star.modes_of(person)
    at_min = np.array([0.0, 0.5, 5, 30, 120, 600])
    line = ([infusion(0, 40, 1)], [bolus(0, 5)])
    expected = plain_levels_ng_per_ml(person, *line, at_min)
    if modes.apart:
        found = modal.levels_ng_per_ml(modes, stretches(DRUG, *line), at_min)
        assert np.max(np.abs(found - expected)) <= 1e-9 * np.max(expected)


def test_what_is_no_tree_goes_the_general_way() -> None:
    person = system(chain(20, 3))
    found, general = star.modes_of(person), modal.modes_of(person)
    assert np.array_equal(found.apart, general.apart)


@pytest.mark.parametrize("model_id", VARYING)
def test_states_that_never_flow_back_are_not_missed(model_id: str) -> None:
    model = library_model(model_id)
    person, plasma = individual(model, 70.0), model.outputs[0].name
    small = star.upstream(person, (plasma,))
    given_doses = hourly(model.drug, 10, 20, bolus_mg=5, at_min=30)
    at_min = np.linspace(0, 300, 61)
    whole = levels_ng_per_ml(person, given_doses.infusions, given_doses.boluses, at_min)[0]
    found = levels_ng_per_ml(small, given_doses.infusions, given_doses.boluses, at_min)[0]
    assert len(small.states) <= len(person.states)
    assert found == pytest.approx(whole, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("model_id", VARYING)
def test_a_band_drawn_at_knots_is_the_band_of_all_people_at_all_times(model_id: str) -> None:
    model = library_model(model_id)
    people = made(model)
    given_doses = hourly(model.drug, 7, 14, 21, 14, bolus_mg=14, at_min=30)
    at_min = np.arange(0, 360 + 1e-9, 1 / 6)
    found = band(people, given_doses, at_min, (50, 90))
    everyone = levels_ng_per_ml(people.crowd, given_doses.infusions, given_doses.boluses, at_min)
    drawn_each = [found.plasma, *([found.effect] if found.effect is not None else [])]
    for row, drawn in enumerate(drawn_each):
        expected = np.quantile(everyone[:, row], np.array(drawn.at_percent) / 100, axis=0)
        assert list(drawn.at_percent) == [5, 25, 50, 75, 95]
        assert np.max(np.abs(drawn.levels_ng_per_ml - expected)) <= 0.005 * np.max(expected)
        assert np.all(np.diff(drawn.levels_ng_per_ml, axis=0) >= 0)


def test_a_few_times_are_drawn_from_all_people_each() -> None:
    people = made(library_model("otto_2021_sketamine_snk"))
    given_doses = hourly(Drug.S_KETAMINE, 20)
    at_min = np.array([0.0, 5, 20, 40, 60, 90])
    found = band(people, given_doses, at_min, (90,))
    everyone = levels_ng_per_ml(people.crowd, given_doses.infusions, (), at_min)[:, 0]
    expected = np.quantile(everyone, [0.05, 0.5, 0.95], axis=0)
    assert found.plasma.levels_ng_per_ml == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_at_steady_state_the_band_is_that_of_the_clearance() -> None:
    """The level is rate over clearance; of a log-normal clearance the quantiles are known."""
    model = varied(mammillary(1.0, 10.0), CL=0.09)
    people = made(model)
    steady = hourly(DRUG, *[60.0] * 48)
    found = band(people, steady, np.array([48 * 60.0]), (90,))
    low, middle, high = found.plasma.levels_ng_per_ml[:, 0]
    assert (low, middle, high) == pytest.approx(
        (1000 * np.exp(-1.645 * 0.3), 1000, 1000 * np.exp(1.645 * 0.3)), rel=0.06
    )


def test_people_whose_effect_site_meets_a_phase_of_the_plasma_are_solved_the_plain_way() -> None:
    model = varied(mammillary(1.0, 10.0, ke0_per_min=0.1), V1=1e-12)  # ke0 is CL / V1 for all
    people = made(model)
    assert not np.any(people.modes.apart)
    at_min = np.array([1.0, 10, 60])
    found = band(people, hourly(DRUG, 60), at_min, (90,))
    assert found.effect is not None
    expected = levels_ng_per_ml(people.person, hourly(DRUG, 60).infusions, (), at_min)[1]
    assert found.effect.at(50) == pytest.approx(expected, rel=1e-5)


def test_a_model_whose_variability_was_not_seen_has_no_band() -> None:
    found = bodies(library_model("kamp_2020_racemic"), 70.0, None, CROWD)
    assert isinstance(found, Refusal)
    assert "the numbers were not seen" in found.says


def test_before_the_first_dose_the_band_is_zero() -> None:
    people = made(varied(mammillary(1.0, 10.0), CL=0.09))
    given_doses = hourly(DRUG, 0, 60)
    found = band(people, given_doses, np.array([0.0, 30, 60, 90]), (90,))
    assert np.all(found.plasma.levels_ng_per_ml[:, :3] == 0)
    assert np.all(found.plasma.levels_ng_per_ml[:, 3] > 0)


def test_a_band_says_that_the_delay_of_the_effect_site_does_not_vary() -> None:
    people = made(library_model("simons_2022_sketamine_snk_shnk"))
    found: Band = band(people, hourly(Drug.S_KETAMINE, 20), np.array([60.0]), (90,))
    assert "delay of the effect site is the same for all" in found.says


def test_the_spread_is_the_lowest_and_the_highest_typical_person() -> None:
    models = [library_model("kamp_2020_racemic"), library_model("domino_racemic")]
    given_doses, at_min = hourly(Drug.RACEMIC_KETAMINE, 35), np.array([20.0, 60, 90])
    found = spread(models, 70.0, None, given_doses, at_min)
    each = [
        levels_ng_per_ml(individual(model, 70.0), given_doses.infusions, (), at_min)[0]
        for model in models
    ]
    assert found.low_ng_per_ml == pytest.approx(np.minimum(*each))
    assert found.high_ng_per_ml == pytest.approx(np.maximum(*each))
    assert "not a population band" in found.says


@pytest.mark.parametrize("people", [1, 2, 7, 1000])
def test_quantiles_are_those_of_everyone_counted(people: int) -> None:
    levels: Floats = np.exp(np.random.default_rng(3).standard_normal((people, 2, 5)))
    found = quantiles(levels, (5, 50, 95))
    assert found == pytest.approx(np.quantile(levels, [0.05, 0.5, 0.95], axis=0), rel=1e-6)


def test_the_typical_person_of_a_band_is_the_model_own() -> None:
    model = library_model("simons_2022_sketamine_snk_shnk")
    people = made(model)
    whole = linear(model, values(model, 70.0))
    at_min = np.array([10.0, 60, 200])
    given_doses = hourly(Drug.S_KETAMINE, 10)
    expected = levels_ng_per_ml(whole, given_doses.infusions, (), at_min)
    found = levels_ng_per_ml(people.person, given_doses.infusions, (), at_min)
    assert found[0] == pytest.approx(expected[0], rel=1e-9)
    assert found[1] == pytest.approx(expected[whole.outputs.index(EFFECT)], rel=1e-9)
