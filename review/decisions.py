"""Decisions of reviewers: kept once each, in force for their tag's lifetime, read back as labels."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, select

from core.clock import add_days
from core.errors import ConflictError, FieldError, InvalidInputError
from core.language import Text
from core.storage.by_keys import ByKeys, several
from core.storage.upsert import insert_new
from review.tables import Label
from tags.profile.claims import NEVER
from tags.taxonomy import Tag

SOURCE = "review"
SAID_CHARACTERS = 60

# What a repeated decision has to say alike, by the column that keeps it, and its name in the API's contract.
_COLUMNS = {
    "customer_id": "customer_id",
    "tag": "tag",
    "accepted": "value",
    "reviewer": "reviewer",
    "as_of": "as_of",
    "note": "note",
    "shown_confidence": "shown_confidence",
    "shown_model": "shown_model",
}
_FIELDS = {"accepted": "decision", "shown_model": "shown_release_id"}


def _in_order(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.order_by(Label.as_of, Label.seq)


_KNOWN = ByKeys(
    _in_order(
        select(
            Label.customer_id,
            Label.tag,
            Label.value,
            Label.reviewer,
            Label.as_of,
            Label.decided_at,
            Label.holds_until,
        ).where(Label.customer_id.in_(several()), Label.undone_at.is_(None))
    )
)


@dataclass(frozen=True)
class Decision:
    """What a reviewer said: whether the tag fits the customer, given what was known as of an instant.

    `decision_id` is chosen by the caller, so that a call that is repeated counts once. What the reviewer was
    shown, if a suggestion was shown at all, is kept with it. `as_of` is None for a decision about now. `weight` is
    one over the probability with which an audit chose it, 1 elsewhere.
    """

    decision_id: str
    customer_id: str
    tag: str
    accepted: bool
    reviewer: str
    as_of: datetime | None
    note: str | None = None
    shown_confidence: float | None = None
    shown_model: str | None = None
    weight: float = 1.0
    source: str = SOURCE


@dataclass(frozen=True)
class Recorded:
    """What became of a decision: whether it is new, and until when it governs the profile (exclusive)."""

    is_new: bool
    holds_until: datetime


@dataclass(frozen=True)
class Standing:
    """A decision that governs a customer's profile now."""

    tag: str
    accepted: bool
    reviewer: str
    as_of: datetime
    decided_at: datetime
    holds_until: datetime


def record(
    connection: Connection, decision: Decision, tag: Tag, *, now: datetime, zone: ZoneInfo
) -> Recorded:
    """Keep the decision; the same one given again changes nothing.

    Raises:
        InvalidInputError: It is about an instant after the clock.
        ConflictError: Its id was used before for another decision.
    """
    as_of = decision.as_of or now
    if as_of > now:
        late = Text(
            "{at} lies after the clock, which says {now}; a decision is about what was known by then",
            {"at": as_of.isoformat(), "now": now.isoformat()},
        )
        raise InvalidInputError(
            late.message, fields=(FieldError("as_of", late, "after_the_clock"),), **late.values
        )
    days = tag.decision_days
    holds_until = NEVER if days is None else add_days(as_of, days, zone)
    row = _row(replace(decision, as_of=as_of), now, holds_until)
    is_new = _find(connection, decision.decision_id) is None
    if is_new:
        insert_new(
            connection, Label, [row]
        )  # of two calls at once the second changes nothing and finds the first
    stored = _find(connection, decision.decision_id)
    other = [] if stored is None else _differences(stored, decision)
    if stored is None or other:
        raise _used_before(decision.decision_id, other)
    return Recorded(is_new=is_new, holds_until=stored.holds_until)


def decided(
    connection: Connection, customer_ids: Sequence[str], now: datetime
) -> dict[str, dict[str, Standing]]:
    """The decisions in force at an instant, by customer and tag; a past instant gives what was in force then."""
    known = read_decisions(connection, customer_ids)
    return {customer: found for customer, made in known.items() if (found := in_force(made, now))}


def read_decisions(connection: Connection, customer_ids: Sequence[str]) -> dict[str, list[Standing]]:
    """Every decision about those customers: the one about the latest instant last, among equals the last to arrive."""
    made: dict[str, list[Standing]] = {}
    for customer_id, *said in _KNOWN.rows(connection, customer_ids):
        made.setdefault(customer_id, []).append(Standing(*said))
    return made


def in_force(made: Iterable[Standing], now: datetime) -> dict[str, Standing]:
    """Which of a customer's decisions govern at an instant, by tag; of several on one tag the last counts."""
    newest = {one.tag: one for one in made if one.decided_at <= now and one.as_of <= now}
    return {tag: one for tag, one in newest.items() if one.holds_until > now}


def _find(connection: Connection, decision_id: str) -> Row[Any] | None:
    return connection.execute(select(Label.__table__).where(Label.label_id == decision_id)).one_or_none()


def _row(decision: Decision, now: datetime, holds_until: datetime) -> dict[str, object]:
    given = asdict(decision)
    label_id, value = given.pop("decision_id"), given.pop("accepted")
    own = {
        "label_id": label_id,
        "value": value,
        "decided_at": now,
        "holds_until": holds_until,
    }
    return {**given, **own}


def _differences(stored: Row[Any], decision: Decision) -> list[FieldError]:
    """The fields in which a decision differs from the stored one of its id; an instant left out is none."""
    given = asdict(decision)
    if decision.as_of is None:
        del given["as_of"]
    return [
        FieldError(
            name,
            Text(
                "this decision_id was given with {stored}, now with {got}", _both(name, stored, given[name])
            ),
            "id_of_another_decision",
        )
        for name in given
        if name in _COLUMNS and getattr(stored, _COLUMNS[name]) != given[name]
    ]


def _both(name: str, stored: Row[Any], got: object) -> dict[str, str]:
    return {"stored": _said(getattr(stored, _COLUMNS[name])), "got": _said(got)}


def _said(value: object) -> str:
    """A value as a caller may have written it, cut where it is long.

    >>> _said(True), _said("a"), _said(None), _said(0.5)
    ('accept', '"a"', 'null', '0.5')
    """
    if isinstance(value, bool):
        return "accept" if value else "reject"
    text = value.isoformat() if isinstance(value, datetime) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SAID_CHARACTERS else text[:SAID_CHARACTERS] + "…"


def _used_before(decision_id: str, differences: Sequence[FieldError]) -> ConflictError:
    return ConflictError(
        "decision_id {decision_id} was used before for another decision; give each decision its own id",
        decision_id=repr(decision_id),
        fields=tuple(replace(one, field=_FIELDS.get(one.field, one.field)) for one in differences),
    )
