from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from models.arrays import sigmoid

TAGS = ("coffee", "tea", "floral")


@dataclass(frozen=True)
class Panel:
    """Made-up customers whose buying habits drive what they buy next, and whether they buy at all."""

    X: pd.DataFrame
    Y: pd.DataFrame
    churned: pd.DataFrame


def make_panel(n: int, seed: int) -> Panel:
    rng = np.random.default_rng(seed)
    rate = rng.gamma(2.0, 4.0, n)
    X = pd.DataFrame(index=pd.Index([f"c{place:05}" for place in range(n)], name="customer_id"))
    X["baskets_84d"] = rng.poisson(rate).clip(1)
    X["baskets_56d"] = rng.binomial(X["baskets_84d"].to_numpy(), 2 / 3)
    X["baskets_28d"] = rng.binomial(X["baskets_56d"].to_numpy(), 1 / 2)
    X["purchase_days_84d"] = X["baskets_84d"] - rng.binomial(X["baskets_84d"].to_numpy(), 0.1)
    X["days_since_last_purchase"] = rng.integers(0, 84, n) / X["baskets_84d"]
    X["spend_84d"] = X["baskets_84d"] * rng.gamma(4.0, 8.0, n)
    X["basket_spend_mean_84d"] = X["spend_84d"] / X["baskets_84d"]
    X["distinct_categories_84d"] = rng.poisson(3 * np.sqrt(rate) + 1)
    X["discount_share_84d"] = rng.beta(2, 8, n)
    X["weekend_share_84d"] = np.where(rng.random(n) < 0.3, rng.beta(9, 2, n), rng.beta(2, 9, n))
    liking = rng.normal(size=(n, len(TAGS)))
    for place, tag in enumerate(TAGS):
        share = sigmoid(1.5 * liking[:, place] - 1.5)
        recent = rng.binomial(X["baskets_84d"].to_numpy(), share)
        before = rng.binomial(X["baskets_84d"].to_numpy(), share)
        X[f"baskets_84d__{tag}"] = recent
        X[f"baskets_28d__{tag}"] = rng.binomial(recent, 1 / 3)
        X[f"purchases_ever__{tag}"] = recent + before
        X[f"baskets_per_84d_ever__{tag}"] = (recent + before) / 2
        last = np.where(recent > 0, rng.integers(0, 84, n), rng.integers(84, 168, n))
        X[f"days_since_last_purchase__{tag}"] = np.where(recent + before > 0, last, np.nan)
    chance = sigmoid(1.5 * liking - 2.0 + np.log1p(rate)[:, None] / 2)
    Y = pd.DataFrame((rng.random(chance.shape) < chance).astype(float), index=X.index, columns=list(TAGS))
    churn = sigmoid(1.0 - 1.5 * np.log1p(rate) + X["days_since_last_purchase"].to_numpy() / 20)
    churned = pd.DataFrame({"churned": (rng.random(n) < churn).astype(float)}, index=X.index)
    return Panel(X.astype(float), Y, churned)


@pytest.fixture(scope="session")
def panel_of() -> Callable[[int, int], Panel]:
    return make_panel


@pytest.fixture(scope="session")
def panel() -> Panel:
    return make_panel(700, 1)


@pytest.fixture(scope="session")
def later() -> Panel:
    return make_panel(500, 2)
