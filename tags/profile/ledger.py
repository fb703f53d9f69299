"""Claims, spans and changes of some customers, read and written many at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, select

from core.storage.bulk import delete_many, insert_many, update_many
from core.storage.by_keys import ByKeys, several
from tags.profile.resolve import Standing
from tags.profile.tables import Change, ClaimRow, Span


class Kept(NamedTuple):
    """A span as it is stored, with what its claim says."""

    tag: str
    customer_id: str
    began_at: datetime
    ended_at: datetime
    claim: int
    source: str
    value: str | None
    confidence: float | None


_OF_CLAIMS = len(Standing._fields)
_PAGES = ByKeys(
    select(*(getattr(ClaimRow, name) for name in Standing._fields), Span.began_at, Span.ended_at)
    .join(
        Span,
        and_(Span.tag == ClaimRow.tag, Span.customer_id == ClaimRow.customer_id, Span.claim == ClaimRow.seq),
        isouter=True,
    )
    .where(ClaimRow.ended_at.is_(None), ClaimRow.customer_id.in_(several()))
)

CLAIM_COLUMNS = (
    "seq",
    "claim_id",
    "customer_id",
    "tag",
    "tag_version",
    "source",
    "source_version",
    "carries",
    "value",
    "confidence",
    "evidence",
    "as_of",
    "began_at",
    "holds_until",
    "ended_at",
    "ended_because",
)
_SPAN_COLUMNS = ("tag", "customer_id", "began_at", "ended_at", "claim", "confidence", "value")
_CHANGE_COLUMNS = ("seq", "customer_id", "tag", "change", "at", "claim", "body")


class Said(NamedTuple):
    """A change of a profile before it has its number."""

    customer_id: str
    tag: str
    change: str
    at: datetime
    claim: int | None
    body: dict[str, Any]


@dataclass
class Ledger:
    """What one step writes; `claims` and `spans` are rows in the order of their columns above."""

    claims: list[tuple[Any, ...]] = field(default_factory=list)
    ended_claims: list[tuple[datetime, str, int]] = field(default_factory=list)
    spans: list[tuple[str, str, datetime, datetime, int, float | None, str | None]] = field(
        default_factory=list
    )
    ended_spans: list[tuple[datetime, str, str, datetime]] = field(default_factory=list)
    dropped_spans: list[tuple[str, str, datetime]] = field(default_factory=list)
    changes: list[Said] = field(default_factory=list)

    def write(self, connection: Connection, first_change: int) -> None:
        """Write it all; changes are numbered from `first_change` on."""
        insert_many(connection, ClaimRow, CLAIM_COLUMNS, self.claims)
        update_many(connection, ClaimRow, ("ended_at", "ended_because"), self.ended_claims)
        # Those that go first: one that begins at the same instant takes the place of another.
        delete_many(connection, Span, self.dropped_spans)
        update_many(connection, Span, ("ended_at",), self.ended_spans)
        insert_many(connection, Span, _SPAN_COLUMNS, self.spans)
        numbered = [(seq, *said) for seq, said in enumerate(self.changes, first_change)]
        insert_many(connection, Change, _CHANGE_COLUMNS, numbered)


def read_pages(
    connection: Connection, customer_ids: Sequence[str]
) -> tuple[dict[str, list[Standing]], dict[str, list[Kept]]]:
    """By customer the claims that nothing has ended, also those whose time has passed unnoticed, and their spans.

    Every span that runs or lies ahead is of such a claim, and some that have passed are as well.
    """
    standing: dict[str, dict[int, Standing]] = {}
    spans: dict[str, list[Kept]] = {}
    for row in _PAGES.rows(connection, customer_ids):
        claim = Standing(*row[:_OF_CLAIMS])
        standing.setdefault(claim.customer_id, {})[claim.seq] = claim
        began_at, ended_at = row[_OF_CLAIMS:]
        if began_at is not None:
            spans.setdefault(claim.customer_id, []).append(_kept(claim, began_at, ended_at))
    return {name: list(claims.values()) for name, claims in standing.items()}, spans


def _kept(claim: Standing, began_at: datetime, ended_at: datetime) -> Kept:
    return Kept(
        claim.tag,
        claim.customer_id,
        began_at,
        ended_at,
        claim.seq,
        claim.source,
        claim.value,
        claim.confidence,
    )
