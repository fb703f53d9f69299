from typing import Any

import pandas as pd

from models.boosting import BoostedInterest
from models.churn import BoostedChurn
from models.metrics import average_precision


def test_a_planted_signal_is_found(panel: Any, later: Any) -> None:
    P = BoostedInterest(n_rounds=40).fit(panel.X, panel.Y).predict_proba(later.X)
    for tag in P.columns:
        y = later.Y[tag].to_numpy()
        assert average_precision(y, P[tag].to_numpy()) > 1.5 * y.mean()


def test_a_booster_reads_its_own_group_and_the_general_columns_only(panel: Any) -> None:
    X = panel.X.assign(baskets_84d__milk=1.0, weekday_share_84d__monday=0.2)
    model = BoostedInterest(n_rounds=2).fit(X, panel.Y)
    for tag, columns in model.columns_.items():
        assert f"baskets_84d__{tag}" in columns
        assert {"baskets_84d", "weekday_share_84d__monday"} <= set(columns)
        assert not [
            name for name in columns if name.endswith(("__milk", *({"__tea", "__floral"} - {f"__{tag}"})))
        ]
        assert model.boosters_[tag].feature_name() == columns


def test_churn_reads_no_group_at_all(panel: Any) -> None:
    model = BoostedChurn(n_rounds=2).fit(panel.X, panel.churned)
    assert not [name for name in model.columns_["churned"] if "__" in name]


def test_the_number_of_jobs_changes_nothing(panel: Any) -> None:
    one, two = (
        BoostedInterest(n_rounds=10, n_jobs=jobs).fit(panel.X, panel.Y).predict_proba(panel.X)
        for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_another_seed_gives_another_model(panel: Any) -> None:
    one, two = (
        BoostedInterest(n_rounds=10, seed=seed).fit(panel.X, panel.Y).predict_proba(panel.X)
        for seed in (0, 1)
    )
    assert (one != two).to_numpy().any()
