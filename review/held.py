"""Decisions that came quicker than reading: somebody looks at them, and lets them count or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.settings import Settings
from review.counting import count
from review.tables import Task, TaskDecision
from tags.taxonomy import Taxonomy


@dataclass(frozen=True)
class HeldDecision:
    """One decision that does not count yet."""

    decision_id: str
    reviewer: str
    customer_id: str
    tag: str
    decision: str
    milliseconds: int | None
    decided_at: datetime


def held_decisions(connection: Connection, reviewer: str | None = None) -> list[HeldDecision]:
    """Those that wait for somebody to look at them, oldest first; of one reviewer or of all."""
    query = (
        select(
            TaskDecision.decision_id,
            TaskDecision.reviewer,
            Task.customer_id,
            Task.tag,
            TaskDecision.decision,
            TaskDecision.milliseconds,
            TaskDecision.decided_at,
        )
        .join(Task, Task.task_id == TaskDecision.task_id)
        .where(TaskDecision.held_because.is_not(None), TaskDecision.undone_at.is_(None))
        .order_by(TaskDecision.seq)
    )
    if reviewer is not None:
        query = query.where(TaskDecision.reviewer == reviewer)
    return [HeldDecision(*row) for row in connection.execute(query)]


def let_count(
    connection: Connection,
    decisions: Sequence[HeldDecision],
    taxonomy: Taxonomy,
    settings: Settings,
    *,
    now: datetime,
) -> None:
    """Let decisions count as if they had never been held."""
    for one in decisions:
        connection.execute(
            update(TaskDecision)
            .where(TaskDecision.decision_id == one.decision_id)
            .values(held_because=None, looked_at=now)
        )
        count(connection, one.decision_id, taxonomy, settings, now=now)


def discard(connection: Connection, decisions: Sequence[HeldDecision], *, now: datetime) -> None:
    """Let decisions never count; their tasks stay open for others."""
    ids = [one.decision_id for one in decisions]
    connection.execute(
        update(TaskDecision).where(TaskDecision.decision_id.in_(ids)).values(undone_at=now, looked_at=now)
    )
