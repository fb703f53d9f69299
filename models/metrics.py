"""Figures of merit for probabilities against what turned out, per label and over all labels."""

import numpy as np
import pandas as pd

from core.errors import InvalidInputError
from models.arrays import Floats
from models.rank_sums import pair_sums, precision_sums

N_BINS = 15
"""Equal-mass bins of the calibration error."""

CLIP = 1e-6
"""The log loss takes no probability for more certain than this."""


def average_precision(y: Floats, score: Floats) -> float:
    """Precision averaged over the positives in the order of their scores `(n,)`; NaN without a positive.

    The step-wise sum of scikit-learn's `average_precision_score`; equal scores count as one step.

    >>> average_precision(np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.8, 0.7]))
    0.8333333333333333
    """
    return float(weighted_average_precision(y, score, np.ones((len(y), 1)))[0])


def weighted_average_precision(y: Floats, score: Floats, weights: Floats) -> Floats:
    """The average precision under each of many weightings `(n, n_weightings)`: `(n_weightings,)`.

    A row of weight 3 counts as three rows, so resampled rows need no copying. NaN where no positive has
    weight.
    """
    sums, positives = precision_sums(y, score, weights)
    return _ratio(sums, positives)


def precision_recall(y: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Precision and recall at each distinct score, highest first: `(n_scores,)` each; needs a positive.

    >>> precision_recall(np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.8, 0.7]))[1]
    array([0.5, 0.5, 1. ])
    """
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits = np.cumsum(y[order])[ends]
    return hits / (ends + 1.0), hits / hits[-1]


def auc(y: Floats, score: Floats) -> float:
    """The chance that a positive scores above a negative, ties half; NaN with one class only.

    >>> auc(np.array([1.0, 0.0, 1.0]), np.array([0.9, 0.8, 0.7]))
    0.5
    """
    return float(weighted_auc(y, score, np.ones((len(y), 1)))[0])


def weighted_auc(y: Floats, score: Floats, weights: Floats) -> Floats:
    """The area under the ROC curve under each of many weightings `(n, n_weightings)`: `(n_weightings,)`."""
    beaten, pairs = pair_sums(y, score, weights)
    return _ratio(beaten, pairs)


def log_loss(y: Floats, probability: Floats) -> float:
    """Mean negative log likelihood, in nats.

    >>> round(log_loss(np.array([1.0, 0.0]), np.array([0.5, 0.5])), 4)
    0.6931
    """
    sure = probability.clip(CLIP, 1.0 - CLIP)
    return float(-np.mean(y * np.log(sure) + (1.0 - y) * np.log1p(-sure)))


def brier(y: Floats, probability: Floats) -> float:
    """Mean squared difference of probability and outcome (Brier 1950).

    >>> brier(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    0.25
    """
    return float(np.mean((probability - y) ** 2))


def calibration_bins(y: Floats, probability: Floats, n_bins: int = N_BINS) -> pd.DataFrame:
    """One row a bin of equally many predictions: customers, mean `predicted`, `observed` share.

    >>> calibration_bins(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.3, 0.5, 0.9]), n_bins=2)
       customers  predicted  observed
    0          2        0.2       0.0
    1          2        0.7       1.0
    """
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, n_bins) if len(part)]
    return pd.DataFrame(
        {
            "customers": [len(part) for part in parts],
            "predicted": [float(probability[part].mean()) for part in parts],
            "observed": [float(y[part].mean()) for part in parts],
        }
    )


def calibration_error(y: Floats, probability: Floats, n_bins: int = N_BINS) -> float:
    """Expected calibration error: mean |predicted - observed| over equal-mass bins, weighted by size.

    Naeini, Cooper and Hauskrecht (AAAI 2015), with bins of equal mass instead of equal width.

    >>> calibration_error(np.array([0.0, 1.0]), np.array([0.25, 0.75]), n_bins=2)
    0.25
    """
    bins = calibration_bins(y, probability, n_bins)
    gaps = (bins["predicted"] - bins["observed"]).abs()
    return float(np.average(gaps, weights=bins["customers"]))


def metrics_by_tag(Y: pd.DataFrame, P: pd.DataFrame) -> pd.DataFrame:
    """One row a label, over the rows where it is known.

    Columns: `customers`, `positives`, `share` of positives, average precision `ap`, `auc`, `log_loss`,
    `brier`, calibration error `ece`.

    Raises:
        InvalidInputError: Labels and probabilities differ in rows or columns.
    """
    check_alike(Y, P)
    return pd.DataFrame({name: _metrics(Y[name], P[name]) for name in Y.columns}).T.astype(
        {"customers": int, "positives": int}
    )


def metrics_over_all(Y: pd.DataFrame, P: pd.DataFrame) -> dict[str, float]:
    """The figures over all labels: `macro_ap` over labels with a positive, the rest over all pairs pooled.

    Raises:
        InvalidInputError: Labels and probabilities differ in rows or columns.
    """
    by_tag = metrics_by_tag(Y, P)
    y, p = Y.to_numpy(np.float64).ravel(), P.to_numpy(np.float64).ravel()
    y, p = y[~np.isnan(y)], p[~np.isnan(y)]
    return {
        "macro_ap": float(by_tag["ap"].mean()),
        "log_loss": log_loss(y, p),
        "brier": brier(y, p),
        "ece": calibration_error(y, p),
    }


def check_alike(Y: pd.DataFrame, P: pd.DataFrame) -> None:
    """Says nothing when two frames have the same rows and columns in the same order.

    Raises:
        InvalidInputError: They have not.
    """
    if not (Y.index.equals(P.index) and list(Y.columns) == list(P.columns)):
        raise InvalidInputError(
            "Labels {labels} and probabilities {scores} have to have the same rows and columns in the "
            "same order",
            labels=Y.shape,
            scores=P.shape,
        )


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    out = np.full(len(denominator), np.nan)
    np.divide(numerator, denominator, out=out, where=denominator > 0)
    return out


def _metrics(labels: "pd.Series[float]", scores: "pd.Series[float]") -> dict[str, float]:
    told = labels.notna().to_numpy()
    y, p = (np.asarray(column, dtype=np.float64)[told] for column in (labels, scores))
    facts = {"customers": len(y), "positives": y.sum(), "share": y.mean() if len(y) else np.nan}
    figures = {
        "ap": average_precision,
        "auc": auc,
        "log_loss": log_loss,
        "brier": brier,
        "ece": calibration_error,
    }
    return facts | {name: figure(y, p) if len(y) else np.nan for name, figure in figures.items()}
