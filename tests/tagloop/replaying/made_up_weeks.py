"""Suggestions of a week that never was, as a replay keeps them."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

TAGS = ["coffee", "tea"]
DAY = datetime(2017, 10, 1, tzinfo=UTC)


def made_up_week(seed: int, *, customers: int = 600) -> pd.DataFrame:
    """Seven days on which what is said of a customer hardly changes, as in a shop."""
    dice = np.random.default_rng(seed)
    names = [f"c{number}" for number in range(customers)]
    people = pd.DataFrame({"customer_id": np.repeat(names, len(TAGS)), "tag": TAGS * customers})
    people["confidence"] = dice.beta(1.2, 2.0, len(people))
    people["says"] = (dice.random(len(people)) < people["confidence"]).astype(float)
    people["decision"] = np.select(
        [people["confidence"] > 0.75, people["confidence"] > 0.4], ["apply", "review"], "withhold"
    )
    return pd.concat([people.assign(day=DAY + timedelta(days=day)) for day in range(7)])
