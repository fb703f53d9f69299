"""The model of tags that only reviewers know: few labels, so one strongly held linear model a tag."""

from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InvalidInputError
from models.arrays import Floats
from models.boosting import general_columns
from models.linear import Direction, LinearModel, Term, fit_logistic

RATES, PROFILE = "basket_rate_ever__", "profile_"

PENALTY = 30.0
"""Thirty times scikit-learn's default: there are more columns than a reviewer decides in a day."""

GENERAL = 0.3
"""How far columns about shopping as a whole are let out beside shares of orders and attributes: what people are shows
in what they buy sooner than in how often."""


class ReviewedTags(LinearModel):
    """Logistic regression for each tag on the customer as a whole and on what share of orders has each group.

    Rows without any label teach as well: how columns are spread over all customers, which a few dozen labelled ones
    tell badly. To learn more from them (self-training, label spreading, principal components of everybody) was
    measured and is no better: docs/label-efficiency.md.

    Args:
        hidden: For each tag the attributes that define it; no column of them is read by any tag's model, or the
            model would repeat the definition instead of learning who fits it.
        penalty: Weight of the squared coefficients, per standard deviation of a column.
    """

    def __init__(self, hidden: Mapping[str, Sequence[str]] | None = None, penalty: float = PENALTY) -> None:
        self.hidden = hidden
        self.penalty = penalty

    def fit(self, X: pd.DataFrame, Y: pd.DataFrame, sample_weight: pd.DataFrame | None = None) -> Self:
        """Learns from features `X (n, ...)` and labels `Y (n, n_labels)` of 1, 0, or NaN for unknown.

        Args:
            X: Rows of customers whom people decided, and of any others.
            Y: Rows of others are NaN throughout.
            sample_weight: How much each label counts, of the shape of Y; 1 each if left out.

        Raises:
            InvalidInputError: As of any model; or weights have other rows or labels, or are no weights.
        """
        self._counts = None if sample_weight is None else _weights_of(sample_weight, Y)
        try:
            return super().fit(X, Y)
        finally:
            del self._counts  # it is no part of what was learned

    def terms(self) -> tuple[Term, ...]:
        """One term for each column that was available at fitting and is not hidden."""
        return tuple(Term(name) for name in self._chosen)

    def _needed(self, tags: list[str], available: list[str]) -> list[str]:
        secret = {f"{PROFILE}{key}" for tag in tags for key in (self.hidden or {}).get(tag, ())}
        rates = [name for name in available if name.startswith(RATES)]
        self._chosen = [
            name for name in [*general_columns(available), *rates] if name.partition("__")[0] not in secret
        ]
        return super()._needed(tags, available)

    def _cases(self, rows: NDArray[np.intp], output: int) -> Floats | None:
        return None if self._counts is None else self._counts[rows, output]

    def _weigh(
        self, Z: Floats, y: Floats, directions: list[Direction], cases: Floats | None = None
    ) -> tuple[Floats, float]:
        """As any linear model, with the general columns held more strongly: they come in smaller units."""
        is_own = [name.startswith((RATES, PROFILE)) for name in self._chosen]
        units = np.where(is_own, 1.0, GENERAL)
        coef, intercept = fit_logistic(Z * units, y, directions, self.penalty, cases=cases)
        return coef * units, intercept


def _weights_of(sample_weight: pd.DataFrame, Y: pd.DataFrame) -> Floats:
    """The weights as an array of the shape of the labels."""
    if not (sample_weight.index.equals(Y.index) and sample_weight.columns.equals(Y.columns)):
        raise InvalidInputError("sample_weight: expected the rows and columns of the labels, in their order")
    values = sample_weight.to_numpy(dtype=np.float64)
    told = values[Y.notna().to_numpy()]
    if not (np.isfinite(told).all() and (told >= 0).all()):
        raise InvalidInputError(
            "sample_weight: expected numbers from 0 up wherever a label is known; weigh every known label"
        )
    return values
