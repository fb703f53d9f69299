from typing import Any

import numpy as np
import pandas as pd

from models.metrics import average_precision
from models.pooled import PooledInterest


def test_a_planted_signal_is_found(panel: Any, later: Any) -> None:
    P = PooledInterest(n_rounds=60).fit(panel.X, panel.Y).predict_proba(later.X)
    for tag in P.columns:
        y = later.Y[tag].to_numpy()
        assert average_precision(y, P[tag].to_numpy()) > 1.5 * y.mean()


def test_a_rare_tag_learns_from_the_others(panel: Any, later: Any) -> None:
    """Four customers tell little of tea; that what was bought is bought again is known from the other tags."""
    few = panel.Y.copy()
    few.loc[few.index[4:], "tea"] = np.nan
    few.iloc[:4, few.columns.get_loc("tea")] = [1.0, 0.0, 0.0, 0.0]
    P = PooledInterest(n_rounds=60).fit(panel.X, few).predict_proba(later.X)
    y = later.Y["tea"].to_numpy()
    assert average_precision(y, P["tea"].to_numpy()) > 1.5 * y.mean()


def test_one_more_purchase_raises_most_and_all_together(panel: Any, later: Any) -> None:
    """Trees hold no sign for certain, which would cost average precision, but what they learn points one way."""
    model = PooledInterest(n_rounds=60).fit(panel.X, panel.Y)
    more = later.X.copy()
    for stem in ("baskets_84d", "baskets_28d", "purchases_ever"):
        more[f"{stem}__coffee"] += 1
    more["baskets_per_84d_ever__coffee"] += 0.5
    more["days_since_last_purchase__coffee"] = 0.0
    before, after = model.predict_proba(later.X), model.predict_proba(more)
    assert (after["coffee"] >= before["coffee"]).mean() > 0.75
    assert after["coffee"].mean() > before["coffee"].mean() + 0.02
    np.testing.assert_array_equal(after[["tea", "floral"]], before[["tea", "floral"]])


def test_of_too_many_pairs_a_sample_is_learned_from_that_the_seed_decides(panel: Any, later: Any) -> None:
    models = [PooledInterest(n_rounds=10, most_pairs=600, seed=seed) for seed in (0, 0, 1)]
    first, again, other = (model.fit(panel.X, panel.Y).predict_proba(later.X).to_numpy() for model in models)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    y = later.Y["coffee"].to_numpy()
    assert average_precision(y, first[:, 0]) > 1.2 * y.mean()


def test_unknown_labels_are_not_learned_from(panel: Any) -> None:
    """Pairs without a label might as well not be there."""
    unknown = panel.Y.copy()
    unknown.iloc[500:] = np.nan
    least = PooledInterest(n_rounds=10).fit(panel.X, unknown).predict_proba(panel.X)
    part = PooledInterest(n_rounds=10).fit(panel.X[:500], unknown[:500]).predict_proba(panel.X)
    pd.testing.assert_frame_equal(least, part, check_exact=True)


def test_another_order_of_tags_gives_each_its_own_column(panel: Any) -> None:
    model = PooledInterest(n_rounds=5).fit(panel.X, panel.Y[["floral", "coffee"]])
    assert list(model.predict_proba(panel.X).columns) == ["floral", "coffee"]
    own = model.pairs_.own[1]
    assert {model.pairs_.columns[place] for place in own} <= {
        name for name in panel.X.columns if name.endswith("__coffee")
    }
