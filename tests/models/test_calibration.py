"""Calibration: a line in the log odds for each label, learned together."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.arrays import sigmoid
from models.calibration import LEAST_SLOPE, Calibration, fit_calibration, log_odds
from models.metrics import calibration_error

Floats = NDArray[np.float64]


def drawn(
    seed: int, n: int, n_labels: int, slope: float | Floats, offset: float | Floats
) -> tuple[Floats, Floats]:
    """Labels, and a model's probabilities from which `slope * log odds + offset` gives the true ones."""
    dice = np.random.default_rng(seed)
    odds = dice.normal(-1.0, 1.5, (n, n_labels))
    Y = (dice.random(odds.shape) < sigmoid(odds)).astype(np.float64)
    return Y, sigmoid((odds - offset) / slope)


def test_a_model_that_is_too_sure_is_put_right() -> None:
    Y, P = drawn(1, 4000, 6, slope=0.6, offset=0.4)
    found = fit_calibration(Y, P)
    np.testing.assert_allclose(found.slope, 0.6, atol=0.05)
    np.testing.assert_allclose(found.offset, 0.4, atol=0.08)
    fresh, raw = drawn(2, 4000, 6, slope=0.6, offset=0.4)
    before, after = (calibration_error(fresh.ravel(), p.ravel()) for p in (raw, found.apply(raw)))
    assert after < before / 4


def test_labels_that_differ_get_lines_of_their_own() -> None:
    offset = np.linspace(-0.8, 0.8, 8)
    Y, P = drawn(3, 6000, 8, slope=1.0, offset=offset)
    np.testing.assert_allclose(fit_calibration(Y, P).offset, offset, atol=0.12)


def test_a_sparse_label_borrows_the_others_line() -> None:
    """Twelve labels share a line; one has 30 known rows, on which alone its own line would be far off."""
    Y, P = drawn(4, 3000, 12, slope=0.7, offset=0.3)
    Y[30:, 0] = np.nan
    together, alone = fit_calibration(Y, P), fit_calibration(Y[:30, :1], P[:30, :1])
    away = [abs(found.slope[0] - 0.7) + abs(found.offset[0] - 0.3) for found in (together, alone)]
    assert away[0] < 0.15
    assert away[0] < away[1]


def test_a_label_nobody_knows_anything_of_gets_the_line_of_all() -> None:
    Y, P = drawn(5, 2000, 5, slope=0.8, offset=-0.2)
    Y[:, 2] = np.nan
    found = fit_calibration(Y, P)
    assert found.slope[2] == pytest.approx(np.delete(found.slope, 2).mean(), abs=0.05)
    assert found.offset[2] == pytest.approx(np.delete(found.offset, 2).mean(), abs=0.08)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_labels_of_one_class_move_probabilities_that_way_and_stay_finite(value: float) -> None:
    _, P = drawn(6, 200, 3, slope=1.0, offset=0.0)
    out = fit_calibration(np.full(P.shape, value), P).apply(P)
    assert np.isfinite(out).all()
    assert (out.mean() - P.mean()) * (value - 0.5) > 0


def test_no_known_label_changes_nothing() -> None:
    P = np.array([[0.2, 0.9], [0.5, 0.1]])
    np.testing.assert_allclose(fit_calibration(np.full(P.shape, np.nan), P).apply(P), P, atol=1e-12)


@pytest.mark.parametrize("constant", [0.1, 0.3, 0.6])
def test_a_model_that_says_the_same_of_everybody_says_the_share_of_positives(constant: float) -> None:
    dice = np.random.default_rng(7)
    Y = (dice.random((5000, 1)) < 0.4).astype(np.float64)
    out = fit_calibration(Y, np.full(Y.shape, constant)).apply(np.full((1, 1), constant))
    assert out[0, 0] == pytest.approx(Y.mean(), abs=0.03)


def test_the_order_of_customers_is_never_turned_round() -> None:
    """Labels that contradict the model flatten it, and no more."""
    dice = np.random.default_rng(8)
    P = dice.uniform(0.01, 0.99, (2000, 2))
    found = fit_calibration((dice.random(P.shape) > P).astype(np.float64), P)
    assert (found.slope >= LEAST_SLOPE).all()
    out = found.apply(np.sort(P, axis=0))
    assert (np.diff(out, axis=0) >= 0).all()


def test_a_row_is_calibrated_alike_alone_and_among_others_to_the_bit() -> None:
    """However the rows lie in memory: serving has one row, or many as columns."""
    _, P = drawn(9, 513, 7, slope=1.0, offset=0.0)
    calibration = Calibration(np.linspace(0.5, 1.5, 7), np.linspace(-1, 1, 7))
    together = calibration.apply(P)
    turned = calibration.apply(np.asfortranarray(P))
    alone = np.concatenate([calibration.apply(P[place : place + 1].copy()) for place in range(len(P))])
    np.testing.assert_array_equal(together, alone)
    np.testing.assert_array_equal(together, turned)


def test_certainty_stays_finite() -> None:
    odds = log_odds(np.array([0.0, 1.0]))
    assert np.isfinite(odds).all()
    out = Calibration(np.array([30.0]), np.array([0.0])).apply(np.array([[0.0], [1.0]]))
    assert out[0, 0] < 1e-9
    assert out[1, 0] > 1 - 1e-9


def test_the_same_labels_give_the_same_calibration() -> None:
    Y, P = drawn(10, 500, 4, slope=0.9, offset=0.1)
    first, second = fit_calibration(Y, P), fit_calibration(Y, P)
    np.testing.assert_array_equal(first.slope, second.slope)
    np.testing.assert_array_equal(first.offset, second.offset)
