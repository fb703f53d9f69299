"""Evidently's report: our test decides, and what moved is in it."""

from monitoring.statistics import feature_drift, prediction_drift
from monitoring.statistics.evidently_report import limits_of, report_html
from monitoring.thresholds import read_thresholds
from tests.monitoring.statistics.households import (
    TRAINED,
    WEEK,
    households,
    reference_of,
    window_of,
    with_column,
)


def test_the_report_draws_what_moved_by_our_test_and_calls_it_drifted() -> None:
    reference = reference_of(window_of(households(400, 1)))
    quiet = window_of(households(400, 2), [f"o{place}" for place in range(400)], ended_at=TRAINED + WEEK)
    window = with_column(quiet, "gap", quiet.features["gap"] * 3.0)
    found = [
        one
        for check in (feature_drift, prediction_drift)
        for one in check(reference, [], window, read_thresholds())
    ]
    assert limits_of(found) == {
        "spend": 0.0,
        "visits": 0.0,
        "coffee": 0.0,
        "gap": 1.0,
        "predicted: coffee": 0.0,
        "predicted: tea": 0.0,
        "predicted: wine": 0.0,
        "predicted: churn": 0.0,
    }
    page = report_html(reference, window, found)
    assert "shift among households" in page
    assert all(name in page for name in ("gap", "spend", "predicted: wine", "predicted: churn"))
