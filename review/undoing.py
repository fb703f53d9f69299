"""A reviewer takes a decision back: it counts no more, and its task is in front of them again."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from core.errors import NotFoundError
from review import words
from review.tables import Label, Lease, Task, TaskDecision
from tags.taxonomy import Taxonomy

UNDOABLE = 10
"""A reviewer may take back any of their latest so many decisions."""


def undo(
    connection: Connection,
    decision_id: str,
    reviewer: str,
    taxonomy: Taxonomy,
    *,
    now: datetime,
    lease: timedelta,
) -> str:
    """Take a decision back; its task is in front of the reviewer again. Gives the task's id.

    Raises:
        NotFoundError: It is not one of the reviewer's latest.
    """
    latest = connection.execute(
        select(TaskDecision.__table__)
        .where(TaskDecision.reviewer == reviewer, TaskDecision.undone_at.is_(None))
        .order_by(TaskDecision.seq.desc())
        .limit(UNDOABLE)
    ).all()
    found = next((row for row in latest if row.decision_id == decision_id), None)
    if found is None:
        raise NotFoundError(
            "decision_id {decision_id} is none of your latest {count} decisions, which are those that can be undone",
            decision_id=repr(decision_id),
            count=UNDOABLE,
        )
    connection.execute(update(TaskDecision).where(TaskDecision.seq == found.seq).values(undone_at=now))
    if found.label_id is not None:
        connection.execute(update(Label).where(Label.label_id == found.label_id).values(undone_at=now))
        words.undo(connection, found.label_id, taxonomy, now=now)
    connection.execute(
        update(Task)
        .where(Task.task_id == found.task_id, Task.closed_because == "decided")
        .values(closed_at=None, closed_because=None)
    )
    connection.execute(insert(Lease).values(task_id=found.task_id, reviewer=reviewer, until=now + lease))
    return str(found.task_id)
