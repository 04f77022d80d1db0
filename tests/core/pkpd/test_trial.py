"""A virtual trial counts what each of its people would show alone."""

from dataclasses import replace

import numpy as np
import pytest

from quietdrip.core.pkpd import tally
from quietdrip.core.pkpd.individual import individual, linear
from quietdrip.core.pkpd.model import Model
from quietdrip.core.pkpd.solve import plain_levels_ng_per_ml
from quietdrip.core.pkpd.trial import CHUNK, Trial, chunk, even_times_min, people_of, trajectories
from quietdrip.core.reasons import Refusal
from quietdrip.library import read_models
from tests.sheets.simulated import MOOD, PUMP, asked

RATE = (("rate", "25 mg/h"),)
HERD = {"model": "herd_2007_racemic_children"}


def model(model_id: str) -> Model:
    found = read_models.model(model_id)
    assert not isinstance(found, Refusal)
    return found


def trial(**more: object) -> Trial:
    return asked(MOOD, PUMP, given=RATE, **more).trial


def test_every_level_is_the_one_the_plain_way_gives_to_that_person_under_their_card() -> None:
    small = trial(people=30, **HERD)
    drawn = people_of(small, 0)
    assert not isinstance(drawn, Refusal)
    everyone = linear(small.model, drawn.values)
    for arm, who, weights_kg, levels in trajectories(small, 0):
        for place, person in enumerate(who.tolist()):
            alone = replace(
                everyone,
                flows_per_min=everyone.flows_per_min[person],
                levels_ng_per_ml_per_mg=everyone.levels_ng_per_ml_per_mg[person],
            )
            card = arm.cards[round(float(weights_kg[place])) - arm.first_kg]
            plain = plain_levels_ng_per_ml(
                alone, card.doses.infusions, card.doses.boluses, arm.at_min
            )
            assert levels[place] == pytest.approx(plain[:1], rel=1e-9, abs=1e-9)


def test_the_counts_are_those_of_every_level_written_out() -> None:
    small = trial(above=("100 ng/mL",), below=("50 ng/mL",), within="20 ng/mL to 200 ng/mL")
    counts = chunk(small, 0)
    for place, arm in enumerate(small.arms):
        plasma = np.concatenate(
            [levels[:, 0] for a, _, _, levels in trajectories(small, 0) if a is arm]
        )
        end = arm.at_min <= arm.cards[0].doses.end_min
        peak = counts[f"{place}/ketamine/peak"]
        assert np.array_equal(peak, tally.counted(tally.bins_of(plasma.max(axis=1)), tally.BINS))
        above = sorted((plasma > 100).sum(axis=1).tolist())
        assert spelled_out(counts[f"{place}/ketamine/above-0"]) == above
        below = sorted(
            max((at + 1 for at, level in enumerate(row) if level >= 50), default=0)
            for row in plasma.tolist()
        )
        assert spelled_out(counts[f"{place}/ketamine/below-0"]) == below
        left = sum(leaves(row, end) for row in plasma)
        assert counts[f"{place}/ketamine/left"][:2].tolist() == [len(plasma) - left, left]


def leaves(levels: np.ndarray, running: np.ndarray) -> bool:
    """Whether one person leaves 20 to 200 ng/mL, told by walking along the curve."""
    reached = False
    for level, runs in zip(levels.tolist(), running.tolist(), strict=True):
        if level > 200 or (reached and runs and level < 20):
            return True
        reached = reached or level >= 20
    return not reached


def spelled_out(counts: tally.Whole) -> list[int]:
    return [place for place, many in enumerate(counts.tolist()) for _ in range(many)]


def test_the_area_under_the_curve_is_dose_over_clearance() -> None:
    one = asked(MOOD, people=20, weights="70-70").trial
    counts = chunk(one, 0)
    kamp = individual(one.model, 70.0)
    out_per_min = -kamp.flows_per_min[:-1, :-1].sum(axis=0)[0]
    clearance_l_per_h = out_per_min * 60 * 1000 / kamp.levels_ng_per_ml_per_mg[0, 0]

    area = tally.quantile(counts["0/ketamine/exposure"], 50)
    assert area == pytest.approx(35 * 1000 / clearance_l_per_h, rel=5e-3)


def test_everybody_is_counted_once_in_every_count() -> None:
    for name, found in chunk(trial(within="20 ng/mL to 200 ng/mL"), 0).items():
        assert np.all(found.sum(axis=-1) == 50), name


def test_the_people_are_the_same_whatever_the_protocols_and_however_many_follow() -> None:
    few, many = trial(people=10), asked(PUMP, given=RATE, people=CHUNK + 5).trial
    ours, theirs = people_of(few, 0), people_of(many, 0)
    assert not isinstance(ours, Refusal)
    assert not isinstance(theirs, Refusal)

    assert many.chunks == 2
    assert np.array_equal(ours.weight_kg, theirs.weight_kg[:10])


def test_a_model_without_published_variability_varies_in_weight_alone() -> None:
    assert not trial().varies
    assert trial(**HERD).varies


def test_every_change_of_rate_lies_on_the_even_times() -> None:
    doses = tuple(card.doses for arm in trial().arms for card in arm.cards)
    at_min = even_times_min(doses, 120.0)

    assert {40.0, 240.0} <= set(at_min.tolist())
    assert len(set(np.diff(at_min).tolist())) == 1
