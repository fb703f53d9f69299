"""The next tasks of a reviewer: each leased to one person, so that two never decide the same by accident."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, or_, select, update

from core.storage.upsert import upsert
from review.tables import Lease, Task, TaskDecision
from tags.taxonomy import Taxonomy

SKIP = "skip"


@dataclass(frozen=True)
class Leased:
    """A task in front of a reviewer; `task` has the columns of `review.tables.Task`."""

    task: Any
    until: datetime


def next_tasks(
    connection: Connection, reviewer: str, n: int, *, now: datetime, lease: timedelta
) -> list[Leased]:
    """The reviewer's next tasks in order, leased from now on; those that they have already come first again.

    Asking again gives the same tasks with a longer lease, so a page that was loaded anew loses nothing. What they
    skipped or decided does not come back.
    """
    connection.execute(delete(Lease).where(Lease.until <= now))
    # Two questions: sorted by both at once, every open task would have to be looked at for the first few.
    mine = select(Lease.until).where(Lease.task_id == Task.task_id, Lease.reviewer == reviewer).exists()
    open_to = _open_to(reviewer, now)
    tasks = list(connection.execute(open_to.where(mine).limit(n)))
    tasks += connection.execute(open_to.where(~mine).limit(n - len(tasks)))
    until = now + lease
    upsert(
        connection,
        Lease,
        [{"task_id": task.task_id, "reviewer": reviewer, "until": until} for task in tasks],
    )
    return [Leased(task, until) for task in tasks]


def close_retired(
    connection: Connection, leased: Sequence[Leased], taxonomy: Taxonomy, *, now: datetime
) -> bool:
    """Close all open tasks of tags that nobody is given any more, if any of these is one; whether it was so."""
    current = {tag.key for tag in taxonomy.current}
    is_one = any(one.task.tag not in current for one in leased)
    if is_one:
        of_gone = update(Task).where(Task.tag.not_in(current), Task.closed_at.is_(None))
        connection.execute(of_gone.values(closed_at=now, closed_because="retired"))
    return is_one


def give_back(connection: Connection, reviewer: str, task_ids: Sequence[str]) -> None:
    """End the reviewer's leases on those tasks: others may have them at once."""
    connection.execute(delete(Lease).where(Lease.reviewer == reviewer, Lease.task_id.in_(list(task_ids))))


def counts() -> ColumnElement[bool]:
    """Of a `TaskDecision`: it says yes or no, and was neither undone nor held."""
    return and_(
        TaskDecision.decision != SKIP,
        TaskDecision.undone_at.is_(None),
        TaskDecision.held_because.is_(None),
    )


def _open_to(reviewer: str, now: datetime) -> Select[*tuple[Any, ...]]:
    """The tasks that the reviewer may take, in their order."""
    of_task = TaskDecision.task_id == Task.task_id
    own = select(TaskDecision.seq).where(
        of_task, TaskDecision.reviewer == reviewer, TaskDecision.undone_at.is_(None)
    )
    decided = select(func.count()).select_from(TaskDecision).where(of_task, counts())
    others = (
        select(func.count())
        .select_from(Lease)
        .where(Lease.task_id == Task.task_id, Lease.reviewer != reviewer, Lease.until > now)
    )
    return (
        select(Task.__table__)
        .where(
            Task.closed_at.is_(None),
            or_(Task.only_for.is_(None), Task.only_for == reviewer),
            ~own.exists(),
            decided.scalar_subquery() + others.scalar_subquery() < Task.wanted,
        )
        .order_by(Task.place, Task.task_id)
    )
