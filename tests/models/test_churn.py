from typing import Any

import numpy as np
import pytest

from core.errors import InvalidInputError
from models.churn import (
    RISK_LEVELS,
    BoostedChurn,
    FrequencyChurn,
    LogisticChurn,
    RecencyChurn,
    RiskLevel,
    risk_level,
)
from models.label_model import LabelModel
from models.metrics import auc


@pytest.mark.parametrize(
    ("model", "column", "sign"),
    [(RecencyChurn(), "days_since_last_purchase", 1), (FrequencyChurn(), "purchase_days_84d", -1)],
)
def test_a_rule_ranks_by_its_column(model: LabelModel, column: str, sign: int, panel: Any) -> None:
    P = model.fit(panel.X, panel.churned).predict_proba(panel.X)["churned"]
    ordered = P.to_numpy()[np.argsort(sign * panel.X[column].to_numpy(), kind="stable")]
    assert (np.diff(ordered) >= 0).all()
    assert P.nunique() == panel.X[column].nunique()


@pytest.mark.parametrize("model", [LogisticChurn(), BoostedChurn(n_rounds=40)], ids=repr)
def test_a_planted_signal_is_found(model: LabelModel, panel: Any, later: Any) -> None:
    P = model.fit(panel.X, panel.churned).predict_proba(later.X)["churned"]
    assert auc(later.churned["churned"].to_numpy(), P.to_numpy()) > 0.7


def test_risk_levels_have_names_in_both_languages_and_cover_all() -> None:
    assert RISK_LEVELS[0].at_least == 0.0
    assert all(level.en and level.zh for level in RISK_LEVELS)
    assert {risk_level(p).key for p in np.linspace(0, 1, 101)} == {"low", "medium", "high"}


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_has_no_risk_level(probability: float) -> None:
    with pytest.raises(InvalidInputError):
        risk_level(probability)


def test_levels_that_do_not_rise_are_refused() -> None:
    with pytest.raises(InvalidInputError):
        risk_level(0.5, (RiskLevel("a", 0.0, "A", "甲"), RiskLevel("b", 0.0, "B", "乙")))
