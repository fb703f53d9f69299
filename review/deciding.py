"""What a reviewer says to a task: kept once, counted as a label, undone if they change their mind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from core.errors import ConflictError, NotFoundError, TagloopError
from core.settings import Settings
from review.counting import count
from review.pace import LOOKED_BACK, TOO_FAST, Given, is_too_fast
from review.queue import SKIP, counts, give_back
from review.tables import Task, TaskDecision
from tags.taxonomy import Taxonomy

Said = Literal["accept", "reject", "skip"]


@dataclass(frozen=True)
class Answer:
    """What a reviewer said to one task.

    `decision_id` is chosen by the caller, so that sending it twice counts once. `milliseconds` is how long the task was
    in front of them, if anybody measured it. `is_unclear` notes that the tag's definition leaves it open.
    """

    decision_id: str
    task_id: str
    decision: Said
    milliseconds: int | None
    note: str | None = None
    is_unclear: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of an answer.

    Attributes:
        status: `recorded`, `already_recorded`, or `refused` with the reason in `problem`.
        is_second_opinion: Somebody else had decided the task meanwhile: it is kept beside theirs.
        is_held: It does not count until somebody looked at it (see `review.pace`).
        revealed: What the model had said, of a task whose suggestion was hidden.
    """

    decision_id: str
    status: Literal["recorded", "already_recorded", "refused"]
    is_second_opinion: bool = False
    is_held: bool = False
    revealed: float | None = None
    problem: TagloopError | None = None


def answer_tasks(
    connection: Connection,
    answers: Sequence[Answer],
    reviewer: str,
    taxonomy: Taxonomy,
    settings: Settings,
    *,
    now: datetime,
) -> list[Outcome]:
    """Keep what a reviewer said, answer by answer in their order; one that is refused leaves the others alone."""
    return [_answer(connection, one, reviewer, taxonomy, settings, now) for one in answers]


def _answer(
    connection: Connection,
    answer: Answer,
    reviewer: str,
    taxonomy: Taxonomy,
    settings: Settings,
    now: datetime,
) -> Outcome:
    try:
        known = _known(connection, answer, reviewer)
        if known is not None:
            return Outcome(answer.decision_id, "already_recorded", is_held=known.held_because is not None)
        task = _task(connection, answer.task_id, reviewer)
        _check_in_use(connection, task, taxonomy, now)
    except TagloopError as problem:
        return Outcome(answer.decision_id, "refused", problem=problem)
    before = _decided_by_others(connection, task.task_id, reviewer)
    is_held = _is_held(connection, answer, reviewer)
    connection.execute(insert(TaskDecision).values(_row(task, answer, reviewer, now, is_held=is_held)))
    give_back(connection, reviewer, [task.task_id])
    if answer.decision != SKIP and not is_held:
        count(connection, answer.decision_id, taxonomy, settings, now=now)
    return Outcome(
        answer.decision_id,
        "recorded",
        is_second_opinion=before >= task.wanted,
        is_held=is_held,
        revealed=task.confidence if task.is_blind and answer.decision != SKIP else None,
    )


def _known(connection: Connection, answer: Answer, reviewer: str) -> Row[Any] | None:
    """The decision of that id, if it was kept before."""
    query = select(TaskDecision.__table__).where(TaskDecision.decision_id == answer.decision_id)
    known = connection.execute(query).one_or_none()
    if known is None:
        return None
    same = (known.task_id, known.reviewer, known.decision) == (answer.task_id, reviewer, answer.decision)
    if not same:
        raise ConflictError(
            "decision_id {decision_id} was used before for another decision; give each decision its own id",
            decision_id=repr(answer.decision_id),
        )
    return known


def _task(connection: Connection, task_id: str, reviewer: str) -> Row[Any]:
    task = connection.execute(select(Task.__table__).where(Task.task_id == task_id)).one_or_none()
    if task is None or task.only_for not in {None, reviewer}:
        raise NotFoundError("There is no task {task}; ask for the next ones", task=repr(task_id))
    return task


def _check_in_use(connection: Connection, task: Row[Any], taxonomy: Taxonomy, now: datetime) -> None:
    """Close a task whose tag nobody is given any more.

    Raises:
        ConflictError: Its tag was retired, or is gone.
    """
    tag = taxonomy.get(task.tag)
    if tag is None or not tag.is_current:
        connection.execute(
            update(Task)
            .where(Task.task_id == task.task_id, Task.closed_at.is_(None))
            .values(closed_at=now, closed_because="retired")
        )
        raise ConflictError(
            "The tag {tag} is not given any more: the decision was not kept, and nobody is asked again",
            tag=repr(task.tag),
        )


def _decided_by_others(connection: Connection, task_id: str, reviewer: str) -> int:
    query = select(func.count()).where(
        TaskDecision.task_id == task_id, TaskDecision.reviewer != reviewer, counts()
    )
    return int(connection.scalar(query) or 0)


def _is_held(connection: Connection, answer: Answer, reviewer: str) -> bool:
    rows = connection.execute(
        select(TaskDecision.decision, TaskDecision.milliseconds)
        .where(TaskDecision.reviewer == reviewer, TaskDecision.undone_at.is_(None))
        .order_by(TaskDecision.seq.desc())
        .limit(LOOKED_BACK - 1)
    )
    run = [Given(*row) for row in rows][::-1]
    return is_too_fast([*run, Given(answer.decision, answer.milliseconds)])


def _row(task: Row[Any], answer: Answer, reviewer: str, now: datetime, *, is_held: bool) -> dict[str, object]:
    return {
        "decision_id": answer.decision_id,
        "task_id": task.task_id,
        "reviewer": reviewer,
        "decision": answer.decision,
        "note": answer.note,
        "is_unclear": answer.is_unclear,
        "milliseconds": answer.milliseconds,
        "was_blind": task.is_blind,
        "decided_at": now,
        "held_because": TOO_FAST if is_held else None,
    }
