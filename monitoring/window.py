"""What the checks look at: the customers of a window with what was said of them, and those it is held against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import pandas as pd

Source = Literal["served", "scored"]

APPLY, REVIEW, WITHHOLD = "apply", "review", "withhold"


@dataclass(frozen=True, eq=False)
class Window:
    """Customers of whom a release was asked in a stretch of time, one row each; all frames share the index.

    Attributes:
        began_at: From then on.
        ended_at: Up to then (exclusive).
        release_id: Whose word it is.
        source: `served`, or `scored` where too little was: active customers as of the window's end.
        population: How many customers the rows are a random sample of.
        features: What the release reads, `(n, n_features)`, indexed by customer_id.
        probabilities: Calibrated, one column a tag that the release predicts, `(n, n_tags)`.
        decisions: `apply`, `review` or `withhold`, of the same shape.
        segments: The key of each customer's segment; missing without segments.
        distances: To the nearest centre, in the segments' own space; NaN without segments.
        churn: Risk; NaN for whom it is not predicted; None without a churn model.
        instants: As of when each row was told.
    """

    began_at: datetime
    ended_at: datetime
    release_id: str
    source: Source
    population: int
    features: pd.DataFrame
    probabilities: pd.DataFrame
    decisions: pd.DataFrame
    segments: "pd.Series[str]"
    distances: "pd.Series[float]"
    churn: "pd.Series[float] | None"
    instants: "pd.Series[pd.Timestamp]"

    def __len__(self) -> int:
        return len(self.features)


@dataclass(frozen=True)
class Promised:
    """What is promised of one tag where it is applied: the precision, how surely, and from which probability on."""

    target: float
    confidence: float
    threshold: float


@dataclass(frozen=True, eq=False)
class Reference(Window):
    """The champion's training population at the last cutoff whose outcomes it knew; `ended_at` is that cutoff.

    Attributes:
        importance: By feature how much the models go by it: mean absolute contribution to each output's margin, as
            shares of that output's sum, averaged over outputs; sums to 1.
        outcomes: What turned out within the horizon, 1, 0 or NaN, of the shape of `probabilities`; NaN of reviewed
            tags.
        churned: The same of churn, `(n,)`.
        promised: Of the tags with a certificate, by key, whether or not it was suspended since.
    """

    importance: "pd.Series[float]" = field(default_factory=lambda: pd.Series(dtype=float))
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    churned: "pd.Series[float]" = field(default_factory=lambda: pd.Series(dtype=float))
    promised: Mapping[str, Promised] = field(default_factory=dict)
