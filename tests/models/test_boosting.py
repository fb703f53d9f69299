from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from models.boosting import BoostedInterest
from models.churn import BoostedChurn
from models.label_model import prior
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


def test_columns_binned_once_give_the_trees_of_a_booster_that_bins_its_own(panel: Any) -> None:
    """Where labels are unknown for other rows, for tags without columns of their own, and for a single class."""
    X = panel.X.drop(columns=[name for name in panel.X if name.endswith("__floral")])
    Y = panel.Y.copy()
    Y.iloc[:200, Y.columns.get_loc("tea")] = np.nan
    Y["milk"] = 1.0
    model = BoostedInterest(n_rounds=10, min_leaf=20).fit(X, Y)
    for tag, columns in model.columns_.items():
        known = Y[tag].notna()
        y = Y.loc[known, tag].to_numpy()
        target, n_rounds = (np.full(len(y), prior(y)), 1) if y.min() == y.max() else (y, 10)
        parameters = {
            "objective": "cross_entropy",
            "learning_rate": model.learning_rate,
            "num_leaves": model.num_leaves,
            "min_data_in_leaf": model.min_leaf,
            "feature_fraction": model.column_share,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 5.0,
            "seed": model.seed,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        data = lightgbm.Dataset(X.loc[known, columns].to_numpy(), target, feature_name=columns)
        alone = lightgbm.train(parameters, data, n_rounds)
        assert trees(model.boosters_[tag]) == trees(alone), tag


def test_a_column_of_a_tag_that_is_general_too_is_read_once(panel: Any) -> None:
    X = panel.X.assign(weekday_share_84d__tea=0.5)
    columns = BoostedInterest(n_rounds=1).fit(X, panel.Y).columns_["tea"]
    assert columns.count("weekday_share_84d__tea") == 1


def trees(booster: Any) -> str:
    return str(booster.model_to_string()).partition("\nend of trees")[0]
