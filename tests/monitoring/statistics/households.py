"""Made-up households whose weeks are known, as a reference and windows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from monitoring.window import APPLY, REVIEW, WITHHOLD, Promised, Reference, Window

Floats = NDArray[np.float64]

TRAINED = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)
COLUMNS = ("spend", "visits", "coffee", "gap")
TAGS = ("coffee", "tea", "wine")


def window_of(
    features: Floats, names: list[str] | None = None, *, ended_at: datetime = TRAINED, shift: float = 0.0
) -> Window:
    """A window of those feature rows; tags, churn and segments follow from the first two of them."""
    index = pd.Index(
        names or [f"h{place}" for place in range(len(features))], dtype=object, name="customer_id"
    )
    frame = pd.DataFrame(features, index=index, columns=list(COLUMNS))
    margin = np.column_stack(
        [features[:, 0] - 1.0, features[:, 1] - 2.0, features[:, 0] + features[:, 1] - 2.5]
    )
    probabilities = pd.DataFrame(1.0 / (1.0 + np.exp(-(margin + shift))), index=index, columns=list(TAGS))
    p = probabilities.to_numpy()
    return Window(
        began_at=ended_at - WEEK,
        ended_at=ended_at,
        release_id="r",
        source="scored",
        population=len(frame),
        features=frame,
        probabilities=probabilities,
        decisions=pd.DataFrame(
            np.select([p >= 0.8, p >= 0.5], [APPLY, REVIEW], WITHHOLD),
            index=index,
            columns=list(TAGS),
            dtype=object,
        ),
        segments=pd.Series(["s1" if one > 0 else "s2" for one in features[:, 0]], index),
        distances=pd.Series(np.abs(features[:, 0]), index),
        churn=pd.Series(1.0 / (1.0 + np.exp(features[:, 1])), index),
        instants=pd.Series(pd.Timestamp(ended_at), index),
    )


def reference_of(window: Window, importance: dict[str, float] | None = None) -> Reference:
    """The window as what the champion learned from."""
    weights = pd.Series(importance or {"spend": 0.5, "visits": 0.3, "coffee": 0.2, "gap": 0.0})
    return Reference(**vars(window), importance=weights, promised={"coffee": Promised(0.8, 0.9, 0.8)})


def households(n: int, seed: int) -> Floats:
    """Features of independent households: two of a bell's shape, a count with a heap at 0, one often missing."""
    dice = np.random.default_rng(seed)
    gap = np.where(dice.random(n) < 0.4, np.nan, dice.exponential(10.0, n))
    return np.column_stack(
        [dice.normal(size=n), dice.normal(size=n), dice.poisson(0.4, n).astype(float), gap]
    )


def with_column(window: Any, name: str, values: Any) -> Any:
    """The window with other values of one feature."""
    return replace(window, features=window.features.assign(**{name: values}))
