"""Limits bite where they say, and a site can only tighten them."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from quietdrip.core.limits import Limit, tighten
from quietdrip.core.reasons import Refusal
from tests.core.made import CAPPED, MOOD, MOOD_40, PAIN, D, limit

SOFT = limit("a-limit", "rate_mg_per_kg_h", "1", programmes=PAIN)


def test_reaching_bites_at_the_value_and_above_only_beyond_it() -> None:
    reaching = replace(SOFT, reaching=True)

    assert (reaching.bites(Fraction(1)), SOFT.bites(Fraction(1))) == (True, False)
    assert (reaching.bites(Fraction("0.999")), SOFT.bites(Fraction("1.001"))) == (False, True)


def test_a_limit_concerns_the_programmes_and_settings_it_was_written_for() -> None:
    outpatient = replace(SOFT, outpatient_only=True)

    assert SOFT.concerns(CAPPED)
    assert not SOFT.concerns(MOOD_40)
    assert outpatient.concerns(CAPPED)
    assert not outpatient.concerns(replace(CAPPED, outpatient=False))


@pytest.mark.parametrize(
    "change",
    [
        {"limit": D("1.1")},
        {"programmes": MOOD},
        {"programmes": ()},
        {"outpatient_only": True},
        {"measure": "dose_mg_per_kg"},
    ],
)
def test_a_looser_limit_of_a_site_is_refused_by_name(change: dict[str, Any]) -> None:
    refusal = tighten(SOFT, replace(SOFT, **change))

    assert isinstance(refusal, Refusal)
    assert [reason.id for reason in refusal.reasons] == ["limit-loosened"]
    assert "a-limit" in refusal.says


def test_a_hard_limit_does_not_become_soft_nor_a_reaching_one_exclusive() -> None:
    hard = replace(SOFT, hard=True, reaching=True)

    assert isinstance(tighten(hard, replace(hard, hard=False)), Refusal)
    assert isinstance(tighten(hard, replace(hard, reaching=False)), Refusal)


def test_a_tighter_limit_of_a_site_is_taken_and_keeps_both_sources() -> None:
    for change in (
        {"limit": D("0.9")},
        {"hard": True},
        {"reaching": True},
        {"programmes": (*PAIN, *MOOD)},
    ):
        theirs: Limit = replace(SOFT, source=("site",), **change)
        taken = tighten(SOFT, theirs)
        assert isinstance(taken, Limit)
        assert taken.source == ("site", "made")
