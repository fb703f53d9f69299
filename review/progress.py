"""How far reviewing has come today, and how far reviewers agree with each other and with themselves."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import Connection, and_, func, select

from core.clock import midnight
from core.settings import Settings
from review.planning import AGAIN
from review.queue import SKIP
from review.tables import Task, TaskDecision


@dataclass(frozen=True)
class Agreement:
    """How often pairs of answers to the same question were the same; `share` is None without any."""

    pairs: int
    agreed: int

    @property
    def share(self) -> float | None:
        """From 0 to 1."""
        return self.agreed / self.pairs if self.pairs else None


@dataclass(frozen=True)
class ReviewerFigures:
    """One reviewer: decisions since the day began and in all, and agreement with others and with themselves.

    `median_milliseconds` is of all that was not skipped; None without any. `held` wait for somebody to look at them.
    """

    reviewer: str
    today: int
    decisions: int
    skipped: int
    held: int
    median_milliseconds: float | None
    with_others: Agreement
    with_self: Agreement


@dataclass(frozen=True)
class Progress:
    """The state of reviewing: what is open, what was done since the local day began, and by whom."""

    open_tasks: int
    decided_today: int
    reviewers: tuple[ReviewerFigures, ...]


def read_progress(connection: Connection, settings: Settings, now: datetime) -> Progress:
    """The figures as of now."""
    began = midnight(now.astimezone(settings.zone).date(), settings.zone)
    answers = _answers(connection)
    names = sorted({one.reviewer for one in answers})
    open_tasks = connection.scalar(select(func.count()).where(Task.closed_at.is_(None))) or 0
    counted = [one for one in answers if one.decision != SKIP]
    first = _first_answers(counted)
    return Progress(
        open_tasks,
        sum(one.decided_at >= began for one in counted),
        tuple(
            _figures(name, [one for one in answers if one.reviewer == name], began, first) for name in names
        ),
    )


@dataclass(frozen=True)
class _Answer:
    reviewer: str
    question: tuple[str, str, datetime]  # customer, tag and instant
    is_again: bool
    decision: str
    milliseconds: int | None
    decided_at: datetime
    is_held: bool


def _answers(connection: Connection) -> list[_Answer]:
    rows = connection.execute(
        select(
            TaskDecision.reviewer,
            Task.customer_id,
            Task.tag,
            Task.as_of,
            Task.stream,
            TaskDecision.decision,
            TaskDecision.milliseconds,
            TaskDecision.decided_at,
            TaskDecision.held_because,
        )
        .join(Task, and_(Task.task_id == TaskDecision.task_id))
        .where(TaskDecision.undone_at.is_(None))
        .order_by(TaskDecision.seq)
    )
    return [
        _Answer(
            row.reviewer,
            (row.customer_id, row.tag, row.as_of),
            row.stream == AGAIN,
            row.decision,
            row.milliseconds,
            row.decided_at,
            row.held_because is not None,
        )
        for row in rows
    ]


Answers = Mapping[tuple[str, str, datetime], list[_Answer]]


def _first_answers(answers: list[_Answer]) -> Answers:
    """By question what was said to it; not what somebody said who was asked once more."""
    first: dict[tuple[str, str, datetime], list[_Answer]] = defaultdict(list)
    for one in answers:
        if not one.is_held and not one.is_again:
            first[one.question].append(one)
    return first


def _figures(name: str, own: list[_Answer], began: datetime, first: Answers) -> ReviewerFigures:
    given = [one for one in own if one.decision != SKIP]
    times = [one.milliseconds for one in given if one.milliseconds is not None]
    return ReviewerFigures(
        reviewer=name,
        today=sum(one.decided_at >= began for one in given),
        decisions=len(given),
        skipped=len(own) - len(given),
        held=sum(one.is_held for one in given),
        median_milliseconds=float(median(times)) if times else None,
        with_others=_agreement(name, given, first, is_self=False),
        with_self=_agreement(name, [one for one in given if one.is_again], first, is_self=True),
    )


def _agreement(name: str, given: list[_Answer], first: Answers, *, is_self: bool) -> Agreement:
    pairs = [
        one.decision == other.decision
        for one in given
        if not one.is_held and one.is_again is is_self
        for other in first.get(one.question, ())
        if (other.reviewer == name) is is_self
    ]
    return Agreement(len(pairs), sum(pairs))
