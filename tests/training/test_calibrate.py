"""Calibration from forward scores: only what was known counts, and later cutoffs tell whether it held."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from core.clock import midnight
from models.arrays import sigmoid
from models.calibration import log_odds
from models.evaluation import Holdout
from tests.training.panels import Floats, calendar_of, panel_rows
from training.calibrate import CUTOFFS, LEAST_CUTOFFS, Later, Track, track
from training.candidates import INTEREST
from training.contest import Result, hold
from training.cutoffs import plan_cutoffs
from training.gates import CALIBRATION, is_calibrated

CALENDAR = calendar_of()
UNTIL = midnight(date(2023, 12, 1), CALENDAR.zone)
PLAN = plan_cutoffs(UNTIL, CALENDAR)
SMALL = replace(INTEREST, candidates=(), rules=("popularity",))
KIND = "logistic"


def by_count(X: pd.DataFrame, tag: str) -> Floats:
    return np.clip(X[f"baskets_84d__{tag}"].to_numpy(np.float64) / 8, 0.02, 0.95)


ROWS = panel_rows(CALENDAR, UNTIL, by_count, customers=200)


@pytest.fixture(scope="module")
def result() -> Result:
    return hold(SMALL, ROWS, PLAN, seed=0, step=lambda _text: None)


@pytest.fixture(scope="module")
def tracked(result: Result) -> Track:
    return track(result, ROWS, PLAN, seed=0, step=lambda _text: None)


def made_up(months: int, *, slope: float = 1.0, n: int = 2500) -> Track:
    """A track at month starts of a model that is too sure by the slope's inverse."""
    dice = np.random.default_rng(1)
    cutoffs = PLAN.judged[:months]
    holdouts = {}
    for cutoff in cutoffs:
        truth = dice.uniform(0.05, 0.95, (n, 3))
        index = pd.Index([f"c{place}" for place in range(n)], name="customer_id")
        labels = pd.DataFrame((dice.random(truth.shape) < truth).astype(float), index, ["a", "b", "c"])
        said = pd.DataFrame(sigmoid(log_odds(truth) / slope), index, labels.columns)
        holdouts[cutoff] = Holdout(str(cutoff.date()), labels, {KIND: said})
    return Track(CALENDAR, KIND, holdouts)


def test_only_outcomes_that_were_known_at_an_instant_calibrate(tracked: Track) -> None:
    for cutoff in tracked.holdouts:
        known = tracked.known_at(cutoff)
        names = [str(past.date()) for past in tracked.holdouts if CALENDAR.end(past) <= cutoff]
        assert [one.name for one in known] == names[-CUTOFFS:]


def test_calibration_at_an_instant_is_the_same_with_and_without_later_outcomes(tracked: Track) -> None:
    cutoffs = list(tracked.holdouts)
    test = PLAN.tests[-1]
    before = {cutoff: tracked.holdouts[cutoff] for cutoff in cutoffs if CALENDAR.end(cutoff) <= test}
    whole, cut = tracked.calibration_at(test), Track(CALENDAR, KIND, before).calibration_at(test)
    assert whole is not None
    assert cut is not None
    np.testing.assert_array_equal(whole.slope, cut.slope)
    np.testing.assert_array_equal(whole.offset, cut.offset)


def test_track_reaches_back_as_far_as_the_first_test_needs(tracked: Track) -> None:
    assert set(PLAN.tests) <= set(tracked.holdouts)
    assert len(tracked.known_at(PLAN.tests[0])) == CUTOFFS
    assert len(tracked.known_at(UNTIL)) == CUTOFFS


@pytest.mark.parametrize("months", range(LEAST_CUTOFFS))
def test_a_single_month_calibrates_nothing(months: int) -> None:
    assert made_up(months).calibration_at(UNTIL) is None


def test_model_that_is_too_sure_is_put_right_on_later_cutoffs() -> None:
    found = made_up(4, slope=0.6)
    later = found.later(list(found.holdouts)[-1:])
    raw = Later(later.labels, later.raw, later.raw)
    assert raw.error - raw.chance > CALIBRATION.most
    assert later.error - later.chance < CALIBRATION.aim
    assert not is_calibrated("interest", raw).passed
    assert is_calibrated("interest", later).passed


def test_gate_that_refuses_says_by_how_much_in_both_languages() -> None:
    found = made_up(1, slope=0.5)
    later = found.later(list(found.holdouts))
    gate = is_calibrated("interest", later)
    assert (gate.passed, gate.blocks) == (False, True)
    assert f"{later.error:.4f}" in str(gate.finding)
    assert "校准" in gate.finding.render("zh")


def test_chance_of_few_labels_is_not_held_against_a_model() -> None:
    """Thirty customers of a perfect model show an error that would be far off among thousands."""
    found = made_up(3, n=30)
    later = found.later(list(found.holdouts)[-1:])
    assert later.error > CALIBRATION.most
    assert is_calibrated("interest", later).passed


def test_errors_are_told_by_label_too(tracked: Track) -> None:
    figures = tracked.later(PLAN.tests).figures()
    assert set(figures) == {"ece", "ece_by_chance", *(f"ece/{tag}" for tag in ROWS.Y.columns)}
    assert all(0 <= value < 1 for value in figures.values())
