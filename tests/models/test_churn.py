from typing import Any

import numpy as np
import pytest

from models.churn import (
    RISK_LEVELS,
    BoostedChurn,
    FrequencyChurn,
    LogisticChurn,
    RecencyChurn,
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
    starts = [level.at_least for level in RISK_LEVELS]
    assert starts == sorted(set(starts))
