"""What is drawn over time of each window: decisions and precision by tag, calibration, review load, volume."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, func, select

from models.arrays import Floats
from models.metrics import auc, calibration_bins
from monitoring.finding import NOBODY, Finding
from monitoring.window import APPLY, REVIEW, Reference, Window
from review.tables import Task, TaskDecision

BINS = 10
FEATURES_KEPT = 100
Z = 1.959963984540054  # of a 95% interval
Course = dict[str, Any]


def course_of(
    window: Window,
    findings: Sequence[Finding],
    reference: Reference,
    events: Mapping[str, int],
) -> Course:
    """The course of a window before its outcomes are known."""
    promised = reference.promised
    expected = {one.subject: one for one in findings if one.check == "cbpe"}
    tags = {
        str(tag): {
            "mean": _mean(window.probabilities[tag]),
            "applied": int((window.decisions[tag] == APPLY).sum()),
            "review": int((window.decisions[tag] == REVIEW).sum()),
            "target": promised[str(tag)].target if str(tag) in promised else None,
            "estimated": _estimate(expected.get(str(tag))),
            "realised": None,
        }
        for tag in window.probabilities.columns
    }
    return {
        "tags": tags,
        "churn": {
            "mean": None if window.churn is None else _mean(window.churn),
            "estimated": _estimate(expected.get("churn")),
            "realised": None,
        },
        "features": next(
            (one.value for one in findings if one.check == "feature_drift" and one.subject == NOBODY), None
        ),
        "importance": _weights(reference),
        "events": dict(events),
        "population": window.population,
        "calibration": None,
        "review": None,
    }


def with_outcomes(course: Mapping[str, Any], window: Window, outcomes: pd.DataFrame) -> Course:
    """The course once it is known what turned out: precision of what was applied, calibration over all tags.

    `outcomes` has a column for each tag and `churned`, and the rows of the window.
    """
    tags = {
        tag: {**one, "realised": realised_precision(window, outcomes, tag)}
        for tag, one in course["tags"].items()
        if tag in window.probabilities
    }
    known = outcomes[[tag for tag in window.probabilities if tag in outcomes]]
    y = known.to_numpy(dtype=np.float64)
    p = window.probabilities[list(known.columns)].to_numpy(dtype=np.float64)
    return {
        **course,
        "tags": tags,
        "churn": {**course["churn"], "realised": _realised_auc(window, outcomes)},
        "calibration": bins_of(y[~np.isnan(y)], p[~np.isnan(y)]),
    }


def realised_precision(window: Window, outcomes: pd.DataFrame, tag: str) -> list[float] | None:
    """Precision of a tag where it was applied, with its 95% interval (Wilson, 1927) and the number of customers."""
    if tag not in outcomes:
        return None
    y = outcomes[tag][window.decisions[tag] == APPLY].dropna().to_numpy(dtype=np.float64)
    return None if not len(y) else [*wilson(float(y.sum()), len(y)), float(len(y))]


def wilson(right: float, n: int) -> tuple[float, float, float]:
    """A share with its 95% interval.

    >>> [round(value, 3) for value in wilson(8, 10)]
    [0.8, 0.49, 0.943]
    """
    share, square = right / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return share, max(middle - half, 0.0), min(middle + half, 1.0)


def bins_of(y: Floats, p: Floats) -> list[list[float]] | None:
    """Predicted and observed shares with their number of labels, by bin of equally many."""
    if not len(y):
        return None
    found = calibration_bins(y, p, BINS)
    return found[["predicted", "observed", "customers"]].to_numpy(dtype=np.float64).tolist()


def review_load(connection: Connection, began_at: datetime, ended_at: datetime) -> dict[str, int]:
    """Tasks that were chosen in a stretch of time, and decisions that were made."""
    made = select(func.count()).select_from(Task).where(Task.made_at >= began_at, Task.made_at < ended_at)
    decided = (
        select(func.count())
        .select_from(TaskDecision)
        .where(TaskDecision.decided_at >= began_at, TaskDecision.decided_at < ended_at)
        .where(TaskDecision.undone_at.is_(None))
    )
    return {"asked": connection.scalar(made) or 0, "decided": connection.scalar(decided) or 0}


def _realised_auc(window: Window, outcomes: pd.DataFrame) -> float | None:
    if window.churn is None or "churned" not in outcomes:
        return None
    known = outcomes["churned"].notna() & window.churn.notna()
    y = np.asarray(outcomes["churned"][known], dtype=np.float64)
    risks = np.asarray(window.churn[known], dtype=np.float64)
    value = auc(y, risks) if len(y) else math.nan
    return None if math.isnan(value) else value


def _weights(reference: Reference) -> dict[str, float]:
    """The features that the models go by most."""
    largest = reference.importance.nlargest(FEATURES_KEPT)
    return {str(name): float(weight) for name, weight in largest.items()}


def _estimate(found: Finding | None) -> list[float | None] | None:
    if found is None or math.isnan(found.value):
        return None
    return [found.value, found.low, found.high]


def _mean(values: "pd.Series[float]") -> float | None:
    mean = float(values.mean()) if len(values) else math.nan
    return None if math.isnan(mean) else mean
