"""Small models made for the tests, with numbers no publication states."""

from collections.abc import Sequence

import numpy as np

from quietdrip.core.pkpd.individual import Floats, Linear, linear, values
from quietdrip.core.pkpd.model import (
    OUT,
    ByClearance,
    ByRate,
    ByTransit,
    Drug,
    EffectSite,
    Flow,
    Model,
    Output,
    Parameter,
    Shape,
    Site,
)
from quietdrip.core.pkpd.solve import Bolus, Infusion

DRUG = Drug.RACEMIC_KETAMINE


def infusion(start_min: float, stop_min: float, rate_mg_per_min: float) -> Infusion:
    return Infusion(
        drug=DRUG, start_min=start_min, stop_min=stop_min, rate_mg_per_min=rate_mg_per_min
    )


def bolus(at_min: float, dose_mg: float) -> Bolus:
    return Bolus(drug=DRUG, at_min=at_min, dose_mg=dose_mg)


def model(
    states: Sequence[str],
    parameters: Sequence[Parameter],
    flows: Sequence[Flow],
    ke0: str = "",
) -> Model:
    effect = EffectSite(
        driver="ketamine",
        delay=ByRate(rate=ke0),
        composite=False,
        stands_on="made for a test",
        source=("made",),
        confidence="made",
    )
    return Model(
        id="made",
        title="A made model",
        role="",
        drug=DRUG,
        drug_says="",
        site=Site.NOT_STATED,
        site_says="",
        structure="made",
        states=tuple(states),
        dose_into=states[0],
        parameters=tuple(parameters),
        flows=tuple(flows),
        outputs=(Output(name="ketamine", state=states[0], volume="V1"),),
        effect=effect if ke0 else None,
        c50s=(),
        variability=None,
        residuals=(),
        population="nobody",
        weight_from_kg=None,
        weight_to_kg=None,
        age_from_y=None,
        age_to_y=None,
        warnings=(),
        citation="made",
        doi="",
        source=("made",),
        confidence="made",
        confidence_says="",
    )


def mammillary(
    clearance_l_per_min: float,
    volume_l: float,
    exchanges: Sequence[tuple[float, float]] = (),
    ke0_per_min: float | None = None,
) -> Model:
    """A central compartment, others that exchange with it (L/min, L), and an effect site."""
    parameters = [
        Parameter(name="CL", typical=clearance_l_per_min, unit="L/min"),
        Parameter(name="V1", typical=volume_l, unit="L"),
    ]
    states, flows = ["central"], [flow("central", OUT, ByClearance(clearance="CL", volume="V1"))]
    for number, (exchange_l_per_min, other_l) in enumerate(exchanges, start=2):
        state, clearance, volume = f"p{number}", f"Q{number}", f"V{number}"
        states.append(state)
        parameters.append(Parameter(name=clearance, typical=exchange_l_per_min, unit="L/min"))
        parameters.append(Parameter(name=volume, typical=other_l, unit="L"))
        flows.append(flow("central", state, ByClearance(clearance=clearance, volume="V1")))
        flows.append(flow(state, "central", ByClearance(clearance=clearance, volume=volume)))
    if ke0_per_min is not None:
        parameters.append(Parameter(name="ke0", typical=ke0_per_min, unit="1/min"))
    return model(states, parameters, flows, ke0="" if ke0_per_min is None else "ke0")


def chain(mean_time_min: float, delays: int) -> Model:
    """A chain of equal delays: every rate the same, the hardest case for modes."""
    parameters = [
        Parameter(name="MTT", typical=mean_time_min, unit="min"),
        Parameter(name="V1", typical=10, unit="L"),
    ]
    states = [f"d{number}" for number in range(delays)]
    shape = ByTransit(mean_time="MTT", steps=delays)
    flows = [flow(a, b, shape) for a, b in zip(states, [*states[1:], OUT], strict=True)]
    return model(states, parameters, flows)


def flow(origin: str, to: str, shape: Shape) -> Flow:
    return Flow(origin=origin, to=to, shape=shape)


def system(made: Model) -> Linear:
    return linear(made, values(made, 70.0))


def levels_by_expm(
    person: Linear, doses_min_mg: Sequence[tuple[float, float]], at_min: Floats
) -> Floats:
    """Levels after boluses alone, by SciPy's own matrix exponential, one bolus at a time."""
    from scipy.linalg import expm

    found = np.zeros((len(person.outputs), at_min.size))
    for index, minute in enumerate(at_min):
        for given_min, dose_mg in doses_min_mg:
            if given_min <= minute:
                amounts = expm(person.flows_per_min * (minute - given_min)) @ person.into * dose_mg
                found[:, index] += person.levels_ng_per_ml_per_mg @ amounts
    return found
