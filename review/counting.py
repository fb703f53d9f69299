"""What a decision on a task counts for: a label, the customer's profile, and the end of the task."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core.ids import content_id
from core.settings import Settings
from core.storage.upsert import insert_new
from review import decisions as labels
from review.planning import AGAIN, AUDIT
from review.queue import counts
from review.tables import Task, TaskDecision
from review.words import decide
from tags.taxonomy import Taxonomy

MOST_OPINIONS = 3
"""Where two contradict each other a third is asked; then what they agree on counts (see `review.consensus`)."""


def count(
    connection: Connection, decision_id: str, taxonomy: Taxonomy, settings: Settings, *, now: datetime
) -> None:
    """Make a label of a decision that is kept already, and close its task when nobody else is wanted.

    A reviewer who is asked once more is measured by it; the customer was decided before.
    """
    given = connection.execute(
        select(TaskDecision.__table__).where(TaskDecision.decision_id == decision_id)
    ).one()
    task = connection.execute(select(Task.__table__).where(Task.task_id == given.task_id)).one()
    if task.stream != AGAIN:
        label_id = _label_id(decision_id, given.reviewer)
        decide(connection, _label(task, given, label_id), taxonomy, now=now, zone=settings.zone)
        connection.execute(
            update(TaskDecision).where(TaskDecision.seq == given.seq).values(label_id=label_id)
        )
    _close_when_done(connection, task, now)
    _ask_again(connection, task, given.reviewer, settings, now)


def _label_id(decision_id: str, reviewer: str) -> str:
    return f"review_{content_id(reviewer, decision_id)}"


def _label(task: Row[Any], given: Row[Any], label_id: str) -> labels.Decision:
    is_audit = task.stream == AUDIT
    return labels.Decision(
        decision_id=label_id,
        customer_id=task.customer_id,
        tag=task.tag,
        accepted=given.decision == "accept",
        reviewer=given.reviewer,
        as_of=task.as_of,
        note=given.note,
        shown_confidence=None if task.is_blind else task.confidence,
        shown_model=None if task.is_blind else task.model,
        weight=1.0 / task.probability if is_audit else 1.0,
        source="audit" if is_audit else labels.SOURCE,
    )


def _close_when_done(connection: Connection, task: Row[Any], now: datetime) -> None:
    """Close a task that as many have decided as are wanted; a dispute stays open for, or goes back to, one more."""
    query = select(TaskDecision.reviewer, TaskDecision.decision).where(
        TaskDecision.task_id == task.task_id, counts()
    )
    answers = connection.execute(query.order_by(TaskDecision.seq))
    said = {row.reviewer: row.decision for row in answers}
    if len(said) < task.wanted:
        return
    this = update(Task).where(Task.task_id == task.task_id)
    if len(set(said.values())) > 1 and len(said) < MOST_OPINIONS:
        connection.execute(this.values(wanted=len(said) + 1, closed_at=None, closed_because=None))
        return
    connection.execute(this.where(Task.closed_at.is_(None)).values(closed_at=now, closed_because="decided"))


def _ask_again(
    connection: Connection, task: Row[Any], reviewer: str, settings: Settings, now: datetime
) -> None:
    """Of some decisions, chosen by their task, the same reviewer is asked once more at the end of the day's tasks."""
    chosen = (
        int(content_id("again", task.task_id, reviewer), 16) % 10_000 < 10_000 * settings.repeat_review_share
    )
    if not chosen or task.stream == AGAIN:
        return
    last = connection.scalar(select(func.max(Task.place)).where(Task.closed_at.is_(None))) or 0
    values = {**task._asdict(), "task_id": f"again_{content_id(task.task_id, reviewer)}", "stream": AGAIN}
    values |= {"only_for": reviewer, "wanted": 1, "probability": None, "place": last + 1, "made_at": now}
    values |= {"closed_at": None, "closed_because": None}
    insert_new(connection, Task, [values])  # once, also where a decision is taken back and made again
