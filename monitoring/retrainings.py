"""Every time that other models were to serve: why, what came of it, and which versions served before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, Integer, Text, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core.storage import Base

# SQLite only counts by itself in a plain INTEGER primary key.
_BIG = BigInteger().with_variant(Integer, "sqlite")

Kind = Literal["retrain", "train", "follow", "rollback"]
"""Who set out to: the loop, a training by hand, an alias moved in MLflow, or somebody who wants the former back."""

PROMOTED, DIED = "promoted", "died"


class RetrainingRow(Base):
    """Grain: one time that somebody or the loop set out to change which models serve.

    Attributes:
        until: What was known then was used; null where nothing was learned.
        ended_at: Null while it runs.
        happened: `promoted`, `kept`, `refused`, or `died` where its process did; null while it runs.
        said: Reasons, what was compared and what was decided of each part, as `training.loop` words them.
        before: The versions that served, by part; `after` those that serve since, the same where nothing changed.
    """

    __tablename__ = "retrainings"

    seq: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime]
    until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    happened: Mapped[str | None] = mapped_column(Text)
    said: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    release_before: Mapped[str | None] = mapped_column(Text)
    release_id: Mapped[str | None] = mapped_column(Text)
    run_id: Mapped[str | None] = mapped_column(Text)


@dataclass(frozen=True)
class Kept:
    """A row of the table as it is read; see `RetrainingRow`."""

    seq: int
    kind: str
    began_at: datetime
    until: datetime | None
    ended_at: datetime | None
    happened: str | None
    said: Mapping[str, Any]
    before: Mapping[str, int]
    after: Mapping[str, int]
    release_before: str | None
    release_id: str | None
    run_id: str | None

    @property
    def codes(self) -> frozenset[str]:
        """The reasons there were, for programs."""
        return frozenset(reason["code"] for reason in self.said.get("reasons", ()))

    @property
    def words(self) -> Mapping[str, str]:
        """The outcome in a line, by language; nothing where nobody worded it."""
        found: Mapping[str, str] = self.said.get("words", {})
        return found


_COLUMNS = [getattr(RetrainingRow, name) for name in Kept.__dataclass_fields__]


def begin(
    connection: Connection,
    kind: Kind,
    *,
    at: datetime,
    before: Mapping[str, int],
    release_before: str | None,
    until: datetime | None = None,
    said: Mapping[str, Any] | None = None,
    run_id: str | None = None,
) -> int:
    """Keep that one has begun; the number of its row."""
    row = {
        "kind": kind,
        "began_at": at,
        "until": until,
        "said": dict(said or {}),
        "before": dict(before),
        "after": dict(before),
        "release_before": release_before,
        "release_id": release_before,
        "run_id": run_id,
    }
    found = connection.execute(insert(RetrainingRow).values(row).returning(RetrainingRow.seq))
    return int(found.scalar_one())


def end(
    connection: Connection,
    seq: int,
    *,
    at: datetime,
    happened: str,
    said: Mapping[str, Any] | None = None,
    after: Mapping[str, int] | None = None,
    release_id: str | None = None,
) -> None:
    """Keep what came of it; `after` and `release_id` where other versions serve now."""
    changed: dict[str, Any] = {"ended_at": at, "happened": happened}
    if said is not None:
        changed["said"] = dict(said)
    if after is not None:
        changed |= {"after": dict(after), "release_id": release_id}
    connection.execute(update(RetrainingRow).where(RetrainingRow.seq == seq).values(changed))


def close_dead(
    connection: Connection, *, at: datetime, serving: Mapping[str, int], release_id: str | None
) -> int:
    """Close those that have not ended, how many; to be called when nobody else is at it.

    One whose process died after its release had begun to serve has promoted it; any other `died`.
    """
    open_rows = connection.execute(
        select(RetrainingRow.seq, RetrainingRow.release_before).where(RetrainingRow.ended_at.is_(None))
    ).all()
    for seq, release_before in open_rows:
        if release_id == release_before:
            end(connection, seq, at=at, happened=DIED)
        else:
            end(connection, seq, at=at, happened=PROMOTED, after=serving, release_id=release_id)
    return len(open_rows)


def read_retrainings(
    connection: Connection, *, since: datetime | None = None, until: datetime | None = None
) -> list[Kept]:
    """Those that began from `since` on and before `until`, oldest first."""
    query = select(*_COLUMNS).order_by(RetrainingRow.seq)
    if since is not None:
        query = query.where(RetrainingRow.began_at >= since)
    if until is not None:
        query = query.where(RetrainingRow.began_at < until)
    return [Kept(*row) for row in connection.execute(query)]
