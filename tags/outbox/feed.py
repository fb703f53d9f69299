"""The feed of changes: what changed on whose profile, in the order of commit, to be read from any point on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from core.errors import GoneError, InvalidInputError
from core.storage.lookup import rows_of
from tags.profile.tables import Change, ClaimRow


@dataclass(frozen=True)
class Entry:
    """One change of one customer's profile.

    Attributes:
        seq: Its number; numbers grow in the order of commit.
        change: added, removed or changed.
        body: What the tag is now and was before, and because of what, as `tags.profile.book` wrote it.
        evidence: What the claim behind it rests on.
    """

    seq: int
    customer_id: str
    tag: str
    change: str
    at: datetime
    body: dict[str, Any]
    evidence: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The change as plain values."""
        return {
            "seq": self.seq,
            "customer_id": self.customer_id,
            "tag": self.tag,
            "change": self.change,
            "at": self.at.isoformat(),
            **self.body,
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class Page:
    """Some changes in their order.

    Attributes:
        through: The last change that was looked at: the next page begins after it.
        latest: The last change that there is.
    """

    entries: tuple[Entry, ...]
    through: int
    latest: int


def latest_change(connection: Connection) -> int:
    """The number of the last change; 0 before the first."""
    return connection.scalar(select(func.max(Change.seq))) or 0


def read_changes(
    connection: Connection, after: int, *, limit: int, tags: Collection[str] | None = None
) -> Page:
    """At most `limit` changes after that one, of those tags or of all.

    Writers take turns, so numbers are given in the order of commit: whoever goes on from `through` misses none and sees
    none twice, however many write meanwhile.

    Raises:
        InvalidInputError: There is no such change yet: the number is of another store, or of one put back from a copy.
    """
    latest = latest_change(connection)
    if after > latest:
        raise InvalidInputError(
            "after: there is no change {after} yet, the last one is {latest}. The number is of another store, or this "
            "one was put back from a copy: read the profiles anew, then go on from {latest}",
            after=after,
            latest=latest,
        )
    chosen = select(Change).where(Change.seq > after, Change.seq <= latest)
    entries = _entries(connection, _of(chosen, tags).order_by(Change.seq).limit(limit))
    # A page that is not full has seen everything, whatever the filter left out of it.
    return Page(entries, entries[-1].seq if len(entries) == limit else latest, latest)


def read_range(
    connection: Connection, first: int, last: int, tags: Collection[str] | None = None
) -> tuple[Entry, ...]:
    """The changes with numbers from `first` to `last`, of those tags or of all."""
    chosen = select(Change).where(Change.seq.between(first, last))
    return _entries(connection, _of(chosen, tags).order_by(Change.seq))


def check_age(connection: Connection, after: int, *, since: datetime) -> None:
    """Say nothing when what follows a change is no older than that.

    Raises:
        GoneError: It is: whoever stayed away so long had better read the profiles anew.
    """
    following = connection.scalar(select(Change.at).where(Change.seq > after).order_by(Change.seq).limit(1))
    if following is not None and following < since:
        raise GoneError(
            "after: what follows change {after} is of {at}, and the feed goes back to {since} (setting changes_days): "
            "read the profiles anew, then go on from {latest}",
            after=after,
            at=following.isoformat(),
            since=since.isoformat(),
            latest=latest_change(connection),
        )


def beginning(connection: Connection, *, since: datetime) -> int:
    """The change after which those since an instant come; found by halving, since changes lie in order of time."""
    low, high = 0, latest_change(connection)
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(
            select(Change.seq, Change.at).where(Change.seq > middle).order_by(Change.seq).limit(1)
        ).one()
        low, high = (row.seq, high) if row.at < since else (low, middle)
    return low


def _of(chosen: Select[Any], tags: Collection[str] | None) -> Select[Any]:
    return chosen if tags is None else chosen.where(Change.tag.in_(sorted(tags)))


def _entries(connection: Connection, chosen: Select[Any]) -> tuple[Entry, ...]:
    rows: Sequence[Row[Any]] = connection.execute(chosen).all()
    claims = {row.claim for row in rows if row.claim is not None}
    query = select(ClaimRow.seq, ClaimRow.evidence)
    evidence = {row.seq: row.evidence for row in rows_of(connection, query, ClaimRow.seq, claims)}
    return tuple(
        Entry(row.seq, row.customer_id, row.tag, row.change, row.at, row.body, evidence.get(row.claim, {}))
        for row in rows
    )
