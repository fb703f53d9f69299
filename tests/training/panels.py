"""Made-up feature rows at several cutoffs, with outcomes that a chosen rule decides."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.clock import midnight
from training.cutoffs import Calendar, plan_cutoffs
from training.data import Rows

Floats = NDArray[np.float64]
Rule = Callable[[pd.DataFrame, str], Floats]  # the probability of a tag's outcome for each row

TAGS = ("coffee", "tea", "wine")


def panel_rows(calendar: Calendar, until: datetime, rule: Rule, *, customers: int = 350) -> Rows:
    """Rows of the same customers at every training cutoff, and outcomes drawn by the rule."""
    dice = np.random.default_rng(11)
    blocks = [(cutoff, _features(dice, customers)) for cutoff in plan_cutoffs(until, calendar).cutoffs]
    X = pd.concat([block for _, block in blocks], keys=[pd.Timestamp(cutoff) for cutoff, _ in blocks])
    X.index.names = ["as_of", "customer_id"]
    chances = {tag: rule(X, tag) for tag in TAGS}
    Y = pd.DataFrame({tag: dice.random(len(X)) < chance for tag, chance in chances.items()}, index=X.index)
    return Rows(X, Y.astype(np.float64))


def calendar_of(zone: str = "Asia/Shanghai", horizon_days: int = 30) -> Calendar:
    """A calendar of data that begins with 2023."""
    local = ZoneInfo(zone)
    return Calendar(local, horizon_days, midnight(datetime(2023, 1, 1).date(), local))  # noqa: DTZ001 (a date)


def _features(dice: np.random.Generator, n: int) -> pd.DataFrame:
    index = pd.Index([f"c{place:03}" for place in range(n)])
    X = pd.DataFrame(index=index)
    X["baskets_84d"] = dice.poisson(8, n) + 1
    X["spend_84d"] = X["baskets_84d"] * dice.gamma(4.0, 8.0, n)
    X["days_since_last_purchase"] = dice.integers(0, 60, n)
    X["weekend_share_84d"] = dice.random(n)
    X["discount_share_84d"] = dice.random(n)
    for tag in TAGS:
        X[f"purchases_84d__{tag}"] = X[f"baskets_84d__{tag}"] = dice.poisson(dice.gamma(0.6, 2.0, n))
        X[f"baskets_28d__{tag}"] = dice.binomial(X[f"baskets_84d__{tag}"].to_numpy(), 1 / 3)
        before = dice.poisson(0.5, n)
        X[f"purchases_ever__{tag}"] = X[f"baskets_84d__{tag}"] + before
        X[f"baskets_per_84d_ever__{tag}"] = (X[f"baskets_84d__{tag}"] + before) / 2
        last = np.where(X[f"baskets_84d__{tag}"] > 0, dice.integers(0, 84, n), 100)
        X[f"days_since_last_purchase__{tag}"] = np.where(X[f"purchases_ever__{tag}"] > 0, last, np.nan)
    return X.astype(np.float64)
