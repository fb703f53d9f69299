"""Features, models and decisions put together into one answer for each customer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from features.attributes import Encoded
from features.histories import Floats, Histories
from features.records import to_histories
from review.decisions import in_force
from serving.asked import Asked
from serving.snapshot import Snapshot
from serving.stored import Stored
from serving.wording import Answer, Said

Note = Callable[[Snapshot, Sequence[str], Floats, Said, datetime], None]
"""Gets whom an answer is about, their feature rows and what the models say of them."""


def answer_at_once(
    snapshot: Snapshot, stored: Sequence[Stored], now: datetime, note: Note | None = None
) -> tuple[list[Answer], datetime]:
    """The answers for stored customers, and up to when (exclusive) the clock alone changes none of them."""
    histories = _histories(snapshot, stored)
    answers = _answers(snapshot, stored, histories, now, note=note)
    ends = [snapshot.features.same_until(histories or to_histories({}), now)]
    others = (snapshot.wording.promises.same_until(now), *(one.decisions_same_until(now) for one in stored))
    return answers, min([*ends, *(at for at in others if at)])


def answer_together(
    snapshot: Snapshot,
    stored: Sequence[Stored],
    now: datetime,
    *,
    explain: bool = False,
    note: Note | None = None,
) -> list[Answer]:
    """The answers for stored customers, in their order; with their reasons if asked for."""
    return _answers(snapshot, stored, _histories(snapshot, stored), now, explain=explain, note=note)


def _histories(snapshot: Snapshot, stored: Sequence[Stored]) -> Histories | None:
    return snapshot.features.histories([one.customer for one in stored if one.customer.has_events])


def about(snapshot: Snapshot, now: datetime) -> Answer:
    """What an answer was made from."""
    return {"as_of": now, **snapshot.wording.about}


def _answers(
    snapshot: Snapshot,
    stored: Sequence[Stored],
    histories: Histories | None,
    now: datetime,
    *,
    explain: bool = False,
    note: Note | None = None,
) -> list[Answer]:
    rows = snapshot.features.rows(histories, now)
    said = snapshot.said_of(rows)
    if note is not None and histories is not None:
        note(snapshot, histories.customer_ids, rows, said, now)
    places: Mapping[str, int] = (
        {name: place for place, name in enumerate(histories.customer_ids)} if histories else {}
    )
    answers = []
    for one in stored:
        customer_id, decisions = one.customer.customer_id, in_force(one.decisions, now)
        is_known = one.is_told_of or bool(decisions)
        place = places.get(customer_id)
        answer = snapshot.wording.answer(customer_id, said, place, decisions, now, is_known=is_known)
        answers.append(_explained(snapshot, answer, rows, place) if explain else answer)
    return answers


def answer_given(
    snapshot: Snapshot,
    given: Sequence[Asked],
    facts: Mapping[str, Encoded],
    now: datetime,
    *,
    explain: bool = False,
) -> list[Answer]:
    """The answers for customers described by events that are not stored, in their order.

    `facts` are their attributes by `history_name`; those of others may be among them.
    """
    histories = to_histories({one.history_name: one.events or () for one in given}, facts)
    rows = snapshot.features.rows(histories, now)
    said = snapshot.said_of(rows)
    answers = []
    for row, one in enumerate(given):
        place = row if one.events else None
        answer = snapshot.wording.answer(one.customer_id, said, place, {}, now, is_known=True)
        answers.append(_explained(snapshot, answer, rows, place) if explain else answer)
    return answers


def _explained(snapshot: Snapshot, answer: Answer, rows: Floats, place: int | None) -> Answer:
    """The answer with what moved each tag and the churn risk; nothing moved what was not predicted."""
    row = snapshot.wanted(rows[:0] if place is None else rows[place : place + 1])
    for tag in (*answer["tags"], *answer["rejected"]):
        number = snapshot.tag_numbers.get(tag["key"]) if tag["confidence"] is not None else None
        tag["reasons"] = [] if number is None else snapshot.explainer.tag_reasons(row, number)[0]
    if answer["churn"] is not None:
        answer["churn"]["reasons"] = snapshot.explainer.churn_reasons(row)[0]
    return answer
