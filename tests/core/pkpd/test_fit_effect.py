"""Sensitivity from observed effect: apart from blood, exact, and never without a stated spread."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from scipy import integrate, stats

from quietdrip.core.pkpd.fit_effect import (
    Response,
    Seen,
    Sensitivity,
    effect_fraction,
    sensitivity,
)
from quietdrip.core.pkpd.individual import Floats
from quietdrip.core.reasons import Refusal
from tests.core.pkpd.virtual import SIMONS

MADE = Response(c50=SIMONS.c50s[0], steepness=5.0, people_differ_log_sd=0.4, assumed_by="the test")
MIDDLE = MADE.c50.c50_ng_per_ml


def score(fraction: float, sd: float = 0.1, at_min: float = 40.0) -> Seen:
    return Seen(at_min=at_min, score_fraction=fraction, score_sd_fraction=sd)


def learnt(observations: list[Seen], levels: list[float], made: Response = MADE) -> Sensitivity:
    found = sensitivity(made, observations, np.array(levels))
    assert not isinstance(found, Refusal), found.says
    return found


def test_half_of_the_effect_at_the_published_level_leaves_it_there() -> None:
    assert learnt([score(0.5)], [MIDDLE]).c50_ng_per_ml == pytest.approx(MIDDLE, rel=1e-3)


def test_whoever_reacts_early_is_more_sensitive_and_surer_with_every_score() -> None:
    once = learnt([score(0.5)], [MIDDLE / 2])
    often = learnt([score(0.5)] * 4, [MIDDLE / 2] * 4)

    assert MIDDLE / 2 < often.c50_ng_per_ml < once.c50_ng_per_ml < MIDDLE
    assert often.shrinkage_fraction < once.shrinkage_fraction < 1
    assert once.low_ng_per_ml < once.c50_ng_per_ml < once.high_ng_per_ml


def test_yes_below_and_no_above_move_it_down_and_up() -> None:
    yes, no = (Seen(at_min=30.0, present=present) for present in (True, False))

    assert learnt([yes], [0.6 * MIDDLE]).c50_ng_per_ml < MIDDLE
    assert learnt([no], [1.5 * MIDDLE]).c50_ng_per_ml > MIDDLE


def test_it_is_labelled_as_seen_and_not_from_blood() -> None:
    says = learnt([score(0.5), score(0.6)], [MIDDLE, MIDDLE]).says

    assert "from 2 observed effects, not from blood" in says
    assert "as assumed by the test" in says


@given(
    fractions=some.lists(some.floats(0, 1), min_size=1, max_size=4),
    level=some.floats(60, 240),
    differ=some.floats(0.1, 0.6),
)
def test_it_is_what_integration_finds(fractions: list[float], level: float, differ: float) -> None:
    made = replace(MADE, people_differ_log_sd=differ)
    found = sensitivity(made, [score(each) for each in fractions], np.full(len(fractions), level))
    assume(isinstance(found, Sensitivity))
    assert isinstance(found, Sensitivity)

    ratios = np.linspace(-5.9, 5.9, 20_011) * differ
    effect = 1 / (1 + (MIDDLE * np.exp(ratios) / level) ** 5.0)
    log_density = stats.norm.logpdf(ratios, 0, differ)
    for each in fractions:
        log_density = log_density + stats.norm.logpdf(each, effect, 0.1)
    below = integrate.cumulative_simpson(np.exp(log_density - log_density.max()), x=ratios)
    share = np.interp(np.log(found.c50_ng_per_ml / MIDDLE), ratios[1:], below / below[-1])
    assert share == pytest.approx(0.5, abs=0.01)


def test_effects_that_no_one_would_show_at_such_levels_are_refused() -> None:
    found = sensitivity(MADE, [score(1.0, sd=0.02)] * 3, np.full(3, MIDDLE / 20))

    assert isinstance(found, Refusal)
    assert "do not fit together" in found.says


@given(levels=some.lists(some.floats(0, 1e4), min_size=1), steepness=some.floats(0.5, 12))
def test_the_effect_rises_with_the_level_from_none_to_all(
    levels: list[float], steepness: float
) -> None:
    effect = effect_fraction(np.sort(np.array(levels)), MIDDLE, steepness)

    assert np.all((effect >= 0) & (effect <= 1) & (np.diff(effect, prepend=0) >= 0))
    assert effect_fraction(np.array([0.0, MIDDLE]), MIDDLE, steepness) == pytest.approx([0, 0.5])


@pytest.mark.parametrize(
    ("made", "observations", "levels", "says"),
    [
        (replace(MADE, people_differ_log_sd=None), [score(0.5)], [100.0], "none is assumed"),
        (replace(MADE, people_differ_log_sd=0.0), [score(0.5)], [100.0], "above 0"),
        (replace(MADE, assumed_by=""), [score(0.5)], [100.0], "with the name it stands on"),
        (MADE, [], [], "at least one"),
        (MADE, [score(0.5)], [100.0, 120.0], "one level for each"),
        (MADE, [score(0.5)], [-1.0], "not below 0"),
        (MADE, [score(1.5)], [100.0], "from 0 to 1"),
        (MADE, [score(0.5, sd=0.0)], [100.0], "scatter above 0"),
        (MADE, [Seen(at_min=3.0)], [100.0], "a score or a yes or no"),
        (MADE, [replace(score(0.5), present=True)], [100.0], "one of the two"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(
    made: Response, observations: list[Seen], levels: list[float], says: str
) -> None:
    given_levels: Floats = np.array(levels)
    found = sensitivity(made, observations, given_levels)

    assert isinstance(found, Refusal)
    assert says in found.says
