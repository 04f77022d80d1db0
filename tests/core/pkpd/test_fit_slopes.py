"""How levels move with parameters: against differences of an independent solution, and as laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from quietdrip.core.pkpd import slopes
from quietdrip.core.pkpd.body import Body, bent, body, turns
from quietdrip.core.pkpd.doses import stretches
from quietdrip.core.pkpd.individual import Floats, linear, values
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.population import Scatter, scatter
from quietdrip.core.pkpd.slopes import Past, levels_and_slopes, levels_only, past
from quietdrip.core.pkpd.solve import plain_levels_ng_per_ml
from quietdrip.core.pkpd.what_if import Doses
from tests.core.pkpd.made import DRUG, mammillary
from tests.core.pkpd.virtual import OTTO, PEREZ_RUIXO, SIMONS, WIEBE, over

AT_MIN = np.array([0.5, 5, 20, 45, 60, 90, 150, 600])
CASES = [
    (OTTO, ("ketamine",)),
    (OTTO, ("norketamine", "ketamine")),
    (SIMONS, ("ketamine",)),
    (SIMONS, ("norketamine",)),
    (SIMONS, ("ketamine", "hydroxynorketamine")),
    (PEREZ_RUIXO, ("ketamine",)),
    (PEREZ_RUIXO, ("norketamine",)),
    (WIEBE, ("midazolam",)),
]


def doses(model: Model) -> Doses:
    return over(model.drug, (0, 40, 0.5), (60, 120, 0.3), bolus_mg=4.0)


def seen(given: Doses, at_min: Floats = AT_MIN) -> Past:
    return past(stretches(given.drug, given.infusions, given.boluses), at_min)


def person(model: Model, outputs: tuple[str, ...]) -> Body:
    spread = scatter(model, one_occasion=True)
    assert isinstance(spread, Scatter)
    typical = {name: float(value) for name, value in values(model, 80.0).items()}
    return body(model, typical, spread.parameters, outputs)


def levels(model: Model, made: Body, log_effects: Floats, given: Doses) -> Floats:
    """The same levels the plain way, from the whole model."""
    own = values(model, 80.0)
    for name, effect in zip(made.varying, log_effects, strict=True):
        own[name] = own[name] * np.exp(effect)
    whole = linear(model, own)
    found = plain_levels_ng_per_ml(whole, given.infusions, given.boluses, AT_MIN)
    return found[[whole.outputs.index(output) for output in made.outputs]]


@pytest.mark.parametrize(("model", "outputs"), CASES)
def test_slopes_are_what_differences_of_the_plain_solution_tend_to(
    model: Model, outputs: tuple[str, ...]
) -> None:
    made, given = person(model, outputs), doses(model)
    effects = 0.3 * np.random.default_rng(2).standard_normal(len(made.varying))
    found, moving = levels_and_slopes(made, effects, seen(given))

    expected = levels(model, made, effects, given)
    assert np.allclose(found, expected, rtol=1e-10)
    assert np.allclose(levels_only(made, effects, seen(given)), expected, rtol=1e-10)
    step = 1e-4
    for column in range(effects.size):
        nudge = np.eye(effects.size)[column] * step
        up, down = (levels(model, made, effects + side * nudge, given) for side in (1, -1))
        difference = (up - down) / (2 * step)
        assert np.allclose(moving[:, column], difference, rtol=1e-5, atol=1e-7 * found.max())


@pytest.mark.parametrize(("model", "outputs"), CASES)
def test_the_doubled_system_gives_the_same_slopes_as_the_modes(
    model: Model, outputs: tuple[str, ...]
) -> None:
    made, past_doses = person(model, outputs), seen(doses(model))
    effects = 0.2 * np.random.default_rng(3).standard_normal(len(made.varying))
    rates, flows, reads = bent(made, effects)
    by_levels, doubled = slopes._doubled(made, flows, turns(made, rates), reads, past_doses)
    doubled += made.reading_powers[:, :, None] * by_levels[:, None, :]

    found, moving = levels_and_slopes(made, effects, past_doses)
    assert np.allclose(found, by_levels, rtol=1e-10)
    assert np.allclose(moving, doubled, rtol=1e-9, atol=1e-12 * np.abs(moving).max())


@pytest.mark.parametrize(("model", "outputs"), CASES)
def test_many_people_at_once_are_each_of_them_alone(model: Model, outputs: tuple[str, ...]) -> None:
    made, past_doses = person(model, outputs), seen(doses(model))
    effects = 0.3 * np.random.default_rng(4).standard_normal((2, 3, len(made.varying)))
    found, moving = levels_and_slopes(made, effects, past_doses)

    for place in np.ndindex(2, 3):
        alone, alone_moving = levels_and_slopes(made, effects[place], past_doses)
        assert np.allclose(found[place], alone, rtol=1e-12)
        assert np.allclose(moving[place], alone_moving, rtol=1e-10, atol=1e-13 * moving.max())


@given(gap=some.sampled_from([0.0, 1e-15, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-2]))
def test_slopes_hold_where_two_rates_meet(gap: float) -> None:
    model = mammillary(1.0, 10.0, [(0.5, 20.0), (1.0, 40.0 * (1 + gap))])
    typical = {name: float(value) for name, value in values(model, 70.0).items()}
    made = body(model, typical, ("CL", "V1", "Q2", "V2", "Q3", "V3"), ("ketamine",))
    past_doses = seen(over(DRUG, (0, 40, 0.5), bolus_mg=5.0))
    zero = np.zeros(6)
    rates, flows, reads = bent(made, zero)
    by_levels, doubled = slopes._doubled(made, flows, turns(made, rates), reads, past_doses)
    doubled += made.reading_powers[:, :, None] * by_levels[:, None, :]

    found, moving = levels_and_slopes(made, zero, past_doses)
    assert np.allclose(found, by_levels, rtol=1e-11)
    assert np.allclose(moving, doubled, rtol=1e-8, atol=1e-9 * np.abs(moving).max())


@given(doubled=some.floats(0.1, 10))
def test_slopes_are_as_many_times_larger_as_the_doses(doubled: float) -> None:
    made = person(OTTO, ("ketamine",))
    once, more = (
        levels_and_slopes(made, np.zeros(2), seen(over(OTTO.drug, (0, 40, 0.5 * times))))[1]
        for times in (1, doubled)
    )

    assert np.allclose(more, doubled * once, rtol=1e-12)


def test_all_volumes_and_clearances_up_together_lower_every_level_in_proportion() -> None:
    model = mammillary(1.0, 10.0, [(0.5, 20.0)])
    typical = {name: float(value) for name, value in values(model, 70.0).items()}
    made = body(model, typical, ("CL", "V1", "Q2", "V2"), ("ketamine",))
    found, moving = levels_and_slopes(made, np.zeros(4), seen(over(DRUG, bolus_mg=5.0)))

    # Then no rate changes; only the volume the level is read in does.
    assert np.allclose(moving[0].sum(axis=0), -found[0], rtol=1e-10)


def test_what_the_outputs_do_not_depend_on_is_left_out() -> None:
    assert person(OTTO, ("ketamine",)).varying == ("V1", "CL")
    assert person(OTTO, ("ketamine",)).states == ("central", "p1", "p2")
    assert person(SIMONS, ("norketamine",)).varying == ("VK1", "CLK1", "CLK3", "CLN1", "MTT_K_NK")
