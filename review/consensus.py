"""What people agree on where several answered the same question, and how good each reviewer's answers are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import numpy as np
from sqlalchemy import Connection, select

from review.tables import Label

SMOOTHING = 1.0
"""Answers of each kind that are added when a tag's share of yes is estimated."""

LEAST_SHARED = 20
"""Before so many questions were answered by several, and some alike, nothing is known of how good reviewers are."""

_EPSILON = 1e-6


@dataclass(frozen=True)
class Question:
    """Whether a tag fits a customer, by what was known as of an instant."""

    customer_id: str
    tag: str
    as_of: datetime


@dataclass(frozen=True)
class Answered:
    """One reviewer's standing answer to a question."""

    question: Question
    reviewer: str
    value: bool
    decided_at: datetime
    source: str


@dataclass(frozen=True)
class ReviewLabel:
    """What people say to a question, as training reads it.

    Attributes:
        weight: How likely the answer is right, from 0 to 1: 1 where nobody ever answered what another had.
        reviewers: Who answered.
        is_disputed: Whether they contradict each other.
        decided_at: When the last of them answered.
        source: `audit` where the question was drawn by the audit, else that of the last answer.
    """

    customer_id: str
    tag: str
    value: bool
    as_of: datetime
    decided_at: datetime
    weight: float
    reviewers: tuple[str, ...]
    is_disputed: bool
    source: str


@dataclass(frozen=True)
class Consensus:
    """The labels, oldest question first, and by reviewer how good their answers are.

    Attributes:
        quality: From 0 to 1, of those who answered what another had answered as well.
    """

    labels: tuple[ReviewLabel, ...]
    quality: Mapping[str, float]


def read_labels(
    connection: Connection, tags: Iterable[str], *, until: datetime | None = None
) -> list[ReviewLabel]:
    """One label for each question about those tags that was answered before `until`, oldest question first.

    How good reviewers are is learned from their answers on all tags.
    """
    wanted = set(tags)
    found = agree(read_answers(connection, until=until))
    return [label for label in found.labels if label.tag in wanted]


def read_answers(connection: Connection, *, until: datetime | None = None) -> list[Answered]:
    """What stands of all answers that were given before `until`; of one reviewer's to one question the last."""
    query = select(
        Label.customer_id,
        Label.tag,
        Label.as_of,
        Label.reviewer,
        Label.value,
        Label.decided_at,
        Label.source,
    ).where(Label.undone_at.is_(None))
    if until is not None:
        query = query.where(Label.decided_at < until)
    standing = {}
    for row in connection.execute(query.order_by(Label.as_of, Label.seq)):
        question = Question(row.customer_id, row.tag, row.as_of)
        one = Answered(question, row.reviewer, row.value, row.decided_at, row.source)
        standing[one.question, one.reviewer] = one
    return list(standing.values())


def agree(answers: Sequence[Answered]) -> Consensus:
    """One label a question.

    Where several answered, CROWDLAB (Goh, Tkachenko and Mueller, 2022; package cleanlab) weighs each by how often they
    agree with others. What a model says has no voice in it, the share of yes of each tag stands in its place: a label
    that a model helped to decide could not measure that model. Where one answered, the label is theirs. Until enough is
    known of the reviewers the majority decides, and where there is none, the share.
    """
    by_question: dict[Question, list[Answered]] = defaultdict(list)
    for one in answers:
        by_question[one.question].append(one)
    several = {question: said for question, said in by_question.items() if len(said) > 1}
    decided, quality = _decided(several, _shares(answers))
    usual = float(np.mean(list(quality.values()))) if quality else 1.0
    labels = tuple(
        _label(question, said, *decided.get(question, (said[0].value, quality.get(said[0].reviewer, usual))))
        for question, said in by_question.items()
    )
    return Consensus(labels, MappingProxyType(quality))


def _label(question: Question, said: Sequence[Answered], value: bool, weight: float) -> ReviewLabel:  # noqa: FBT001
    sources = [one.source for one in said]
    return ReviewLabel(
        question.customer_id,
        question.tag,
        value,
        question.as_of,
        max(one.decided_at for one in said),
        weight,
        tuple(one.reviewer for one in said),
        len({one.value for one in said}) > 1,
        "audit" if "audit" in sources else sources[-1],
    )


def _shares(answers: Sequence[Answered]) -> dict[str, float]:
    """The share of yes among all answers on each tag."""
    asked, yes = Counter[str](), Counter[str]()
    for one in answers:
        asked[one.question.tag] += 1
        yes[one.question.tag] += one.value
    return {tag: (yes[tag] + SMOOTHING) / (n + 2.0 * SMOOTHING) for tag, n in asked.items()}


Decided = dict[Question, tuple[bool, float]]
"""The answer to each question with the chance that it is right."""


def _decided(
    several: Mapping[Question, Sequence[Answered]], shares: Mapping[str, float]
) -> tuple[Decided, dict[str, float]]:
    """What several say, and each reviewer's quality where enough is known to tell."""
    agreed = any(len({one.value for one in said}) < len(said) for said in several.values())
    if len(several) < LEAST_SHARED or not agreed:
        return {question: _majority(said, shares[question.tag]) for question, said in several.items()}, {}
    return _crowdlab(several, shares)


def _majority(said: Sequence[Answered], share: float) -> tuple[bool, float]:
    yes = sum(one.value for one in said) / len(said)
    value = share > 0.5 if yes == 0.5 else yes > 0.5  # noqa: PLR2004 (a tie)
    return value, max(yes, 1.0 - yes)


def _crowdlab(
    several: Mapping[Question, Sequence[Answered]], shares: Mapping[str, float]
) -> tuple[Decided, dict[str, float]]:
    # It takes a second to load, and is seldom needed.
    from cleanlab.multiannotator import (  # noqa: PLC0415
        get_label_quality_multiannotator,
    )

    reviewers = sorted({one.reviewer for said in several.values() for one in said})
    column = {name: place for place, name in enumerate(reviewers)}
    table = np.full((len(several), len(reviewers)), np.nan)
    for row, said in enumerate(several.values()):
        for one in said:
            table[row, column[one.reviewer]] = one.value
    # A share of just a half would leave ties to a dice.
    yes = np.array([shares[question.tag] for question in several]) - _EPSILON
    found = get_label_quality_multiannotator(
        table, np.column_stack([1.0 - yes, yes]), return_detailed_quality=False, verbose=False
    )
    labels = found["label_quality"]
    chances = np.clip(labels["consensus_quality_score"].to_numpy(dtype=np.float64), 0.0, 1.0)
    values = labels["consensus_label"].to_numpy() == 1
    decided = dict(zip(several, zip(values.tolist(), chances.tolist(), strict=True), strict=True))
    stats = found["annotator_stats"]["annotator_quality"]
    return decided, {reviewers[int(place)]: float(value) for place, value in stats.items()}
