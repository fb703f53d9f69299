from typing import Any

import numpy as np

from models.baselines import BoughtInterest, CountWithRateInterest, PopularityInterest, PurchaseCountInterest


def test_popularity_is_the_smoothed_share_of_each_tag(panel: Any) -> None:
    P = PopularityInterest().fit(panel.X, panel.Y).predict_proba(panel.X)
    np.testing.assert_allclose(P.iloc[0], (panel.Y.sum() + 0.5) / (len(panel.Y) + 1), rtol=1e-9)
    assert (P.nunique() == 1).all()


def test_bought_knows_two_probabilities_and_prefers_buyers(panel: Any) -> None:
    P = BoughtInterest().fit(panel.X, panel.Y).predict_proba(panel.X)["coffee"]
    bought = panel.X["baskets_84d__coffee"] > 0
    assert P.nunique() == 2
    assert P[bought].min() > P[~bought].max()


def test_count_ranks_by_count(panel: Any) -> None:
    P = PurchaseCountInterest().fit(panel.X, panel.Y).predict_proba(panel.X)["coffee"]
    by_count = P.groupby(panel.X["baskets_84d__coffee"]).agg(["min", "max"])
    np.testing.assert_allclose(by_count["min"], by_count["max"])
    assert by_count["min"].is_monotonic_increasing
    assert by_count["min"].is_unique


def test_count_with_rate_ranks_by_count_then_by_orders(panel: Any) -> None:
    P = CountWithRateInterest().fit(panel.X, panel.Y).predict_proba(panel.X)["coffee"]
    order = panel.X.sort_values(["baskets_84d__coffee", "baskets_84d"]).index
    few = panel.X["baskets_84d__coffee"] <= 5
    ranked = P[order][few[order]]
    assert (ranked.diff().dropna() >= -1e-12).all()


def test_a_rule_learns_no_opposite_of_itself(panel: Any) -> None:
    upside_down = 1.0 - (panel.X[["baskets_84d__coffee"]] > 0).astype(float).set_axis(["coffee"], axis=1)
    P = BoughtInterest().fit(panel.X, upside_down).predict_proba(panel.X)["coffee"]
    assert P.nunique() == 1
