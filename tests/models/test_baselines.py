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


def test_rules_count_what_the_tag_counts(panel: Any) -> None:
    X = panel.X.assign(
        opinions_84d__tea=panel.X["baskets_84d__coffee"],
        contacts_84d=panel.X["baskets_28d"],
        days_since_last_event=np.arange(len(panel.X)) % 40,
    )
    behaviours = {"tea": "opinion", "floral": "contact_anywhere"}
    for rule in (BoughtInterest, PurchaseCountInterest):
        model = rule(behaviours).fit(X, panel.Y)
        assert set(model.columns_) == {"baskets_84d__coffee", "opinions_84d__tea", "contacts_84d"}
    ranked = (
        PurchaseCountInterest(behaviours)
        .fit(X, panel.Y.assign(floral=X["contacts_84d"] > 2))
        .predict_proba(X)
    )
    assert ranked["floral"].groupby(X["contacts_84d"]).mean().is_monotonic_increasing


def test_equals_without_a_category_are_ranked_by_how_fresh_their_last_event_is(panel: Any) -> None:
    X = panel.X.assign(contacts_84d=1.0, days_since_last_event=np.arange(len(panel.X)) % 40)
    X.iloc[::2, X.columns.get_loc("contacts_84d")] = 3.0
    Y = (X[["contacts_84d"]] > 1).astype(float).set_axis(["writes"], axis=1)
    P = CountWithRateInterest({"writes": "contact_anywhere"}).fit(X, Y).predict_proba(X)["writes"]
    ranked = P[X["contacts_84d"] == 1].groupby(X["days_since_last_event"]).mean()
    assert ranked.is_monotonic_decreasing
