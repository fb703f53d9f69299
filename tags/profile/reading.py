"""Who carries what at an instant, which claims stand, and what changed: read from the book."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from core.storage.by_keys import ByKeys, several
from core.storage.lookup import rows_of
from tags.profile.claims import NEVER, Source
from tags.profile.resolve import Standing
from tags.profile.tables import Change, ClaimRow, Computed, Span


@dataclass(frozen=True)
class Carried:
    """A tag that a customer carries, with the claim by which it is carried.

    Attributes:
        began_at: Since when it is carried by this claim.
        ends_at: When it will lapse if nothing more is said; None where no end is known.
    """

    tag: str
    value: str | None
    confidence: float | None
    source: Source
    source_version: str
    tag_version: int
    evidence: Mapping[str, Any]
    as_of: datetime
    began_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True)
class ChangeRead:
    """One change of a profile, with the claim that tells more of it, if any does."""

    seq: int
    customer_id: str
    tag: str
    change: str
    at: datetime
    body: Mapping[str, Any]
    source: str | None
    source_version: str | None
    evidence: Mapping[str, Any] | None


@dataclass(frozen=True)
class Through:
    """Through which instant a part of the profiles is worked out, from what, and when that was done."""

    part: str
    through: datetime
    version: str
    computed_at: datetime


_CARRIED = (
    select(
        Span.customer_id,
        Span.tag,
        Span.value,
        Span.confidence,
        ClaimRow.source,
        ClaimRow.source_version,
        ClaimRow.tag_version,
        ClaimRow.evidence,
        ClaimRow.as_of,
        Span.began_at,
        Span.ended_at,
    )
    .join(ClaimRow, ClaimRow.seq == Span.claim)
    .order_by(Span.tag)
)
_STANDING = ByKeys(
    select(*(getattr(ClaimRow, name) for name in Standing._fields))
    .where(ClaimRow.ended_at.is_(None), ClaimRow.customer_id.in_(several()))
    .order_by(ClaimRow.seq)
)
_CHANGES = select(
    Change.seq,
    Change.customer_id,
    Change.tag,
    Change.change,
    Change.at,
    Change.body,
    ClaimRow.source,
    ClaimRow.source_version,
    ClaimRow.evidence,
).join(ClaimRow, ClaimRow.seq == Change.claim, isouter=True)


def profile_at(
    connection: Connection, customer_ids: Collection[str], at: datetime
) -> dict[str, list[Carried]]:
    """By customer the tags carried at that instant, by key; of a later instant than now, as far as is known now.

    Customers who carry nothing are left out.
    """
    found: dict[str, list[Carried]] = {}
    query = _CARRIED.where(and_(Span.began_at <= at, Span.ended_at > at))
    for row in rows_of(connection, query, Span.customer_id, customer_ids):
        values = row._asdict()
        customer_id, ended_at = values.pop("customer_id"), values.pop("ended_at")
        source = Source(values.pop("source"))
        carried = Carried(**values, source=source, ends_at=None if ended_at == NEVER else ended_at)
        found.setdefault(customer_id, []).append(carried)
    return found


def standing(connection: Connection, customer_ids: Sequence[str]) -> dict[str, list[Standing]]:
    """By customer the claims that nothing has ended, in the order in which they were made.

    One whose `holds_until` has passed counts no more, though nobody has taken that down yet.
    """
    found: dict[str, list[Standing]] = {}
    for row in _STANDING.rows(connection, customer_ids):
        claim = Standing(*row)
        found.setdefault(claim.customer_id, []).append(claim)
    return found


def history_of(
    connection: Connection,
    customer_id: str,
    *,
    tag: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[ChangeRead]:
    """The changes of a customer's profile, newest first, of one tag if named; `before` is the last seq seen."""
    query = _CHANGES.where(Change.customer_id == customer_id).order_by(Change.seq.desc()).limit(limit)
    if tag is not None:
        query = query.where(Change.tag == tag)
    if before is not None:
        query = query.where(Change.seq < before)
    return [ChangeRead(*row) for row in connection.execute(query)]


def computed(connection: Connection) -> dict[str, Through]:
    """Through which instant each part of the profiles is worked out."""
    rows = connection.execute(select(Computed.part, Computed.through, Computed.version, Computed.computed_at))
    return {row.part: Through(*row) for row in rows}
