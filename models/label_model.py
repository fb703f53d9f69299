"""The one shape of every model that gives a probability per label: interest tags and churn alike."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from core.errors import InvalidInputError
from models.arrays import Floats
from models.calibration import Calibration


class LabelModel(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn publishes no types
    """Probabilities for each customer (row) and label (column).

    Attributes:
        tags_: The labels, in the order of the output's columns.
        feature_names_in_: The columns that predicting needs, in order; others may be there and are ignored.
        n_features_in_: How many these are.
        calibration_: What puts the model's own probabilities right; None after fitting, see `calibrated`.
    """

    calibration_: Calibration | None = None

    def fit(self, X: pd.DataFrame, Y: pd.DataFrame) -> Self:
        """Learns from features `X (n, ...)` and labels `Y (n, n_labels)` of 1, 0, or NaN for unknown.

        Rows are customers as of a cutoff; the same customer may come again with another cutoff. A label's
        unknown rows are left out for that label alone.

        Raises:
            InvalidInputError: A needed column is missing or not a number, the rows of X and Y differ, a label
                holds something else than 1, 0 and NaN, or is not known for any row.
        """
        check_labels(X, Y)
        tags = [str(name) for name in Y.columns]
        needed = self._needed(tags, [str(name) for name in X.columns])
        values = numbers(X, needed)
        self.tags_ = tags
        self.feature_names_in_ = np.array(needed, dtype=object)
        self.n_features_in_ = len(needed)
        self.calibration_ = None
        self._learn(values, np.asarray(Y, dtype=np.float64))
        return self

    def calibrated(self, calibration: Calibration | None) -> Self:
        """The same fitted model with its probabilities put right by what came true after other fits of its kind."""
        out = copy.copy(self)
        out.calibration_ = calibration
        return out

    def predict_proba(self, X: pd.DataFrame) -> pd.DataFrame:
        """Probabilities `(n, n_labels)`, with the index of X and the columns `tags_`.

        Raises:
            InvalidInputError: A needed column is missing or not a number.
        """
        check_is_fitted(self, "tags_")
        values = numbers(X, list(self.feature_names_in_))
        probabilities = self._probabilities(values)
        if self.calibration_ is not None:
            probabilities = self.calibration_.apply(probabilities)
        return pd.DataFrame(probabilities, index=X.index, columns=self.tags_)

    @abstractmethod
    def _needed(self, tags: list[str], available: list[str]) -> list[str]:
        """The columns to learn from, each once."""

    @abstractmethod
    def _learn(self, values: Floats, labels: Floats) -> None:
        """Sets the learned state from the needed columns `(n, n_columns)` and labels `(n, n_labels)`."""

    @abstractmethod
    def _probabilities(self, values: Floats) -> Floats:
        """Probabilities `(n, n_labels)` from the needed columns `(n, n_columns)`."""

    def __sklearn_tags__(self) -> Any:
        """Tells scikit-learn's tools that labels are needed and missing values welcome."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        tags.input_tags.allow_nan = True
        return tags


def numbers(X: pd.DataFrame, columns: Sequence[str]) -> Floats:
    """The named columns as an array `(n, n_columns)` of float64, NaN where missing.

    >>> numbers(pd.DataFrame({"baskets_84d": [3, None], "spend_84d": [20.5, 0.0]}), ["baskets_84d"])
    array([[ 3.],
           [nan]])

    Raises:
        InvalidInputError: Columns are missing, come twice, are not numbers or hold an infinite one.
    """
    missing = [name for name in columns if name not in X.columns]
    if missing:
        raise InvalidInputError(
            "The model needs features that the table lacks: {names}. Build the features with the taxonomy "
            "and settings that the model was trained with",
            names=", ".join(missing),
        )
    try:
        values = X.loc[:, list(columns)].to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError("Features have to be numbers: {reason}", reason=error) from error
    if values.shape[1] != len(columns):
        raise InvalidInputError("A feature column comes twice in the table: {names}", names=_twice(X))
    if np.isinf(values).any():
        infinite = np.array(columns)[np.isinf(values).any(axis=0)]
        raise InvalidInputError("Features hold an infinite number: {names}", names=", ".join(infinite))
    return values


def check_labels(X: pd.DataFrame, Y: pd.DataFrame) -> None:
    """Says nothing when labels fit the features and can be learned from.

    Raises:
        InvalidInputError: Rows differ, a label is neither 1, 0 nor NaN, or a label is not known for any row.
    """
    if not X.index.equals(Y.index):
        raise InvalidInputError(
            "Features ({n_features} rows) and labels ({n_labels} rows) have to have the same rows in the "
            "same order",
            n_features=len(X),
            n_labels=len(Y),
        )
    values = np.asarray(Y, dtype=np.float64)
    strange = np.any(~np.isnan(values) & (values != 0) & (values != 1), axis=0)
    _refuse("Labels have to be 1, 0 or missing; look at {names}", Y, strange)
    unknown = np.all(np.isnan(values), axis=0)
    _refuse(
        "No label is known for {names}: leave them out of the training until there are some",
        Y,
        unknown,
    )


def known(labels: Floats, column: int) -> tuple[NDArray[np.intp], Floats]:
    """The rows for which a label is known, and the label there."""
    rows = np.flatnonzero(~np.isnan(labels[:, column]))
    return rows, labels[rows, column]


def prior(labels: Floats) -> float:
    """The share of positives with half a case of each kind added, so that it is never 0 or 1.

    >>> prior(np.array([1.0, 1.0, 0.0]))
    0.625
    """
    return float((labels.sum() + 0.5) / (len(labels) + 1.0))


def _twice(X: pd.DataFrame) -> str:
    return ", ".join(dict.fromkeys(str(name) for name in X.columns[X.columns.duplicated()]))


def _refuse(message: str, Y: pd.DataFrame, culprits: NDArray[np.bool_]) -> None:
    if culprits.any():
        names = [str(name) for name, culprit in zip(Y.columns, culprits, strict=True) if culprit]
        raise InvalidInputError(message, names=", ".join(names))
