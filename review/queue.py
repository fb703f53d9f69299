"""The next tasks of a reviewer: each leased to one person, so that two never decide the same by accident."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, or_, select, update

from core.storage.upsert import upsert
from review.tables import Lease, Task, TaskDecision
from tags.taxonomy import Taxonomy

SKIP = "skip"
TASKS_AT_ONCE = 128


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
    own = select(Lease.task_id).where(Lease.reviewer == reviewer)
    mine = connection.execute(_waiting(reviewer).where(Task.task_id.in_(own))).all()
    ids = _open_to(connection, reviewer, mine)[:n]
    ids += _next_others(connection, reviewer, {task.task_id for task in mine}, n - len(ids))
    places = {task_id: place for place, task_id in enumerate(ids)}
    found = connection.execute(select(Task.__table__).where(Task.task_id.in_(ids)))
    tasks = sorted(found, key=lambda task: places[task.task_id])
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


def _waiting(reviewer: str) -> Select[*tuple[Any, ...]]:
    """The tasks that are for the reviewer as well, in their order: id, place, and how many people are to decide it."""
    return (
        select(Task.task_id, Task.place, Task.wanted)
        .where(Task.closed_at.is_(None), or_(Task.only_for.is_(None), Task.only_for == reviewer))
        .order_by(Task.place, Task.task_id)
    )


def _next_others(connection: Connection, reviewer: str, mine: set[str], n: int) -> list[str]:
    """The first of the other tasks that the reviewer may take.

    They are looked through in their order, some at a time: a database that is asked for all of it at once looks at
    every open task for the first few.
    """
    found: list[str] = []
    query = _waiting(reviewer).limit(TASKS_AT_ONCE)
    page = connection.execute(query).all() if n else []
    while page:
        found += _open_to(connection, reviewer, [task for task in page if task.task_id not in mine])
        if len(found) >= n or len(page) < TASKS_AT_ONCE:
            break
        last = page[-1]
        behind = or_(Task.place > last.place, and_(Task.place == last.place, Task.task_id > last.task_id))
        page = connection.execute(query.where(Task.place >= last.place, behind)).all()
    return found[:n]


def _open_to(connection: Connection, reviewer: str, tasks: Sequence[Any]) -> list[str]:
    """Those of the tasks that the reviewer may take: not answered by them, and not taken by as many as are wanted."""
    if not tasks:
        return []
    ids = [task.task_id for task in tasks]
    answers = connection.execute(
        select(TaskDecision.task_id, TaskDecision.reviewer, counts().label("counts")).where(
            TaskDecision.task_id.in_(ids), TaskDecision.undone_at.is_(None)
        )
    ).all()
    answered = {one.task_id for one in answers if one.reviewer == reviewer}
    taken = Counter(one.task_id for one in answers if one.counts)
    taken.update(
        connection.scalars(select(Lease.task_id).where(Lease.task_id.in_(ids), Lease.reviewer != reviewer))
    )
    return [
        task.task_id for task in tasks if task.task_id not in answered and taken[task.task_id] < task.wanted
    ]
