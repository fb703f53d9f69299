"""Profiles written straight into the tables, as the book of claims leaves them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from features import counters
from features.tables import Customer
from tags.profile.book import CHANGES
from tags.profile.claims import NEVER
from tags.profile.tables import Change, Span

START = datetime(2017, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def add_customers(connection: Connection, names: Iterable[str]) -> None:
    connection.execute(insert(Customer), [{"customer_id": name, "first_seen_at": START} for name in names])


def begin(
    connection: Connection,
    tag: str,
    customer_id: str,
    at: datetime,
    *,
    until: datetime = NEVER,
    confidence: float | None = None,
    value: str | None = None,
) -> None:
    """From now on the customer carries the tag."""
    stop(connection, tag, customer_id, at)
    row = {"tag": tag, "customer_id": customer_id, "began_at": at, "ended_at": until, "claim": 1}
    connection.execute(insert(Span).values(**row, confidence=confidence, value=value))
    _note(connection, tag, customer_id, at)


def stop(connection: Connection, tag: str, customer_id: str, at: datetime) -> None:
    """From now on the customer does not carry the tag."""
    here = Span.tag == tag, Span.customer_id == customer_id, Span.ended_at > at
    if connection.execute(select(Span.tag).where(*here)).first():
        connection.execute(update(Span).where(*here).values(ended_at=at))
        _note(connection, tag, customer_id, at)


def _note(connection: Connection, tag: str, customer_id: str, at: datetime) -> None:
    seq = counters.advance(connection, CHANGES)
    row = {"seq": seq, "customer_id": customer_id, "tag": tag, "change": "changed", "at": at, "body": {}}
    connection.execute(insert(Change).values(**row))


@dataclass
class Oracle:
    """The same as plain lists: who carried what when."""

    spans: list[tuple[str, str, datetime, datetime, float | None, str | None]] = field(default_factory=list)

    def read(self, connection: Connection) -> "Oracle":
        columns = Span.tag, Span.customer_id, Span.began_at, Span.ended_at, Span.confidence, Span.value
        found = connection.execute(select(*columns))
        self.spans = [(tag, who, begins, ends, sure, has) for tag, who, begins, ends, sure, has in found]
        return self

    def carries(
        self, name: str, tag: str, at: datetime, least: float | None = None, value: str | None = None
    ) -> bool:
        return any(
            (tag, name) == (one, who)
            and begins <= at < ends
            and (least is None or sure is None or sure >= least)
            and value in (None, has)
            for one, who, begins, ends, sure, has in self.spans
        )
