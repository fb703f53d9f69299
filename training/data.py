"""The rows a model learns from: who is asked, what was known, what turned out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.build import Panel
from training.counted import active

INTEREST_ACTIVE_DAYS = 84
CHURN_ACTIVE_DAYS = 56


@dataclass(frozen=True)
class Rows:
    """Features `X` and labels `Y` with the same index (as_of, customer_id); labels are 1, 0 or NaN."""

    X: pd.DataFrame
    Y: pd.DataFrame

    def at(self, cutoffs: Sequence[datetime]) -> Self:
        """The rows of those cutoffs."""
        wanted = self._at(cutoffs)
        return type(self)(self.X[wanted], self.Y[wanted])

    def labels_at(self, cutoffs: Sequence[datetime]) -> pd.DataFrame:
        """The labels of those cutoffs alone; the features are many times as wide."""
        return self.Y[self._at(cutoffs)]

    def _at(self, cutoffs: Sequence[datetime]) -> NDArray[np.bool_]:
        return self.Y.index.get_level_values("as_of").isin([pd.Timestamp(cutoff) for cutoff in cutoffs])


def interest_rows(
    panel: Panel, tags: Sequence[str], activity: tuple[str, ...] = (f"baskets_{INTEREST_ACTIVE_DAYS}d",)
) -> Rows:
    """Customers who were active in the 84 days before the cutoff; labels: the tag's outcome within the horizon.

    `activity` are the columns that count what makes a customer active, orders if left out.
    """
    asked = active(panel.features, activity).to_numpy()
    return _resolved(panel.features[asked], panel.outcomes.loc[asked, list(tags)])


def churn_rows(panel: Panel) -> Rows:
    """Customers with an order in the 56 days before the cutoff; label: bought nothing within the horizon."""
    asked = panel.features[f"baskets_{CHURN_ACTIVE_DAYS}d"].to_numpy() > 0
    return _resolved(panel.features[asked], panel.outcomes.loc[asked, ["churned"]])


def _resolved(X: pd.DataFrame, Y: pd.DataFrame) -> Rows:
    known = ~np.isnan(Y.to_numpy()).all(axis=1)
    X, Y = X[known], Y[known]
    # pandas copies the notes that a panel's frames carry at every step, which took a tenth of a training.
    X.attrs, Y.attrs = {}, {}
    return Rows(X, Y)
