"""Doses and times are read as people write them, or refused in one sentence."""

from fractions import Fraction

import pytest

from quietdrip.core.pkpd import dose_text
from quietdrip.core.pkpd.doses import Bolus, Infusion
from quietdrip.core.pkpd.model import Drug
from quietdrip.core.pkpd.what_if import NewRate, Pause, Push, StopNow
from quietdrip.core.reasons import Refusal

DRUG, WEIGHT = Drug.RACEMIC_KETAMINE, Fraction(70)


@pytest.mark.parametrize(
    ("text", "start_min", "stop_min", "mg_per_min"),
    [
        ("35 mg over 40 min", 0, 40, 35 / 40),
        ("0.5 mg/kg over 40 min", 0, 40, 35 / 40),
        ("25 mg/h from 60 min for 4 h", 60, 300, 25 / 60),
        ("25 mg/h for 4 h", 0, 240, 25 / 60),
        ("0.3 mg/kg/h for 1 h", 0, 60, 21 / 60),
        ("35 mg over 40 min from 1 h", 60, 100, 35 / 40),
        ("35mg over 40min", 0, 40, 35 / 40),
    ],
)
def test_an_infusion_is_read_as_it_is_written(
    text: str, start_min: float, stop_min: float, mg_per_min: float
) -> None:
    assert dose_text.infusion(text, DRUG, WEIGHT) == Infusion(
        drug=DRUG, start_min=start_min, stop_min=stop_min, rate_mg_per_min=mg_per_min
    )


@pytest.mark.parametrize(
    "text",
    [
        "", "35 mg", "35 mg over", "over 40 min", "35 over 40 min", "35 mg over 40",
        "35 mg for 40 min",
        "25 mg/h over 40 min", "25 mg/h", "35 mg over 40 min for 40 min", "0 mg over 40 min",
        "35 mg over 0 min", "35,5 mg over 40 min", "35 mg  over 40 min", "35 mg over 40 min twice",
        "25 mL/h for 4 h", "35 mg over 40 mg", "-35 mg over 40 min", "1e2 mg over 40 min",
    ],
)  # fmt: skip
def test_a_doubtful_infusion_is_refused_not_repaired(text: str) -> None:
    found = dose_text.infusion(text, DRUG, WEIGHT)
    assert isinstance(found, Refusal)
    assert all(reason.says.endswith(".") and "\n" not in reason.says for reason in found.reasons)


def test_a_bolus_is_read_with_its_minute() -> None:
    expected = Bolus(drug=DRUG, at_min=0, dose_mg=20)
    assert dose_text.bolus("20 mg at 0 min", DRUG, WEIGHT) == expected
    expected = Bolus(drug=DRUG, at_min=60, dose_mg=7)
    assert dose_text.bolus("0.1 mg/kg at 1 h", DRUG, WEIGHT) == expected


@pytest.mark.parametrize(
    "text", ["20 mg", "20 mg at 0", "at 0 min", "0 mg at 0 min", "20 mg at -1 min"]
)
def test_a_bolus_without_a_dose_or_a_minute_is_refused(text: str) -> None:
    assert isinstance(dose_text.bolus(text, DRUG, WEIGHT), Refusal)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("5,20,40,60 min", (5, 20, 40, 60)),
        ("5, 20, 40 min", (5, 20, 40)),
        ("0 min", (0,)),
        ("30 min, 1 h, 2 h", (30, 60, 120)),
        ("1,2 h", (60, 120)),
    ],
)
def test_times_are_read_with_one_unit_or_a_unit_each(text: str, minutes: tuple[float, ...]) -> None:
    assert dose_text.times_min(text) == minutes


@pytest.mark.parametrize(
    "text",
    ["", "5,20", "20,5 min", "5,5 min", "5,,20 min", "5;20 min", "5 min,20", "a,b min", "5,20 mg"],
)
def test_doubtful_times_are_refused(text: str) -> None:
    assert isinstance(dose_text.times_min(text), Refusal)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("stop at 20 min", StopNow(at_min=20)),
        ("pause at 20 min for 10 min", Pause(at_min=20, for_min=10)),
        ("rate 15 mg/h at 20 min", NewRate(at_min=20, rate_mg_per_min=0.25)),
        ("bolus 5 mg at 1 h", Push(at_min=60, dose_mg=5)),
    ],
)
def test_a_change_is_read_as_it_is_written(text: str, change: object) -> None:
    assert dose_text.change(text, WEIGHT) == change


@pytest.mark.parametrize(
    "text",
    ["", "stop", "stop now", "stop 5 mg at 20 min", "pause at 20 min", "rate at 20 min",
     "rate 15 mL/h at 20 min", "bolus 5 mg", "bolus 5 mg at 20 min for 10 min", "go at 20 min"],
)  # fmt: skip
def test_a_doubtful_change_is_refused(text: str) -> None:
    assert isinstance(dose_text.change(text, WEIGHT), Refusal)


def test_an_age_is_whole_years_with_their_unit() -> None:
    assert dose_text.years("40 y") == 40
    assert all(isinstance(dose_text.years(text), Refusal) for text in ("40", "-4 y", "4.5 y", "y"))
