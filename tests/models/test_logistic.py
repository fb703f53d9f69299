from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.errors import InvalidInputError
from models.logistic import RECIPES, LogisticInterest
from models.metrics import average_precision

EVERY_RECIPE = pytest.mark.parametrize("recipe", list(RECIPES))


@pytest.fixture(scope="module")
def panel(panel: Any) -> Any:
    return looked_at(panel)


@pytest.fixture(scope="module")
def later(later: Any) -> Any:
    return looked_at(later)


def looked_at(panel: Any) -> Any:
    """The panel with views and ratings of each tag, some of them by whoever is about to buy."""
    dice = np.random.default_rng(5)
    X = panel.X.assign(
        opinions_84d=dice.poisson(3, len(panel.X)), rating_mean_ever=dice.uniform(1, 5, len(panel.X))
    )
    X["opinions_28d"], X["days_since_last_opinion"] = X["opinions_84d"] // 3, dice.integers(0, 90, len(X))
    for tag in panel.Y.columns:
        seen = dice.poisson(1 + 2 * panel.Y[tag])
        X[f"interests_84d__{tag}"], X[f"interests_28d__{tag}"] = seen, seen // 2
        X[f"days_since_last_interest__{tag}"] = np.where(seen > 0, 20.0, np.nan)
        X[f"opinions_84d__{tag}"] = X[f"opinions_ever__{tag}"] = seen
        X[f"days_since_last_opinion__{tag}"] = X[f"days_since_last_interest__{tag}"]
        X[f"rating_mean_ever__{tag}"] = np.where(seen > 0, 3.0 + panel.Y[tag], np.nan)
    return replace(panel, X=X.astype(float))


@EVERY_RECIPE
def test_one_more_purchase_never_lowers_a_customer_among_equals(recipe: Any, panel: Any, later: Any) -> None:
    model = LogisticInterest(recipe).fit(panel.X, panel.Y)
    more = later.X.copy()
    more["baskets_84d__coffee"] += 1
    more["baskets_28d__coffee"] += 1
    more["purchases_ever__coffee"] += 1
    more["baskets_per_84d_ever__coffee"] += 0.5
    more["days_since_last_purchase__coffee"] = 0.0
    before, after = model.predict_proba(later.X), model.predict_proba(more)
    assert (after["coffee"] > before["coffee"]).all()
    np.testing.assert_array_equal(after[["tea", "floral"]], before[["tea", "floral"]])


@EVERY_RECIPE
def test_a_planted_signal_is_found(recipe: Any, panel: Any, later: Any) -> None:
    P = LogisticInterest(recipe).fit(panel.X, panel.Y).predict_proba(later.X)
    for tag in P.columns:
        y = later.Y[tag].to_numpy()
        assert average_precision(y, P[tag].to_numpy()) > 1.5 * y.mean()


def test_model_that_reads_views_is_ahead_where_they_announce_purchases(panel: Any, later: Any) -> None:
    without, with_views = (
        LogisticInterest(recipe).fit(panel.X, panel.Y).predict_proba(later.X)
        for recipe in ("small", "attention")
    )
    for tag in later.Y.columns:
        y = later.Y[tag].to_numpy()
        assert average_precision(y, with_views[tag].to_numpy()) > average_precision(
            y, without[tag].to_numpy()
        )


def test_tag_of_another_behaviour_is_known_by_that(panel: Any, later: Any) -> None:
    model = LogisticInterest(behaviours={"tea": "opinion", "floral": "opinion_anywhere"}).fit(
        panel.X, panel.Y
    )
    read = {
        tag: {name for name, weight in zip(model.columns_, row, strict=True) if weight != 0}
        for tag, row in zip(model.tags_, model.coef_, strict=True)
    }
    assert "baskets_84d__coffee" in read["coffee"]
    assert not any("opinion" in name for name in read["coffee"])
    assert "rating_mean_ever__tea" in read["tea"]
    assert not any("basket" in name or "purchase" in name for name in read["tea"] | read["floral"])
    assert not any(name.endswith("__floral") for name in model.columns_)
    y, P = later.Y["tea"].to_numpy(), model.predict_proba(later.X)["tea"].to_numpy()
    assert average_precision(y, P) > 1.5 * y.mean()


def test_better_rating_of_a_tag_never_lowers_a_customer_among_equals(panel: Any, later: Any) -> None:
    model = LogisticInterest(behaviours={"tea": "opinion"}).fit(panel.X, panel.Y)
    more = later.X.copy()
    more["rating_mean_ever__tea"] += 1
    more["opinions_84d__tea"] += 1
    before, after = model.predict_proba(later.X), model.predict_proba(more)
    rated = later.X["rating_mean_ever__tea"].notna()
    assert (after["tea"] >= before["tea"])[rated].all()
    np.testing.assert_array_equal(after["coffee"], before["coffee"])


def test_an_unknown_recipe_is_refused_with_the_choices(panel: Any) -> None:
    with pytest.raises(InvalidInputError, match="small, history, attention"):
        LogisticInterest("grand").fit(panel.X, panel.Y)  # type: ignore[arg-type]  # the fault under test
