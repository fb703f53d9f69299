"""The next tasks of a reviewer: each leased to one person, so that two never decide the same by accident."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select, update

from core.storage.by_keys import ByKeys, several
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
    mine = connection.execute(_MINE, {"reviewer": reviewer}).all()
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


# Made once: for a call of ten tasks SQLAlchemy would take longer to put the questions together than to ask them.

_WAITING = (
    select(Task.task_id, Task.place, Task.wanted)
    .where(Task.closed_at.is_(None), or_(Task.only_for.is_(None), Task.only_for == bindparam("reviewer")))
    .order_by(Task.place, Task.task_id)
)
"""The tasks that are for the reviewer as well, in their order: id, place, and how many people are to decide it."""

_MINE = _WAITING.where(Task.task_id.in_(select(Lease.task_id).where(Lease.reviewer == bindparam("reviewer"))))
_FIRST = _WAITING.limit(TASKS_AT_ONCE)
_BEHIND = _FIRST.where(
    Task.place >= bindparam("place"),
    or_(Task.place > bindparam("place"), Task.task_id > bindparam("task_id")),
)
_ANSWERS = ByKeys(
    select(TaskDecision.task_id, TaskDecision.reviewer, counts()).where(
        TaskDecision.task_id.in_(several()), TaskDecision.undone_at.is_(None)
    )
)
_TAKEN = ByKeys(
    select(Lease.task_id).where(Lease.task_id.in_(several()), Lease.reviewer != bindparam("reviewer")),
    named=("reviewer",),
)


def _next_others(connection: Connection, reviewer: str, mine: set[str], n: int) -> list[str]:
    """The first of the other tasks that the reviewer may take.

    They are looked through in their order, some at a time: a database that is asked for all of it at once looks at
    every open task for the first few.
    """
    found: list[str] = []
    page = connection.execute(_FIRST, {"reviewer": reviewer}).all() if n else []
    while page:
        found += _open_to(connection, reviewer, [task for task in page if task.task_id not in mine])
        if len(found) >= n or len(page) < TASKS_AT_ONCE:
            break
        behind = {"reviewer": reviewer, "place": page[-1].place, "task_id": page[-1].task_id}
        page = connection.execute(_BEHIND, behind).all()
    return found[:n]


def _open_to(connection: Connection, reviewer: str, tasks: Sequence[Any]) -> list[str]:
    """Those of the tasks that the reviewer may take: not answered by them, and not taken by as many as are wanted."""
    ids = [task.task_id for task in tasks]
    answered, taken = set(), Counter(row[0] for row in _TAKEN.rows(connection, ids, reviewer=reviewer))
    for task_id, who, is_counted in _ANSWERS.rows(connection, ids):
        if who == reviewer:
            answered.add(task_id)
        if is_counted:
            taken[task_id] += 1
    return [
        task.task_id for task in tasks if task.task_id not in answered and taken[task.task_id] < task.wanted
    ]
