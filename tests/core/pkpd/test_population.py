"""Virtual people: who they are does not depend on who stands beside them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from quietdrip.core.pkpd import population
from quietdrip.core.pkpd.individual import values
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.population import (
    Ages,
    AgesBetween,
    Crowd,
    People,
    Scatter,
    Weights,
    WeightsBetween,
    alike,
    people,
    scatter,
)
from quietdrip.core.reasons import Refusal
from quietdrip.library import read_models

WITH_VARIABILITY = (
    "herd_2007_racemic_children",
    "otto_2021_sketamine_snk",
    "perez_ruixo_2021_esketamine",
    "simons_2022_sketamine_snk_shnk",
    "wiebe_2020_midazolam",
)
ADULTS = WeightsBetween(at_least_kg=60, at_most_kg=110)


def library_model(model_id: str) -> Model:
    found = read_models.model(model_id)
    assert not isinstance(found, Refusal), found
    return found


OTTO = library_model("otto_2021_sketamine_snk")
SIMONS = library_model("simons_2022_sketamine_snk_shnk")


def drawn(
    model: Model,
    crowd: Crowd,
    weight_kg: Weights = ADULTS,
    age_y: Ages = None,
    occasion: int | None = None,
) -> People:
    found = people(model, crowd, weight_kg, age_y, occasion)
    assert not isinstance(found, Refusal), found
    return found


def same(one: People, other: People) -> bool:
    """To the last bit."""
    return (
        one.weight_kg.tobytes() == other.weight_kg.tobytes()
        and one.log_effects.tobytes() == other.log_effects.tobytes()
        and one.values.keys() == other.values.keys()
        and all(one.values[name].tobytes() == other.values[name].tobytes() for name in one.values)
    )


def part(whole: People, first: int, count: int) -> People:
    here = slice(first - whole.crowd.first, first - whole.crowd.first + count)
    return replace(
        whole,
        crowd=replace(whole.crowd, first=first, count=count),
        weight_kg=whole.weight_kg[here],
        log_effects=whole.log_effects[here],
        values={name: value[here] for name, value in whole.values.items()},
    )


@settings(max_examples=40)
@given(
    seed=some.integers(0, population.SEEDS - 1),
    first=some.integers(0, 9000),
    count=some.integers(1, 900),
    occasion=some.sampled_from([None, 0, 1, 7]),
)
def test_a_person_is_the_same_person_in_whatever_crowd(
    seed: int, first: int, count: int, occasion: int | None
) -> None:
    whole = drawn(SIMONS, Crowd(seed=seed, count=9900), occasion=occasion)
    alone = drawn(SIMONS, Crowd(seed=seed, count=count, first=first), occasion=occasion)

    assert same(alone, part(whole, first, count))


def test_one_person_alone_is_the_same_to_the_last_bit() -> None:
    whole = drawn(OTTO, Crowd(seed=3, count=50, first=4070))

    for number in range(4070, 4120):
        alone = drawn(OTTO, Crowd(seed=3, count=1, first=number))
        assert same(alone, part(whole, number, 1))


def test_another_seed_draws_other_people() -> None:
    one, other = (drawn(OTTO, Crowd(seed=seed, count=1000)) for seed in (1, 2))

    assert abs(np.corrcoef(one.log_effects[:, 0], other.log_effects[:, 0])[0, 1]) < 0.15
    assert not np.any(one.weight_kg == other.weight_kg)


def test_weights_do_not_depend_on_the_model() -> None:
    crowd = Crowd(seed=5, count=100)

    assert np.array_equal(drawn(OTTO, crowd).weight_kg, drawn(SIMONS, crowd).weight_kg)


@pytest.mark.parametrize("model_id", WITH_VARIABILITY)
def test_effects_have_the_published_means_variances_and_covariances(model_id: str) -> None:
    model, count = library_model(model_id), 40_000
    spread = scatter(model)
    assert isinstance(spread, Scatter)
    found = drawn(model, Crowd(seed=11, count=count)).log_effects

    sd = np.sqrt(np.diag(spread.log_covariance))
    # Standard errors of a mean and of a covariance of normal numbers; five of them are far.
    off = np.abs(np.cov(found.T) - spread.log_covariance) / np.outer(sd, sd)
    assert np.all(np.abs(found.mean(axis=0)) < 5 * sd / np.sqrt(count))
    assert np.all(off < 5 * np.sqrt(2 / count))


def test_a_value_is_the_typical_value_times_the_exponential_of_its_effect() -> None:
    found = drawn(OTTO, Crowd(seed=2, count=20), 80.0)
    typical = values(OTTO, 80.0)

    ratio = found.values["CL"] / typical["CL"]
    assert np.allclose(np.log(ratio), found.log_effects[:, found.varying.index("CL")])
    assert np.all(found.values["V2"] == typical["V2"])
    assert all(value.shape == (20,) for value in found.values.values())


def test_an_occasion_changes_what_was_published_to_change_and_nothing_else() -> None:
    crowd = Crowd(seed=4, count=3000)
    people_alone, first, second = (drawn(SIMONS, crowd, occasion=when) for when in (None, 0, 1))

    for name in SIMONS.parameters:
        moved = not np.array_equal(first.values[name.name], second.values[name.name])
        assert moved == (name.name in ("MTT_K_NK", "VH2", "CLH1"))
    change = np.log(first.values["VH2"] / people_alone.values["VH2"])
    assert np.var(change) == pytest.approx(0.152, rel=0.15)
    assert abs(np.corrcoef(change, np.log(second.values["VH2"]))[0, 1]) < 0.1


def test_met_once_people_differ_by_both_variances() -> None:
    once = scatter(library_model("wiebe_2020_midazolam"), one_occasion=True)
    assert isinstance(once, Scatter)

    clearance = once.parameters.index("CL")
    assert once.log_covariance[clearance, clearance] == pytest.approx(0.0087203 + 0.0231946)


@pytest.mark.parametrize("model_id", ["kamp_2020_racemic", "domino_racemic"])
def test_variability_that_was_not_seen_is_refused_and_never_invented(model_id: str) -> None:
    refusal = people(library_model(model_id), Crowd(seed=1, count=10), 70.0)

    assert isinstance(refusal, Refusal)
    assert "is not stated; none is assumed" in refusal.says


def test_people_alike_differ_in_weight_alone_and_say_so() -> None:
    kamp = library_model("kamp_2020_racemic")
    found = alike(kamp, Crowd(seed=1, count=10), ADULTS)

    assert isinstance(found, People)
    assert found.varying == ()
    assert "weight and age alone" in found.says
    typical = values(kamp, found.weight_kg)
    assert all(
        np.array_equal(found.values[name], np.broadcast_to(typical[name], 10)) for name in typical
    )


def test_weights_and_ages_stay_inside_their_range() -> None:
    found = drawn(OTTO, Crowd(seed=9, count=5000), age_y=AgesBetween(at_least_y=18, at_most_y=65))

    assert found.age_y is not None
    assert 60 <= found.weight_kg.min() < 61 < 109 < found.weight_kg.max() <= 110
    assert 18 <= found.age_y.min() < 19 < 64 < found.age_y.max() <= 65
    assert abs(np.corrcoef(found.weight_kg, found.age_y)[0, 1]) < 0.08


@pytest.mark.parametrize(
    ("crowd", "weight_kg", "age_y", "says"),
    [
        (Crowd(seed=1, count=0), 70.0, None, "0 people were asked for"),
        (Crowd(seed=-1, count=5), 70.0, None, "A seed is"),
        (Crowd(seed=2**64, count=5), 70.0, None, "A seed is"),
        (Crowd(seed=1, count=5, first=-2), 70.0, None, "numbered from 0"),
        (Crowd(seed=1, count=5), -70.0, None, "above 0"),
        (Crowd(seed=1, count=5), float("nan"), None, "above 0"),
        (Crowd(seed=1, count=5), np.array([70.0, 80.0]), None, "one for each"),
        (Crowd(seed=1, count=5), WeightsBetween(at_least_kg=90, at_most_kg=60), None, "no range"),
        (Crowd(seed=1, count=5), 70.0, -1.0, "not below 0"),
        (Crowd(seed=1, count=5), 70.0, np.array([30.0, 40.0]), "one for each"),
        (Crowd(seed=1, count=5), 70.0, AgesBetween(at_least_y=9, at_most_y=2), "no range"),
    ],
)
def test_people_who_cannot_be_are_refused(
    crowd: Crowd, weight_kg: Weights, age_y: Ages, says: str
) -> None:
    refusal = people(OTTO, crowd, weight_kg, age_y)

    assert isinstance(refusal, Refusal)
    assert says in refusal.says


def test_variances_that_belong_to_no_distribution_are_refused() -> None:
    assert OTTO.variability is not None
    pair = replace(OTTO.variability.together[0], log_covariance=0.9)
    broken = replace(OTTO, variability=replace(OTTO.variability, together=(pair,)))
    refusal = people(broken, Crowd(seed=1, count=5), 70.0)

    assert isinstance(refusal, Refusal)
    assert "belong to no distribution" in refusal.says
