"""What is true of every linear model and every dose, and two independent solvers that agree."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from quietdrip.core.pkpd import modal, plain
from quietdrip.core.pkpd.doses import stretches
from quietdrip.core.pkpd.individual import Floats, Linear, linear
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.solve import (
    Bolus,
    Infusion,
    levels_ng_per_ml,
    plain_levels_ng_per_ml,
)
from tests.core.pkpd.made import DRUG, bolus, chain, infusion, levels_by_expm, mammillary, system

law = settings(deadline=None, max_examples=60)

Doses = tuple[list[Infusion], list[Bolus]]
clearances = st.floats(0.02, 5)
volumes = st.floats(1, 300)


@st.composite
def models(draw: st.DrawFn) -> Model:
    exchanges = draw(st.lists(st.tuples(clearances, volumes), max_size=2))
    ke0_per_min = draw(st.none() | st.floats(0.01, 2))
    return mammillary(draw(clearances), draw(volumes), exchanges, ke0_per_min)


@st.composite
def doses(draw: st.DrawFn) -> Doses:
    minutes = st.floats(0, 240)
    spans = st.lists(st.tuples(minutes, minutes, st.floats(0, 2)), min_size=1, max_size=4)
    pushed = st.lists(st.tuples(minutes, st.floats(0.1, 50)), min_size=1, max_size=3)
    return (
        [infusion(min(a, b), max(a, b), rate) for a, b, rate in draw(spans)],
        [bolus(minute, dose) for minute, dose in draw(pushed)],
    )


times = st.lists(st.floats(0, 480), min_size=1, max_size=20).map(lambda t: np.array(sorted(t)))


def close(found: Floats, expected: Floats, of_peak: float = 1e-10) -> bool:
    """Within this part of the highest level, or a millionth of a ng/mL where there is none."""
    off = np.max(np.abs(found - expected), initial=0)
    return bool(off <= of_peak * np.max(np.abs(expected), initial=0) + 1e-6)


@law
@given(models(), doses(), times)
def test_the_fast_way_and_the_plain_way_agree(
    made: Model, given_doses: Doses, at_min: Floats
) -> None:
    fast = levels_ng_per_ml(system(made), *given_doses, at_min)
    assert close(fast, plain_levels_ng_per_ml(system(made), *given_doses, at_min))


@law
@given(models(), doses(), st.integers(100, 700))
def test_an_even_grid_gives_what_single_minutes_give(
    made: Model, given_doses: Doses, points: int
) -> None:
    at_min = np.linspace(0, 300, points)
    together = levels_ng_per_ml(system(made), *given_doses, at_min)
    some = at_min[:: max(points // 20, 1)]
    assert close(
        together[:, :: max(points // 20, 1)], levels_ng_per_ml(system(made), *given_doses, some)
    )


@law
@given(models(), doses(), doses(), times)
def test_levels_of_two_sets_of_doses_add_up(
    made: Model, first: Doses, second: Doses, at_min: Floats
) -> None:
    both = levels_ng_per_ml(system(made), first[0] + second[0], first[1] + second[1], at_min)
    apart = levels_ng_per_ml(system(made), *first, at_min)
    assert close(both, apart + levels_ng_per_ml(system(made), *second, at_min))


@law
@given(models(), st.lists(st.floats(1, 30), min_size=2, max_size=6), times)
def test_short_infusions_in_a_row_are_one_long_infusion(
    made: Model, spans_min: list[float], at_min: Floats
) -> None:
    edges = np.cumsum([0, *spans_min]).tolist()
    short = [infusion(a, b, 0.5) for a, b in pairwise(edges)]
    whole = levels_ng_per_ml(system(made), [infusion(0, edges[-1], 0.5)], [], at_min)
    assert close(levels_ng_per_ml(system(made), short, [], at_min), whole)


@law
@given(models(), doses(), st.floats(0.1, 10), times)
def test_levels_scale_with_the_dose(
    made: Model, given_doses: Doses, factor: float, at_min: Floats
) -> None:
    infusions = [replace(i, rate_mg_per_min=i.rate_mg_per_min * factor) for i in given_doses[0]]
    boluses = [replace(b, dose_mg=b.dose_mg * factor) for b in given_doses[1]]
    scaled = levels_ng_per_ml(system(made), infusions, boluses, at_min)
    assert close(scaled, factor * levels_ng_per_ml(system(made), *given_doses, at_min))


# Powers of two divide exactly, so that no minute slips across the edge of a bolus.
@law
@given(models(), doses(), st.sampled_from([0.125, 0.5, 2, 16]), times)
def test_a_body_that_is_faster_shows_the_same_levels_sooner(
    made: Model, given_doses: Doses, faster: float, at_min: Floats
) -> None:
    quick = replace(system(made), flows_per_min=system(made).flows_per_min * faster)
    infusions = [
        infusion(i.start_min / faster, i.stop_min / faster, i.rate_mg_per_min * faster)
        for i in given_doses[0]
    ]
    boluses = [bolus(b.at_min / faster, b.dose_mg) for b in given_doses[1]]
    sooner = levels_ng_per_ml(quick, infusions, boluses, at_min / faster)
    assert close(sooner, levels_ng_per_ml(system(made), *given_doses, at_min))


@law
@given(models(), doses())
def test_after_the_last_dose_everything_decays_to_nothing(made: Model, given_doses: Doses) -> None:
    person = system(made)
    slowest_per_min = np.abs(np.linalg.eigvals(person.flows_per_min)).min()
    at_min = np.array([240.0, 240 + 60 / slowest_per_min])
    amounts = plain.amounts_mg(person, stretches(DRUG, *given_doses), np.maximum(at_min, 240))
    assert amounts.sum(axis=0)[1] <= 1e-12 * amounts.sum(axis=0)[0]


@law
@given(models(), doses(), times)
def test_what_is_in_the_body_and_what_has_left_it_is_what_was_given(
    made: Model, given_doses: Doses, at_min: Floats
) -> None:
    """One more state gathers all that leaves; the effect site takes nothing and is left out."""
    person = system(replace(made, effect=None))
    n = len(person.states)
    flows_per_min = np.zeros((n + 1, n + 1))
    flows_per_min[:n, :n] = person.flows_per_min
    flows_per_min[n, :n] = -person.flows_per_min.sum(axis=0)
    gathering = replace(
        person, flows_per_min=np.maximum(flows_per_min, np.diag(np.diag(flows_per_min))),
        into=np.append(person.into, 0), states=(*person.states, "gathered"),
    )  # fmt: skip
    infusions, boluses = given_doses
    line = stretches(DRUG, infusions, boluses)
    at_min = at_min[at_min >= line.edges_min[0]]
    given_mg = np.array(
        [
            sum(i.rate_mg_per_min * max(min(t, i.stop_min) - i.start_min, 0) for i in infusions)
            + sum(b.dose_mg for b in boluses if b.at_min <= t)
            for t in at_min
        ]
    )
    amounts = plain.amounts_mg(gathering, line, at_min)
    assert amounts.sum(axis=0) == pytest.approx(given_mg, rel=1e-9, abs=1e-9)
    assert np.all(amounts >= 0)


@law
@given(models(), doses(), times)
def test_no_level_is_ever_negative(made: Model, given_doses: Doses, at_min: Floats) -> None:
    assert np.all(levels_ng_per_ml(system(made), *given_doses, at_min) >= 0)


@law
@given(models(), st.integers(1, 7), doses(), times)
def test_a_population_gets_what_each_of_its_people_gets(
    made: Model, people: int, given_doses: Doses, at_min: Floats
) -> None:
    spread = np.linspace(0.6, 1.8, people)
    of = {p.name: p.typical * spread**power for power, p in enumerate(made.parameters)}
    together = levels_ng_per_ml(linear(made, of), *given_doses, at_min)
    assert together.shape == (people, len(system(made).outputs), at_min.size)
    for person in range(people):
        alone = linear(made, {name: value[person] for name, value in of.items()})
        assert close(together[person], levels_ng_per_ml(alone, *given_doses, at_min))


def test_a_population_may_mix_people_of_both_ways() -> None:
    model = mammillary(1, 10, [(2, 30)], ke0_per_min=0.3)
    rates = -np.linalg.eigvals(system(replace(model, effect=None)).flows_per_min)
    ke0_per_min = np.array([0.3, rates[0], rates[1], 0.5, rates[0] * (1 + 1e-9)])
    of = {p.name: np.full(5, p.typical) for p in model.parameters} | {"ke0": ke0_per_min}
    crowd = linear(model, of)
    assert modal.modes_of(crowd).apart.tolist() == [True, False, False, True, False]
    at_min = np.linspace(0, 100, 41)
    found = levels_ng_per_ml(crowd, [infusion(0, 40, 1)], [bolus(0, 5)], at_min)
    plainly = plain_levels_ng_per_ml(crowd, [infusion(0, 40, 1)], [bolus(0, 5)], at_min)
    assert close(found, plainly, of_peak=1e-12)


@pytest.mark.parametrize("gap", [0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 1e-2])
@pytest.mark.parametrize("met", [0, 1, 2])
def test_an_effect_site_that_nearly_meets_a_phase_of_the_plasma_stays_exact(
    gap: float, met: int
) -> None:
    plasma = mammillary(1.4, 25, [(2.7, 56), (1.3, 157)])
    rate = float(np.sort(-np.linalg.eigvals(system(plasma).flows_per_min))[met])
    person = system(mammillary(1.4, 25, [(2.7, 56), (1.3, 157)], rate * (1 + gap)))
    at_min = np.array([0.5, 5, 20, 60, 240, 600])
    found = levels_ng_per_ml(person, [], [bolus(0, 35)], at_min)
    assert close(found, levels_by_expm(person, [(0, 35)], at_min), of_peak=1e-12)


@law
@given(models(), st.lists(st.tuples(st.floats(0, 200), st.floats(0.1, 50)), min_size=1, max_size=3))
def test_another_matrix_exponential_gives_the_same_levels(
    made: Model, given_boluses: list[tuple[float, float]]
) -> None:
    at_min = np.linspace(0, 300, 16)
    boluses = [bolus(minute, dose) for minute, dose in given_boluses]
    expected = levels_by_expm(system(made), given_boluses, at_min)
    assert close(levels_ng_per_ml(system(made), [], boluses, at_min), expected)
    assert close(plain_levels_ng_per_ml(system(made), [], boluses, at_min), expected)


@settings(deadline=None, max_examples=15)
@given(models(), doses())
def test_a_step_by_step_solver_gives_the_same_levels(made: Model, given_doses: Doses) -> None:
    person, (infusions, boluses) = system(made), given_doses
    line = stretches(DRUG, infusions, boluses)
    state, expected, at_min = np.zeros(len(person.states)), [], []
    ends = [*line.edges_min[1:], line.edges_min[-1] + 60]
    for start, stop, rate, pushed in zip(
        line.edges_min, ends, line.rates_mg_per_min, line.boluses_mg, strict=True
    ):
        state = state + person.into * pushed
        if stop > start:
            state = _stepped(person, state, rate, stop - start)
        at_min.append(np.nextafter(stop, -np.inf))
        expected.append(person.levels_ng_per_ml_per_mg @ state)
    found = levels_ng_per_ml(person, infusions, boluses, np.array(at_min))
    assert close(found, np.array(expected).T, of_peak=1e-7)


def _stepped(person: Linear, state: Floats, rate_mg_per_min: float, span_min: float) -> Floats:
    solved = solve_ivp(
        lambda _, x: person.flows_per_min @ x + person.into * rate_mg_per_min,
        (0, span_min), state, method="DOP853", rtol=1e-11, atol=1e-12,
    )  # fmt: skip
    last: Floats = solved.y[:, -1]
    return last


@pytest.mark.parametrize("delays", [2, 5, 12])
def test_equal_delays_in_a_row_pass_the_drug_on_as_the_gamma_law_says(delays: int) -> None:
    """After n equal delays of rate k the outflow is k (k t)^(n-1) / (n-1)! exp(-k t)."""
    person = system(chain(20, delays))
    at_min = np.array([0.01, 1, 10, 20, 100, 400])
    amounts = plain.amounts_mg(person, stretches(DRUG, [], [bolus(0, 1)]), at_min)
    turns = at_min * delays / 20
    expected = np.exp(-turns)
    for delay in range(delays):
        assert amounts[delay] == pytest.approx(expected, rel=1e-11)
        expected = expected * turns / (delay + 1)
