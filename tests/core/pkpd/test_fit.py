"""One person's fit: against an optimiser and a sampler that share nothing with it, and as laws."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import optimize, stats

from quietdrip.core.pkpd.evidence import slope
from quietdrip.core.pkpd.fit import Fit, _beyond, fit
from quietdrip.core.pkpd.individual import Floats, linear, values
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.population import Scatter, scatter
from quietdrip.core.pkpd.posterior import agreeing, own_band, posterior
from quietdrip.core.pkpd.sample import Assay, Sample
from quietdrip.core.pkpd.solve import levels_ng_per_ml
from quietdrip.core.pkpd.star import upstream
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Refusal
from tests.core.pkpd.virtual import (
    KAMP,
    OTTO,
    PEREZ_RUIXO,
    SIMONS,
    WIEBE,
    fitted,
    over,
    sample,
    stepped,
    typical_level_ng_per_ml,
)

AT_MIN = (20.0, 45.0, 90.0, 150.0, 230.0)
OFF = (1.3, 0.8, 1.25, 1.1, 0.9)


def samples(model: Model, doses: Doses, limit: bool = False) -> list[Sample]:
    """Five samples around the typical person's levels, the first below its limit if asked."""
    levels = [typical_level_ng_per_ml(model, 70.0, doses, minute) for minute in AT_MIN]
    read: list[float | None] = [level * off for level, off in zip(levels, OFF, strict=True)]
    assay = Assay(cv_fraction=0.05, sd_ng_per_ml=None, limit_ng_per_ml=1.2 * levels[0])
    if limit:
        read[0] = None
    return [
        sample(model, minute, level, assay=assay)
        for minute, level in zip(AT_MIN, read, strict=True)
    ]


def cost_of(
    model: Model, doses: Doses, drawn: list[Sample], names: tuple[str, ...]
) -> Callable[[Floats], Floats]:
    """Minus the log posterior for effects (people, k), by SciPy's densities and the main solver."""
    spread = scatter(model, one_occasion=True)
    assert isinstance(spread, Scatter)
    here = [spread.parameters.index(name) for name in names]
    prior = stats.multivariate_normal(
        np.zeros(len(here)), spread.log_covariance[np.ix_(here, here)]
    )
    residual = next(r for r in model.residuals if r.output == model.outputs[0].name)
    on_log = residual.log_sd_fraction is not None
    sd = np.hypot(residual.log_sd_fraction or residual.proportional_sd_fraction or 0, 0.05)
    typical, at_min = values(model, 70.0), np.array([one.at_min for one in drawn])

    def cost(effects: Floats) -> Floats:
        own = {name: np.full(len(effects), value) for name, value in typical.items()}
        for column, name in enumerate(names):
            own[name] = own[name] * np.exp(effects[:, column])
        system = upstream(linear(model, own), [model.outputs[0].name])
        levels = levels_ng_per_ml(system, doses.infusions, doses.boluses, at_min)[:, 0]
        total: Floats = -np.atleast_1d(prior.logpdf(effects))
        for column, one in enumerate(drawn):
            level = levels[:, column]
            if one.level_ng_per_ml is None:
                limit = one.assay.limit_ng_per_ml
                total = total - stats.norm.logcdf(limit, level, sd * level)
            elif on_log:
                total = total - stats.norm.logpdf(np.log(one.level_ng_per_ml), np.log(level), sd)
            else:
                total = total - stats.norm.logpdf(one.level_ng_per_ml, level, sd * level)
        return total

    return cost


CASES = [(OTTO, False), (OTTO, True), (SIMONS, False), (PEREZ_RUIXO, False), (PEREZ_RUIXO, True)]


@pytest.mark.parametrize(("model", "limit"), CASES)
def test_the_fit_is_where_scipy_finds_the_least_cost(model: Model, limit: bool) -> None:
    doses = stepped(model.drug)
    drawn = samples(model, doses, limit and model is OTTO)
    found = fitted(fit(model, 70.0, doses, drawn))
    names = found.given.body.varying
    cost = cost_of(model, doses, drawn, names)

    best = optimize.minimize(
        lambda effects: float(cost(effects[None, :])[0]), np.zeros(len(names)), tol=1e-10
    )
    own = np.array([found.log_effects[found.prior.parameters.index(name)] for name in names])
    assert np.allclose(own, best.x, atol=2e-4)
    assert cost(own[None, :])[0] <= best.fun + 1e-8


def metropolis(
    cost: Callable[[Floats], Floats], start: Floats, covariance: Floats, seed: int
) -> Floats:
    """Draws of 200 random walks side by side, (draws, k), after they have forgotten the start."""
    luck = np.random.default_rng(seed)
    root = np.linalg.cholesky(covariance) * 2.4 / np.sqrt(start.size)
    here = start + luck.standard_normal((200, start.size)) @ root.T
    now, kept = cost(here), []
    for step in range(500):
        tried = here + luck.standard_normal(here.shape) @ root.T
        then = cost(tried)
        taken = np.log(luck.random(200)) < now - then
        here, now = np.where(taken[:, None], tried, here), np.where(taken, then, now)
        if step >= 100:
            kept.append(here)
    return np.concatenate(kept)


@pytest.mark.parametrize(("model", "limit"), [(OTTO, False), (OTTO, True), (SIMONS, False)])
def test_the_posterior_is_what_a_random_walk_finds(model: Model, limit: bool) -> None:
    doses = stepped(model.drug)
    drawn = samples(model, doses, limit)
    found = fitted(fit(model, 70.0, doses, drawn))
    names = found.given.body.varying
    touched = [found.prior.parameters.index(name) for name in names]
    laplace = found.log_covariance[np.ix_(touched, touched)]
    walked = metropolis(
        cost_of(model, doses, drawn, names), found.log_effects[touched], laplace, seed=8
    )
    weighed = posterior(found, seed=3, proposals=8000)
    mean, sd = walked.mean(axis=0), walked.std(axis=0)
    by_weight = weighed.weights @ weighed.log_effects[:, touched]
    off = weighed.log_effects[:, touched] - by_weight

    assert np.all(np.abs(found.log_effects[touched] - mean) < 0.25 * sd)
    assert np.allclose(np.sqrt(np.diag(laplace)), sd, rtol=0.12)
    assert np.all(np.abs(by_weight - mean) < 0.06 * sd)
    assert np.allclose(np.sqrt(weighed.weights @ off**2), sd, rtol=0.06)
    assert weighed.effective_draws > 0.5 * 8000


@pytest.mark.parametrize("model", [KAMP])
def test_a_model_without_published_variability_is_not_fitted(model: Model) -> None:
    found = fit(model, 70.0, stepped(model.drug), [sample(model, 60.0, 50.0)])

    assert isinstance(found, Refusal)
    assert "not stated; none is assumed" in found.says


def test_a_sample_on_the_typical_curve_leaves_a_person_typical() -> None:
    """But for a small pull: where the scatter grows with the level, lower ones are likelier."""
    doses = stepped(OTTO.drug)
    level = typical_level_ng_per_ml(OTTO, 70.0, doses, 150.0)
    found = fitted(fit(OTTO, 70.0, doses, [sample(OTTO, 150.0, level)]))

    assert np.all(np.abs(found.log_effects) < 0.25 * np.sqrt(np.diag(found.prior.log_covariance)))
    assert found.by_chance_fraction > 0.5


def test_twice_the_level_is_half_the_clearance_where_the_sample_is_sharp() -> None:
    """At steady state the level is rate over clearance, whatever else."""
    doses = over(WIEBE.drug, (0, 20_000, 0.02))
    typical = values(WIEBE, 70.0)["CL"]
    steady_ng_per_ml = 0.02 / float(typical) * 1000
    many = [sample(WIEBE, 19_000.0 + minute, 1.2 * steady_ng_per_ml) for minute in range(60)]
    found = fitted(fit(WIEBE, 70.0, doses, many))

    # Sixty samples of 15 % weigh more than the prior of 18 %; the scatter that grows with the
    # level pulls by about its own square.
    assert found.values["CL"] == pytest.approx(float(typical) / 1.2, rel=0.035)
    assert found.shrinkage_fraction["CL"] < 0.05


def test_shrinkage_is_all_where_samples_say_nothing() -> None:
    doses = stepped(OTTO.drug)
    found = fitted(fit(OTTO, 70.0, doses, samples(OTTO, doses)))

    assert found.shrinkage_fraction["VN1"] == pytest.approx(1)
    assert found.log_effects[found.prior.parameters.index("VN1")] == 0
    assert found.shrinkage_fraction["V1"] < 0.6


def test_more_samples_leave_less_to_the_prior() -> None:
    doses = stepped(OTTO.drug)
    drawn = samples(OTTO, doses)
    left = [
        sum(fitted(fit(OTTO, 70.0, doses, drawn[:count])).shrinkage_fraction.values())
        for count in (1, 3, 5)
    ]

    assert left == sorted(left, reverse=True)


def test_the_metabolites_own_sample_is_fitted_too() -> None:
    doses = over(SIMONS.drug, (0, 40, 0.5))
    parent, other = sample(SIMONS, 40.0, 230.0), sample(SIMONS, 90.0, 60.0, output="norketamine")
    found = fitted(fit(SIMONS, 70.0, doses, [other, parent]))

    assert [seen.sample.output for seen in found.seen] == ["ketamine", "norketamine"]
    assert found.shrinkage_fraction["CLN1"] < 1
    assert found.shrinkage_fraction["CLH2"] == pytest.approx(1)
    assert np.abs(slope_of(found)).max() < 1e-4


def slope_of(found: Fit) -> Floats:
    touched = [found.prior.parameters.index(name) for name in found.given.body.varying]
    return slope(found.given, found.log_effects[touched]).gradient


@settings(max_examples=40)
@given(
    offs=some.lists(some.floats(0.55, 1.8), min_size=1, max_size=5),
    weight_kg=some.floats(45, 120),
)
def test_the_fit_stands_where_the_cost_no_longer_falls(offs: list[float], weight_kg: float) -> None:
    doses = stepped(OTTO.drug)
    drawn = [
        sample(OTTO, minute, off * typical_level_ng_per_ml(OTTO, weight_kg, doses, minute))
        for minute, off in zip(AT_MIN, offs, strict=False)
    ]
    found = fitted(fit(OTTO, weight_kg, doses, drawn))

    assert np.abs(slope_of(found)).max() < 1e-4
    assert np.linalg.eigvalsh(found.log_covariance)[0] > 0
    assert all(0 < left <= 1.3 for left in found.shrinkage_fraction.values())


def test_the_order_of_samples_does_not_matter() -> None:
    doses = stepped(OTTO.drug)
    drawn = samples(OTTO, doses)
    one, other = (fitted(fit(OTTO, 70.0, doses, order)) for order in (drawn, drawn[::-1]))

    assert np.array_equal(one.log_effects, other.log_effects)


def test_the_band_of_a_person_is_narrower_than_that_of_all_and_holds_their_curve() -> None:
    doses = stepped(OTTO.drug)
    found = fitted(fit(OTTO, 70.0, doses, samples(OTTO, doses)))
    at_min = np.arange(5.0, 300, 5)
    band = own_band(posterior(found, seed=1), doses, at_min, [50.0, 90.0]).plasma
    own = levels_ng_per_ml(linear(OTTO, found.values), doses.infusions, doses.boluses, at_min)[0]
    width = np.log(band.at(95.0) / band.at(5.0))

    assert np.all((band.at(5.0) < own) & (own < band.at(95.0)))
    assert np.all(band.at(25.0) < band.at(75.0))
    # The prior's 90 % band is about exp(2 * 1.645 * 0.16) wide late on, where clearance rules.
    assert np.median(width) < 0.45


def test_draws_are_the_same_for_a_seed_and_other_for_another() -> None:
    doses = stepped(OTTO.drug)
    found = fitted(fit(OTTO, 70.0, doses, samples(OTTO, doses)))
    one, same, other = (agreeing(posterior(found, seed=seed)) for seed in (1, 1, 2))

    assert one.values["CL"].tobytes() == same.values["CL"].tobytes()
    assert not np.array_equal(one.values["CL"], other.values["CL"])
    assert one.values["CL"].shape == (1000,)
    assert "draws effective" in one.says


def test_the_label_says_what_the_curve_stands_on() -> None:
    doses = stepped(OTTO.drug)
    found = fitted(fit(OTTO, 70.0, doses, samples(OTTO, doses)))

    assert found.says == f"individual, from 5 venous blood samples, {OTTO.title}"


@given(square=some.floats(0, 80), count=some.integers(1, 20))
def test_how_often_squares_add_up_to_more_is_scipys_chi_square(square: float, count: int) -> None:
    assert _beyond(square, count) == pytest.approx(stats.chi2.sf(square, count), rel=1e-9)
