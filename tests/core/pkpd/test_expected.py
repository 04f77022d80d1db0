"""Peaks and times below a threshold, against formulas that can be worked out by hand."""

from dataclasses import replace
from math import log

import numpy as np
import pytest

from quietdrip.core.pkpd.band import bodies
from quietdrip.core.pkpd.expected import Followed, Peak, below, expected, of_c50s, peak
from quietdrip.core.pkpd.individual import individual
from quietdrip.core.pkpd.model import EFFECT, Drug
from quietdrip.core.pkpd.population import Crowd
from quietdrip.core.pkpd.solve import levels_ng_per_ml
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Refusal
from quietdrip.library import read_prediction
from tests.core.pkpd.made import DRUG, bolus, mammillary, system
from tests.core.pkpd.read_model import hourly, library_model

ONE = mammillary(1.0, 10.0, ke0_per_min=0.3)  # k = 0.1 a minute


def test_after_a_bolus_the_effect_site_peaks_when_the_books_say() -> None:
    """log(ke0 / k) / (ke0 - k) minutes after the dose, with the plasma's own level then."""
    found = peak(system(ONE), Doses(drug=DRUG, boluses=(bolus(0, 5),)), EFFECT)
    assert found.at_min == pytest.approx(log(0.3 / 0.1) / 0.2, abs=0.01)
    assert found.level_ng_per_ml == pytest.approx(500 * np.exp(-0.1 * log(3) / 0.2), rel=1e-6)


def test_plasma_is_highest_at_the_end_of_an_infusion_or_at_a_bolus() -> None:
    plasma = "ketamine"
    assert peak(system(ONE), hourly(DRUG, 60), plasma).at_min == pytest.approx(60)
    late = peak(system(ONE), hourly(DRUG, 6, bolus_mg=50, at_min=17), plasma)
    assert late.at_min == pytest.approx(17)


def test_a_level_is_below_a_threshold_when_its_halvings_have_passed() -> None:
    """500 ng/mL falling by 0.1 a minute is below 125 after two halvings."""
    doses = Doses(drug=DRUG, boluses=(bolus(0, 5),))
    found = below(None, system(ONE), doses, "plasma", 125.0)
    assert found.typical_min == pytest.approx(2 * log(2) / 0.1, rel=1e-4)
    assert found.band_min == ()


def test_a_level_that_never_reaches_the_threshold_is_below_it_throughout() -> None:
    doses = Doses(drug=DRUG, boluses=(bolus(0, 5),))
    assert below(None, system(ONE), doses, "plasma", 600.0).typical_min == 0


@pytest.mark.parametrize("threshold_ng_per_ml", [5.0, 20, 60])
def test_the_time_below_is_where_the_curve_itself_crosses(threshold_ng_per_ml: float) -> None:
    person = individual(library_model("kamp_2020_racemic"), 70.0)
    doses = hourly(Drug.RACEMIC_KETAMINE, 35, 20)
    found = below(None, person, doses, "effect", threshold_ng_per_ml)
    row = person.outputs.index(EFFECT)
    level = levels_ng_per_ml(person, doses.infusions, (), np.array([found.typical_min]))[row]
    assert level == pytest.approx(threshold_ng_per_ml, rel=1e-3)


def test_of_the_people_each_share_is_below_by_its_own_minute() -> None:
    model = library_model("otto_2021_sketamine_snk")
    people = bodies(model, 70.0, None, Crowd(seed=2, count=1000))
    assert not isinstance(people, Refusal)
    doses = hourly(Drug.S_KETAMINE, 20)
    found = below(people, people.person, doses, "plasma", 20.0, (5, 50, 95))
    for percent, by_min in zip(found.band_percent, found.band_min, strict=True):
        levels = levels_ng_per_ml(people.crowd, doses.infusions, (), np.array([by_min]))[:, 0, 0]
        assert np.mean(levels <= 20.0) == pytest.approx(percent / 100, abs=0.002)


def test_dissociation_is_told_by_a_delay_measured_for_it_and_by_no_other() -> None:
    follows = read_prediction.follows(Drug.RACEMIC_KETAMINE)
    assert not isinstance(follows, Refusal)
    doses = hourly(Drug.RACEMIC_KETAMINE, 35)
    told = {}
    for model_id in ("kamp_2020_racemic", "domino_racemic", "clements_250_racemic"):
        model = library_model(model_id)
        person = individual(model, 70.0)
        peaks: dict[Followed, Peak] = {"plasma": peak(person, doses, "ketamine")}
        if model.effect is not None:
            peaks["effect"] = peak(person, doses, EFFECT)
        told[model_id] = {each.follows.effect: each for each in expected(model, peaks, follows)}
    assert told["kamp_2020_racemic"]["dissociation"].peak is not None
    assert told["domino_racemic"]["dissociation"].peak is None
    assert "another effect" in told["domino_racemic"]["dissociation"].says
    assert "no effect site" in told["clements_250_racemic"]["dissociation"].says
    assert all(each["pressure rise"].peak is not None for each in told.values())


def test_a_c50_stands_beside_the_level_of_its_own_site_and_drug() -> None:
    """The S-ketamine C50 of 121 ng/mL is doubled for the racemate, never used as it is."""
    kamp = library_model("kamp_2020_racemic")
    person = individual(kamp, 70.0)
    top = peak(person, hourly(Drug.RACEMIC_KETAMINE, 35), EFFECT)
    (found,) = of_c50s(kamp, {"effect": top})
    assert found.c50.c50_ng_per_ml == pytest.approx(242.5)
    assert found.peak_fraction == pytest.approx(top.level_ng_per_ml / 242.5)
    assert of_c50s(replace(kamp, c50s=()), {"effect": top}) == ()


def test_what_follows_an_effect_is_cited() -> None:
    follows = read_prediction.follows(Drug.S_KETAMINE)
    assert not isinstance(follows, Refusal)
    assert follows
    assert all(each.source and each.seen and each.says for each in follows)
