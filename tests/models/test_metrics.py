import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as reference_log_loss

from core.errors import InvalidInputError
from models.metrics import (
    auc,
    average_precision,
    brier,
    calibration_bins,
    calibration_error,
    log_loss,
    metrics_by_tag,
    metrics_over_all,
    weighted_auc,
    weighted_average_precision,
)

# Few distinct scores, so that ties are common.
CASES = st.lists(st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 3)), min_size=2, max_size=40)


def columns(cases: list[tuple[bool, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, score, weight = np.array(cases, dtype=np.float64).T
    return y, score / 7.0, weight


@given(CASES)
def test_average_precision_and_auc_are_those_of_scikit_learn(cases: list[tuple[bool, int, int]]) -> None:
    y, score, _ = columns(cases)
    if y.any():
        assert average_precision(y, score) == pytest.approx(average_precision_score(y, score))
    if 0 < y.sum() < len(y):
        assert auc(y, score) == pytest.approx(roc_auc_score(y, score))


@given(CASES)
def test_a_weight_counts_like_so_many_copies(cases: list[tuple[bool, int, int]]) -> None:
    y, score, weight = columns(cases)
    copies = np.repeat(np.arange(len(y)), weight.astype(int))
    for weighted, plain in ((weighted_average_precision, average_precision), (weighted_auc, auc)):
        expected = plain(y[copies], score[copies]) if len(copies) else float("nan")
        got = weighted(y, score, weight[:, None].astype(np.float32))[0]
        assert got == pytest.approx(expected, nan_ok=True)


def test_no_positive_gives_no_average_precision() -> None:
    assert np.isnan(average_precision(np.zeros(3), np.arange(3.0)))
    assert np.isnan(auc(np.ones(3), np.arange(3.0)))


def test_log_loss_and_brier_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(200)
    y = (rng.random(200) < p).astype(float)
    assert log_loss(y, p) == pytest.approx(reference_log_loss(y, p))
    assert brier(y, p) == pytest.approx(brier_score_loss(y, p))


def test_certain_and_wrong_is_costly_but_finite() -> None:
    assert 10 < log_loss(np.array([1.0]), np.array([0.0])) < 20


def test_bins_hold_equally_many() -> None:
    rng = np.random.default_rng(0)
    bins = calibration_bins(np.ones(300), rng.random(300) ** 4)
    assert list(bins["customers"]) == [20] * 15


def test_calibrated_probabilities_have_little_error_and_others_much() -> None:
    rng = np.random.default_rng(1)
    p = rng.random(60_000)
    y = (rng.random(60_000) < p).astype(float)
    assert calibration_error(y, p) < 0.01
    assert calibration_error(y, p**2) > 0.1


def test_unknown_labels_count_nowhere() -> None:
    Y = pd.DataFrame({"coffee": [1.0, 0.0, np.nan], "tea": [0.0, 0.0, 0.0]})
    P = pd.DataFrame({"coffee": [0.9, 0.2, 0.99], "tea": [0.1, 0.1, 0.1]})
    table = metrics_by_tag(Y, P)
    figures = table[["customers", "positives", "ap"]].loc["coffee"]
    assert list(figures) == [2, 1, 1.0]
    assert np.isnan(table["ap"]["tea"])
    assert metrics_over_all(Y, P)["macro_ap"] == 1.0


def test_frames_that_do_not_fit_are_refused() -> None:
    Y = pd.DataFrame({"coffee": [1.0, 0.0]})
    with pytest.raises(InvalidInputError, match="same rows and columns"):
        metrics_by_tag(Y, Y.rename(columns={"coffee": "tea"}))
