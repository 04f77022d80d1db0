"""Which samples are refused, what they scatter by, and how likely a level makes them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats

from quietdrip.core.pkpd.doses import stretches
from quietdrip.core.pkpd.fit import Fit, fit
from quietdrip.core.pkpd.likelihood import Measured, odds
from quietdrip.core.pkpd.model import Drug, Model, Site
from quietdrip.core.pkpd.sample import Assay, Sample, Spread, spread
from quietdrip.core.pkpd.what_if import Doses
from quietdrip.core.reasons import Refusal
from tests.core.pkpd.virtual import HERD, OTTO, PEREZ_RUIXO, SIMONS, WIEBE, fitted, over, sample

SLOW = over(OTTO.drug, (10, 50, 0.5))
LIMITED = Assay(cv_fraction=0.08, sd_ng_per_ml=None, limit_ng_per_ml=2.0)


def refused(*samples: Sample, doses: Doses = SLOW, model: Model = OTTO) -> str:
    found = fit(model, 70.0, doses, samples)
    assert isinstance(found, Refusal)
    return found.says


def test_drug_before_the_first_dose_is_refused() -> None:
    says = refused(sample(OTTO, 5.0, 30.0, assay=LIMITED), sample(OTTO, 60.0, 50.0))

    assert "before the first dose" in says
    assert "at 5 min (30 ng/mL)" in says


def test_no_drug_before_the_first_dose_changes_nothing() -> None:
    late = sample(OTTO, 60.0, 50.0)
    alone = fitted(fit(OTTO, 70.0, SLOW, [late]))
    for level in (None, 1.5):
        both = fitted(fit(OTTO, 70.0, SLOW, [sample(OTTO, 5.0, level, assay=LIMITED), late]))

        assert np.array_equal(both.log_effects, alone.log_effects)


def test_a_sample_that_says_nothing_alone_is_refused() -> None:
    assert "none was drawn after a dose" in refused(sample(OTTO, 5.0, None, assay=LIMITED))


def test_a_sample_at_the_minute_of_a_bolus_is_after_it_and_at_the_start_of_a_pump_before() -> None:
    pushed = over(OTTO.drug, bolus_mg=10.0)

    assert isinstance(fit(OTTO, 70.0, pushed, [sample(OTTO, 0.0, 70.0)]), Fit)
    assert "before the first dose" in refused(sample(OTTO, 10.0, 70.0))


def test_two_samples_of_one_minute_that_disagree_tenfold_are_refused() -> None:
    says = refused(sample(OTTO, 60.0, 40.0), sample(OTTO, 60.0, 400.0))

    assert "disagree tenfold" in says
    assert "40 ng/mL" in says
    assert "400 ng/mL" in says


def test_nothing_and_ten_times_the_limit_disagree_too() -> None:
    none = sample(OTTO, 60.0, None, assay=LIMITED)

    assert "disagree tenfold" in refused(none, sample(OTTO, 60.0, 20.0))
    assert isinstance(fit(OTTO, 70.0, SLOW, [none, none]), Fit | Refusal)


def test_two_that_disagree_less_are_both_counted() -> None:
    both = fitted(fit(OTTO, 70.0, SLOW, [sample(OTTO, 60.0, 40.0), sample(OTTO, 60.0, 80.0)]))

    assert len(both.seen) == 2


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (sample(OTTO, 60.0, 0.0), "is none; where nothing was found say below the limit"),
        (sample(OTTO, 60.0, -3.0), "is none"),
        (sample(OTTO, 60.0, float("nan")), "is none"),
        (sample(OTTO, float("nan"), 30.0), "minute it was drawn"),
        (sample(OTTO, 60.0, None), "state the limit of the assay"),
        (sample(OTTO, 60.0, 30.0, output="propofol"), "predicts ketamine, norketamine"),
        (sample(OTTO, 60.0, 30.0, drug=Drug.RACEMIC_KETAMINE), "The sample is of racemic-ketamine"),
        (sample(OTTO, 60.0, 30.0, site=Site.ARTERIAL), "The sample is arterial"),
        (
            sample(
                OTTO,
                60.0,
                30.0,
                assay=Assay(cv_fraction=-0.1, sd_ng_per_ml=None, limit_ng_per_ml=None),
            ),
            "no scatter or limit",
        ),
    ],
)
def test_a_sample_that_cannot_be_read_is_refused_in_a_sentence(wrong: Sample, says: str) -> None:
    assert says in refused(wrong)


def test_without_a_sample_or_a_dose_nothing_is_fitted() -> None:
    assert "No sample was given" in refused()
    assert "No dose was recorded" in refused(sample(OTTO, 60.0, 30.0), doses=Doses(drug=OTTO.drug))


def test_a_difference_of_site_is_accepted_only_aloud() -> None:
    arterial = [sample(OTTO, 60.0, 50.0, site=Site.ARTERIAL)]
    found = fitted(fit(OTTO, 70.0, SLOW, arterial, across_sites=True))

    assert "sample-site-differs" in {reason.id for reason in found.warnings}
    assert "arterial blood sample" in found.says


def test_a_model_that_does_not_state_its_site_says_so() -> None:
    drawn = sample(HERD, 60.0, 60.0, site=Site.VENOUS, assay=LIMITED)
    found = fitted(fit(HERD, 30.0, over(HERD.drug, (10, 50, 0.5)), [drawn]))

    assert {"sample-site-differs", "residual-not-stated"} <= {r.id for r in found.warnings}


def test_a_level_that_no_dose_record_explains_is_refused_with_what_was_expected() -> None:
    says = refused(sample(OTTO, 60.0, 900.0))

    assert "do not fit together" in says
    assert "nine people in ten" in says


def test_a_level_that_is_far_off_is_warned_of() -> None:
    found = fitted(fit(OTTO, 70.0, SLOW, [sample(OTTO, 50.0, 220.0)]))
    warned = [reason for reason in found.warnings if reason.id == "sample-contradicts-doses"]

    assert [reason.kind for reason in warned] == ["warning"]
    assert 1e-6 < found.by_chance_fraction < 0.01


def scatter_of(model: Model, at_min: float, output: str = "", assay: Assay = LIMITED) -> Spread:
    doses = over(model.drug, (10, 50, 0.5), (100, 110, 0.5))
    line = stretches(doses.drug, doses.infusions, doses.boluses)
    found = spread(model, line, sample(model, at_min, 30.0, output=output, assay=assay))
    assert isinstance(found, Spread)
    return found


def test_published_scatter_and_the_assays_own_are_added_as_variances() -> None:
    found = scatter_of(OTTO, 60.0)

    assert found.relative == pytest.approx(0.23609**2 + 0.08**2)
    assert found.absolute_ng2_per_ml2 == 0
    assert not found.on_log
    assert found.published


def test_scatter_in_nmol_is_read_with_the_molar_mass_of_what_was_measured() -> None:
    found = scatter_of(SIMONS, 60.0, "norketamine")

    assert found.absolute_ng2_per_ml2 == pytest.approx((0.058 * 223.70) ** 2)


def test_scatter_on_the_logarithm_stays_on_the_logarithm() -> None:
    assert scatter_of(PEREZ_RUIXO, 60.0).on_log


@pytest.mark.parametrize(
    ("at_min", "sd"), [(30, 0.503162), (45, 0.148938), (99, 0.148938), (105, 0.503162)]
)
def test_scatter_goes_by_the_time_since_drug_was_last_begun(at_min: float, sd: float) -> None:
    assert scatter_of(WIEBE, at_min).relative == pytest.approx(sd**2 + 0.08**2)


def test_where_neither_model_nor_assay_states_a_scatter_it_is_asked_for() -> None:
    drawn = sample(HERD, 60.0, 60.0)
    found = fit(HERD, 30.0, over(HERD.drug, (10, 50, 0.5)), [drawn])

    assert isinstance(found, Refusal)
    assert "state the assay's coefficient of variation" in found.says


def measured(read: float, *, below: bool, relative: float, absolute: float, log: bool) -> Measured:
    return Measured(
        read=np.array([np.log(read) if log else read]),
        below=np.array([below]),
        relative=np.array([relative]),
        absolute_ng2_per_ml2=np.array([absolute]),
        on_log=np.array([log]),
    )


@given(
    read=some.floats(1, 300),
    level=some.floats(1, 300),
    relative=some.floats(0.001, 0.3),
    absolute=some.floats(0, 100),
    log=some.booleans(),
    below=some.booleans(),
)
def test_cost_is_scipys_normal_and_its_slope_is_its_difference(
    read: float, level: float, relative: float, absolute: float, log: bool, below: bool
) -> None:
    given_sample = measured(read, below=below, relative=relative, absolute=absolute, log=log)
    variance = relative + absolute / level**2 if log else relative * level**2 + absolute
    seen, true = (np.log(read), np.log(level)) if log else (read, level)
    law = stats.norm(true, np.sqrt(variance))
    here = odds(given_sample, np.array([level]))

    expected = -law.logcdf(seen) if below else -law.logpdf(seen)
    assert here.cost[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)
    step = 1e-5 * level
    up, down = (odds(given_sample, np.array([level + side * step])).cost[0] for side in (1, -1))
    slope = (up - down) / (2 * step)
    assert here.slope_ml_per_ng[0] == pytest.approx(slope, rel=1e-4, abs=1e-6 * (1 + abs(expected)))
    assert here.curvature_ml2_per_ng2[0] >= 0
