"""What the random audit says: how often the tags fit, of all that was suggested, whether looked at or not."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, select

from review.chosen import AUDIT
from review.consensus import agree, read_answers
from review.tables import AuditFrame, Draw, Task
from review.weighted_share import Estimate, weighted_share

COLUMNS = (
    "task_id",
    "customer_id",
    "tag",
    "as_of",
    "confidence",
    "decision",
    "model",
    "probability",
    "value",
    "weight",
    "is_disputed",
    "drawn_at",
    "decided_at",
)


def audited(
    connection: Connection,
    *,
    tags: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """What people say of the suggestions that the audit drew: one row for each that was answered.

    Args:
        connection: To the store.
        tags: Only of these.
        since: Only what was drawn from then on.
        until: Only what had been answered before, in the words that stood then.

    Returns:
        Columns `COLUMNS`: `value` is what reviewers agree on, `weight` the chance that it is right, `probability` that
        of having been drawn, `confidence` what the model said then (NaN where no model did).
    """
    query = select(Task.__table__).where(Task.stream == AUDIT)
    if tags is not None:
        query = query.where(Task.tag.in_(list(tags)))
    if since is not None:
        query = query.where(Task.made_at >= since)
    said = {
        (one.customer_id, one.tag, one.as_of): one
        for one in agree(read_answers(connection, until=until)).labels
    }
    rows: list[tuple[Any, ...]] = []
    for task in connection.execute(query.order_by(Task.made_at, Task.place, Task.task_id)):
        label = said.get((task.customer_id, task.tag, task.as_of))
        if label is not None and label.source == AUDIT:
            rows.append(
                (
                    task.task_id,
                    task.customer_id,
                    task.tag,
                    task.as_of,
                    np.nan if task.confidence is None else task.confidence,
                    task.decision,
                    task.model,
                    task.probability,
                    label.value,
                    label.weight,
                    label.is_disputed,
                    task.made_at,
                    label.decided_at,
                )
            )
    found = pd.DataFrame.from_records(rows, columns=list(COLUMNS))
    return found.astype({"confidence": "float64", "probability": "float64", "value": "bool"})


def audit_frames(
    connection: Connection,
    *,
    tags: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """Among what the audit drew in that time: one row for each draw, tag and decision.

    Columns draw_id, tag, decision, suggestions (how many), confidence (the mean of what the models said of them).
    """
    query = select(AuditFrame.__table__).join(Draw, Draw.draw_id == AuditFrame.draw_id)
    if tags is not None:
        query = query.where(AuditFrame.tag.in_(list(tags)))
    if since is not None:
        query = query.where(Draw.made_at >= since)
    if until is not None:
        query = query.where(Draw.made_at < until)
    columns = ["draw_id", "tag", "decision", "suggestions", "confidence"]
    found = pd.DataFrame.from_records(connection.execute(query).all(), columns=columns)
    return found.astype({"confidence": "float64"})


def precision_of_audit(
    rows: pd.DataFrame, frames: pd.DataFrame | None = None, *, level: float = 0.9
) -> Estimate:
    """How often the tags fit, of all the suggestions that those rows were drawn from.

    The population is the suggestions of the days of the draws, one that was open on several days as often. Give the
    rows of one tag, or of those that are applied (`rows[rows["decision"] == "apply"]`), and frames of the same.

    Args:
        rows: Of `audited`, of any part of the population.
        frames: Of `audit_frames`, of the same part and time; without them the models' word is not gone by.
        level: How often the interval holds the truth.
    """
    word = mean_word = None
    if frames is not None and not frames.empty and frames["confidence"].notna().all():
        word = rows["confidence"].to_numpy(dtype=np.float64)
        mean_word = float(np.average(frames["confidence"], weights=frames["suggestions"]))
    return weighted_share(
        rows["value"].to_numpy(dtype=np.float64),
        rows["probability"].to_numpy(dtype=np.float64),
        rows["customer_id"].to_numpy(),
        level=level,
        word=word,
        mean_word=mean_word,
    )
