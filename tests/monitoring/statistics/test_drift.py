"""The checks of features, predictions, tags and segments: what they find, and what they leave alone."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from monitoring.finding import Finding
from monitoring.statistics import cbpe, feature_drift, prediction_drift, segment_drift, tag_drift
from monitoring.thresholds import read_thresholds
from monitoring.window import Reference, Window
from tests.monitoring.statistics.households import (
    TRAINED,
    WEEK,
    households,
    reference_of,
    window_of,
    with_column,
)

THRESHOLDS = read_thresholds()
Check = Callable[..., list[Finding]]
CHECKS = (feature_drift, prediction_drift, tag_drift, segment_drift, cbpe)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return reference_of(window_of(households(1500, 1)))


@pytest.fixture(scope="module")
def quiet() -> Window:
    """Other households of the same kind, a week later."""
    names = [f"other{place}" for place in range(1500)]
    return window_of(households(1500, 2), names, ended_at=TRAINED + WEEK)


def of(findings: list[Finding], subject: str) -> Finding:
    return next(one for one in findings if one.subject == subject)


@pytest.mark.parametrize("check", CHECKS)
def test_other_households_of_the_same_kind_alarm_nowhere(
    check: Check, reference: Reference, quiet: Window
) -> None:
    assert [one.subject for one in check(reference, [], quiet, THRESHOLDS) if one.alarm] == []


def test_a_scaled_feature_is_named_and_counts_by_its_importance(reference: Reference, quiet: Window) -> None:
    scaled = with_column(quiet, "spend", quiet.features["spend"] * 1.1 + 0.5)
    found = feature_drift(reference, [], scaled, THRESHOLDS)
    assert found[0].value == pytest.approx(0.5)
    assert found[0].alarm == "critical"
    spend, visits = of(found, "spend"), of(found, "visits")
    assert spend.p_value is not None
    assert spend.p_value < 1e-6
    assert spend.low is not None
    assert spend.low > 0
    assert "higher" in str(spend.words)
    assert "as usual" in str(visits.words)


def test_a_feature_that_no_model_uses_is_named_without_an_alarm(reference: Reference, quiet: Window) -> None:
    found = feature_drift(reference, [], with_column(quiet, "gap", quiet.features["gap"] * 3.0), THRESHOLDS)
    assert "higher" in str(of(found, "gap").words)
    assert found[0].alarm is None
    assert found[0].p_value is not None
    assert found[0].p_value < 1e-6


def test_a_feature_that_the_window_lacks_counts_as_missing(reference: Reference, quiet: Window) -> None:
    without = replace(quiet, features=quiet.features.drop(columns="visits"))
    assert "missing more often" in str(of(feature_drift(reference, [], without, THRESHOLDS), "visits").words)


def test_a_shift_that_earlier_windows_had_too_is_usual(reference: Reference) -> None:
    """Each of the weeks before training, the feature lay by a quarter to either side."""
    past = []
    for week in range(1, 9):
        rows = households(1500, 10 + week)
        rows[:, 0] += 0.25 * (-1) ** week
        past.append(window_of(rows, ended_at=TRAINED - week * WEEK))
    rows = households(1500, 30)
    rows[:, 0] += 0.25
    now = window_of(rows, ended_at=TRAINED + WEEK)
    assert feature_drift(reference, [], now, THRESHOLDS)[0].alarm == "critical"
    assert feature_drift(reference, past, now, THRESHOLDS)[0].alarm is None
    rows[:, 0] += 1.0
    farther = window_of(rows, ended_at=TRAINED + WEEK)
    assert feature_drift(reference, past, farther, THRESHOLDS)[0].alarm == "critical"


def test_windows_after_the_training_never_make_a_shift_usual(reference: Reference) -> None:
    """A slow trend would pass for usual else."""
    later = []
    for week in range(1, 6):
        rows = households(1500, 40 + week)
        rows[:, 0] += 0.1 * week
        later.append(window_of(rows, ended_at=TRAINED + week * WEEK))
    with_trend = feature_drift(reference, later[:-1], later[-1], THRESHOLDS)[0]
    assert with_trend.alarm == feature_drift(reference, [], later[-1], THRESHOLDS)[0].alarm == "critical"


def test_a_shift_of_the_same_season_a_year_before_is_usual_and_of_another_season_is_not(
    reference: Reference,
) -> None:
    def shifted(ended_at: datetime) -> Window:
        rows = households(1500, 50)
        rows[:, 0] += 0.5
        return window_of(rows, ended_at=ended_at)

    now = shifted(TRAINED + 20 * WEEK)
    year_before = shifted(now.ended_at - timedelta(days=364))
    half_year_before = shifted(now.ended_at - timedelta(days=280))
    assert feature_drift(reference, [year_before], now, THRESHOLDS)[0].alarm is None
    assert feature_drift(reference, [half_year_before], now, THRESHOLDS)[0].alarm == "critical"


def test_a_household_that_was_served_a_hundred_times_counts_once(reference: Reference) -> None:
    """Ten households out of the ordinary make no drift of thousands of rows."""
    rows = households(300, 60)
    names = [f"h{place}" for place in range(300)]
    strange = np.tile(np.array([[4.0, 4.0, 3.0, 1.0]]), (2000, 1))
    window = window_of(
        np.concatenate([strange, rows]),
        [f"s{place % 3}" for place in range(2000)] + names,
        ended_at=TRAINED + WEEK,
    )
    assert feature_drift(reference, [], window, THRESHOLDS)[0].alarm is None


def test_probabilities_that_all_rose_are_told_of_each_tag(reference: Reference) -> None:
    now = window_of(households(1500, 70), [f"o{place}" for place in range(1500)], shift=0.8)
    found = prediction_drift(reference, [], now, THRESHOLDS)
    assert found[0].alarm is not None
    assert {one.subject for one in found[1:] if one.alarm} == {"coffee", "tea", "wine"}
    assert of(found, "churn").alarm is None


def test_tag_rates_and_decisions_are_told_apart(reference: Reference) -> None:
    now = window_of(households(1500, 70), [f"o{place}" for place in range(1500)], shift=0.8)
    found = tag_drift(reference, [], now, THRESHOLDS)
    applied, sent = of(found, "wine:apply"), of(found, "wine:review")
    before, after = ((one.decisions["wine"] == "review").mean() for one in (reference, now))
    assert sent.value == pytest.approx(after / before - 1.0)
    assert applied.alarm == "critical"
    assert of(found, "wine:rate").value > 0.2


def test_tags_that_come_together_otherwise_are_named_as_a_pair(reference: Reference) -> None:
    now = window_of(households(1500, 80), [f"o{place}" for place in range(1500)])
    turned = now.probabilities.assign(wine=1.0 - now.probabilities["wine"])
    found = tag_drift(reference, [], replace(now, probabilities=turned), THRESHOLDS)
    assert {one.subject for one in found if one.check == "tag_pairs" and one.alarm} == {
        "",
        "coffee+wine",
        "tea+wine",
    }


def test_segments_that_grew_and_customers_far_from_all_are_told(reference: Reference) -> None:
    rows = households(1500, 90)
    rows[:, 0] = np.abs(rows[:, 0]) * 3
    now = window_of(rows, ended_at=TRAINED + WEEK)
    found = segment_drift(reference, [], now, THRESHOLDS)
    assert of(found, "s1").alarm == "critical"
    far = next(one for one in found if one.check == "far_from_segments")
    assert far.alarm == "critical"
    moved = of(found, "moved")
    expected = (reference.segments != now.segments).mean()
    assert moved.value == pytest.approx(expected)


@pytest.mark.parametrize("check", CHECKS)
def test_a_window_of_few_customers_says_that_it_is_too_small(check: Check, reference: Reference) -> None:
    found = check(reference, [], window_of(households(20, 3)), THRESHOLDS)
    assert [one.alarm for one in found] == [None]
    assert "Too few customers" in str(found[0].words)


def test_importance_of_features_that_are_not_there_changes_nothing(quiet: Window) -> None:
    own = reference_of(window_of(households(1500, 1)))
    more = replace(own, importance=pd.concat([own.importance, pd.Series({"gone": 0.0})]))
    assert feature_drift(own, [], quiet, THRESHOLDS) == feature_drift(more, [], quiet, THRESHOLDS)
