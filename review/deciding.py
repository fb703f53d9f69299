"""What a reviewer says to a task: kept once, counted as a label, undone if they change their mind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from core.errors import ConflictError, NotFoundError, TagloopError
from core.ids import content_id
from core.settings import Settings
from review import decisions as labels
from review.pace import LOOKED_BACK, TOO_FAST, Given, is_too_fast
from review.planning import AGAIN, AUDIT
from review.queue import SKIP, counts, give_back
from review.tables import Task, TaskDecision
from review.words import decide
from tags.taxonomy import Taxonomy

Said = Literal["accept", "reject", "skip"]


@dataclass(frozen=True)
class Answer:
    """What a reviewer said to one task.

    `decision_id` is chosen by the caller, so that sending it twice counts once. `milliseconds` is how long the task was
    in front of them. `is_unclear` notes that the tag's definition leaves it open.
    """

    decision_id: str
    task_id: str
    decision: Said
    milliseconds: int
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
        taxonomy[task.tag]  # one that is gone cannot be decided any more
    except TagloopError as problem:
        return Outcome(answer.decision_id, "refused", problem=problem)
    before = _decided_by_others(connection, task.task_id, reviewer)
    is_held = _is_held(connection, answer, reviewer)
    label_id = None
    if answer.decision != SKIP and not is_held and task.stream != AGAIN:
        label_id = _label_id(answer.decision_id, reviewer)
        label = _label(task, answer, reviewer, label_id)
        decide(connection, label, taxonomy, now=now, zone=settings.zone)
    connection.execute(
        insert(TaskDecision).values(_row(task, answer, reviewer, label_id, now, is_held=is_held))
    )
    give_back(connection, reviewer, [task.task_id])
    if answer.decision != SKIP and not is_held:
        _close_when_done(connection, task, now)
        _ask_again(connection, task, reviewer, settings, now)
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


def _label_id(decision_id: str, reviewer: str) -> str:
    return f"review_{content_id(reviewer, decision_id)}"


def _label(task: Row[Any], answer: Answer, reviewer: str, label_id: str) -> labels.Decision:
    is_audit = task.stream == AUDIT
    return labels.Decision(
        decision_id=label_id,
        customer_id=task.customer_id,
        tag=task.tag,
        accepted=answer.decision == "accept",
        reviewer=reviewer,
        as_of=task.as_of,
        note=answer.note,
        shown_confidence=None if task.is_blind else task.confidence,
        shown_model=None if task.is_blind else task.model,
        weight=1.0 / task.probability if is_audit else 1.0,
        source="audit" if is_audit else labels.SOURCE,
    )


def _row(
    task: Row[Any], answer: Answer, reviewer: str, label_id: str | None, now: datetime, *, is_held: bool
) -> dict[str, object]:
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
        "label_id": label_id,
        "held_because": TOO_FAST if is_held else None,
    }


def _close_when_done(connection: Connection, task: Row[Any], now: datetime) -> None:
    query = select(func.count(func.distinct(TaskDecision.reviewer))).where(
        TaskDecision.task_id == task.task_id, counts()
    )
    if int(connection.scalar(query) or 0) >= task.wanted:
        connection.execute(
            update(Task)
            .where(Task.task_id == task.task_id, Task.closed_at.is_(None))
            .values(closed_at=now, closed_because="decided")
        )


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
    connection.execute(insert(Task).values(values))
