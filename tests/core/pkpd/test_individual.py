"""How a typical person follows from weight and age, and what is said beside the prediction."""

from dataclasses import replace

import numpy as np
import pytest

from quietdrip.core.pkpd.individual import doubts, individual, linear, values
from quietdrip.core.pkpd.model import (
    OUT,
    AgeShift,
    ByHalfLife,
    ByRate,
    EffectSite,
    Flow,
    Output,
    Parameter,
    WeightPower,
)
from tests.core.pkpd.made import flow, mammillary, model

CUBED = WeightPower(reference_kg=70, exponent=3)
SCALED = model(
    ["central"],
    [
        Parameter(name="V1", typical=0.5, unit="L/kg"),
        Parameter(name="k", typical=6, unit="1/h", weight=CUBED),
        Parameter(name="half", typical=8, unit="min"),
        Parameter(name="kept", typical=0.25, unit="fraction"),
    ],
    [
        Flow(origin="central", to=OUT, shape=ByRate(rate="k"), fraction="kept"),
        Flow(origin="central", to=OUT, shape=ByRate(rate="k"), fraction="kept", remainder=True),
    ],
)


def test_values_per_kg_and_powers_of_weight_follow_the_weight() -> None:
    found = values(SCALED, 140)
    assert found["V1"] == pytest.approx(70)  # 0.5 L/kg at 140 kg
    assert found["k"] == pytest.approx(0.8)  # 6 per h is 0.1 per min, times 2 cubed


def test_a_fraction_and_its_remainder_are_the_whole_flow() -> None:
    assert individual(SCALED, 70).flows_per_min.item() == pytest.approx(-0.1)


def test_one_mg_in_35_litres_reads_as_a_thousand_over_35_ng_per_ml() -> None:
    assert individual(SCALED, 70).levels_ng_per_ml_per_mg.item() == pytest.approx(1000 / 35)


def test_a_metabolite_is_read_in_its_own_milligrams() -> None:
    output = Output(
        name="ketamine", state="central", volume="V1",
        molar_mass_g_per_mol=150, parent_molar_mass_g_per_mol=200,
    )  # fmt: skip
    found = individual(replace(SCALED, outputs=(output,)), 70).levels_ng_per_ml_per_mg.item()
    assert found == pytest.approx(0.75 * 1000 / 35)


def test_a_half_life_of_8_min_is_a_rate_of_ln_2_over_8() -> None:
    site = EffectSite(
        driver="ketamine", delay=ByHalfLife(half_life="half"), composite=True,
        stands_on="Two studies.", source=("made",), confidence="made",
    )  # fmt: skip
    person = individual(replace(SCALED, effect=site), 70)
    assert person.outputs == ("ketamine", "effect")
    assert person.flows_per_min[1] == pytest.approx([0.0866433976, -0.0866433976])
    assert person.flows_per_min[0, 0] == pytest.approx(-0.1)  # the effect site takes nothing


def test_an_age_effect_begins_above_its_age_and_is_not_guessed() -> None:
    shifted = Parameter(name="CL", typical=151, unit="L/h", age=AgeShift(above_y=60, per_y=-2))
    plain = Parameter(name="V1", typical=10, unit="L")
    made = model(["central"], [shifted, plain], mammillary(1, 10).flows)
    assert values(made, 70)["CL"] == pytest.approx(151 / 60)
    assert values(made, 70, 40)["CL"] == pytest.approx(151 / 60)
    assert values(made, 70, 75)["CL"] == pytest.approx(121 / 60)
    with pytest.raises(ValueError, match="would not be above 0"):
        values(made, 70, 140)
    assert "model-age-effect-not-applied" in {doubt.id for doubt in doubts(made, 70)}
    assert "model-age-effect-not-applied" not in {doubt.id for doubt in doubts(made, 70, 40)}


def test_weights_in_a_row_make_a_population() -> None:
    weights_kg = np.array([50.0, 70.0, 110.0])
    crowd = individual(SCALED, weights_kg)
    assert crowd.flows_per_min.shape == (3, 1, 1)
    for place, weight_kg in enumerate(weights_kg):
        alone = individual(SCALED, float(weight_kg))
        assert crowd.flows_per_min[place] == pytest.approx(alone.flows_per_min)
        assert crowd.levels_ng_per_ml_per_mg[place] == pytest.approx(alone.levels_ng_per_ml_per_mg)


def test_a_person_outside_the_people_behind_a_model_is_told_so() -> None:
    made = replace(SCALED, weight_from_kg=53, weight_to_kg=93, age_from_y=19, age_to_y=32)
    assert doubts(made, 70, 25) == ()
    (weight,) = doubts(made, 110)
    assert weight.kind == "warning"
    assert weight.says == (
        "A made model was made from people of 53 to 93 kg; "
        "at a weight of 110 kg it is an extrapolation."
    )
    assert [doubt.id for doubt in doubts(made, 50, 33)] == [
        "model-weight-outside",
        "model-age-outside",
    ]


def test_a_composite_effect_site_and_every_warning_of_the_entry_are_said() -> None:
    site = EffectSite(
        driver="ketamine", delay=ByHalfLife(half_life="half"), composite=True,
        stands_on="Two studies.", source=("made",), confidence="made",
    )  # fmt: skip
    made = replace(
        SCALED, effect=site, warnings=("Beware of this.",), confidence_says="single-source"
    )
    found = doubts(made, 70)
    assert [doubt.id for doubt in found] == [
        "model-effect-site-composite",
        "model-confidence",
        "model-warning",
    ]
    assert found[0].says.endswith("Two studies.")
    assert found[2].says == "Beware of this."


def test_people_may_differ_in_any_parameter() -> None:
    made = model(
        ["central", "p2"],
        [
            Parameter(name="V1", typical=10, unit="L"),
            Parameter(name="k", typical=0.1, unit="1/min"),
        ],
        [
            flow("central", OUT, ByRate(rate="k")),
            flow("central", "p2", ByRate(rate="k")),
            flow("p2", "central", ByRate(rate="k")),
        ],
    )
    crowd = linear(made, {"V1": np.array([10.0, 20.0]), "k": 0.1})
    assert crowd.flows_per_min.tolist() == [[[-0.2, 0.1], [0.1, -0.1]]] * 2
    assert crowd.levels_ng_per_ml_per_mg.tolist() == [[[100, 0]], [[50, 0]]]
    assert crowd.into.tolist() == [1, 0]
