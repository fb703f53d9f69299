"""Expected quality: it is what calibrated probabilities turn out to have."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from monitoring.statistics.expected import auc_error, auc_parts, precision_error, precision_parts
from monitoring.statistics.rows import Floats

dice = np.random.default_rng(0)
P = dice.beta(1.0, 3.0, 20_000)
TURNED_OUT = (dice.random(20_000) < P).astype(np.float64)


def test_expected_figures_are_those_that_calibrated_probabilities_turn_out_to_have() -> None:
    applied = (P >= 0.5).astype(np.float64)
    assert precision_parts(P, applied).mean() == pytest.approx(TURNED_OUT[applied > 0].mean(), abs=0.02)
    assert auc_parts(P).mean() == pytest.approx(roc_auc_score(TURNED_OUT, P), abs=0.01)


def test_the_expected_area_is_the_share_of_pairs_in_order_counted_one_by_one() -> None:
    p = np.array([0.9, 0.4, 0.4, 0.1])
    weight = p[:, None] * (1.0 - p)[None, :]
    wins = (p[:, None] > p[None, :]) + 0.5 * (p[:, None] == p[None, :])
    assert auc_parts(p).mean() == pytest.approx((weight * wins).sum() / weight.sum())


def precision_from_half(p: Floats) -> Floats:
    return precision_parts(p, (p >= 0.5).astype(np.float64))


def test_parts_have_the_errors_of_their_figures() -> None:
    """The deviation of the parts over the root of n is what the figure varies by from sample to sample."""
    for figure in (auc_parts, precision_from_half):
        samples = [figure(dice.beta(1.0, 3.0, 800)) for _ in range(400)]
        found = np.std([one.mean() for one in samples])
        assert np.mean([one.std() / np.sqrt(800) for one in samples]) == pytest.approx(found, rel=0.15)


def test_nineteen_of_twenty_realised_figures_lie_where_they_are_expected() -> None:
    held: dict[str, list[bool]] = {"precision": [], "auc": []}
    for _ in range(300):
        p = dice.beta(1.0, 3.0, 600)
        y = (dice.random(600) < p).astype(np.float64)
        applied = (p >= 0.4).astype(np.float64)
        precision, auc = precision_parts(p, applied).mean(), auc_parts(p).mean()
        held["precision"].append(
            abs(y[applied > 0].mean() - precision) <= 1.96 * precision_error(p, applied, 0.0)
        )
        held["auc"].append(bool(abs(roc_auc_score(y, p) - auc) <= 1.96 * auc_error(p, auc)))
    assert np.mean(held["precision"]) == pytest.approx(0.95, abs=0.04)
    assert np.mean(held["auc"]) >= 0.92


def test_nobody_applied_and_nobody_at_risk_have_no_figures() -> None:
    assert np.isnan(precision_parts(P, np.zeros(len(P)))).all()
    assert np.isnan(precision_error(P, np.zeros(len(P)), 0.03))
    assert np.isnan(auc_parts(np.zeros(10))).all()
    assert np.isnan(auc_error(np.zeros(10), 0.5))
