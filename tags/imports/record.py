"""What is kept of an import: who made it from what, how far it got, and what became of its rows."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from core.errors import NotFoundError
from tags.imports.rows import OUTCOMES, REFUSED, Outcome
from tags.imports.tables import HeldTag, TagImport

REFUSED_KEPT = 1_000


@dataclass
class Tally:
    """Counts what became of rows; the first refused ones are kept with their reason."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    refused: list[dict[str, Any]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many words there were."""
        return sum(self.counts[outcome] for outcome in OUTCOMES)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Take outcomes in."""
        for one in outcomes:
            self.counts[one.outcome] += 1
            if one.reason is not None:
                self.reasons[one.reason] += 1
            if one.outcome == REFUSED and len(self.refused) < REFUSED_KEPT:
                self.refused.append(refused_row(one))


def refused_row(one: Outcome) -> dict[str, Any]:
    """A refused row as plain values."""
    values = {name: str(value) for name, value in one.why.values.items()} if one.why else {}
    return {
        "line": one.line,
        "customer_id": one.customer_id,
        "tag": one.tag,
        "reason": one.reason,
        "values": values,
    }


@dataclass(frozen=True)
class Kept:
    """An import as the store knows it.

    Attributes:
        shape: How its file was laid out.
        through_line: The last line that was dealt with.
        is_done: Whether all of it was; an import that was stopped goes on when the same file is imported again.
    """

    import_id: str
    file: str
    content_sha256: str
    made_by: str
    made_at: datetime
    tally: Tally
    shape: Mapping[str, Any]
    through_line: int
    is_done: bool
    undone_at: datetime | None
    undone_by: str | None

    @property
    def state(self) -> str:
        """undone, done or stopped."""
        if self.undone_at is not None:
            return "undone"
        return "done" if self.is_done else "stopped"


def begin(connection: Connection, kept: Kept) -> None:
    """Note an import that begins."""
    connection.execute(insert(TagImport), [{**_columns(kept), "import_id": kept.import_id}])


def save(connection: Connection, kept: Kept) -> None:
    """Note how far an import is."""
    connection.execute(
        update(TagImport).where(TagImport.import_id == kept.import_id).values(**_columns(kept))
    )


def imports(connection: Connection) -> list[Kept]:
    """All imports, the newest first."""
    rows = connection.execute(select(TagImport).order_by(TagImport.made_at.desc(), TagImport.import_id))
    return [_kept(row) for row in rows]


def import_of(connection: Connection, import_id: str) -> Kept:
    """One import.

    Raises:
        NotFoundError: There is none of that id.
    """
    found = maybe_import(connection, import_id)
    if found is None:
        latest = [kept.import_id for kept in imports(connection)[:5]]
        raise NotFoundError(
            "There is no import {id}; the latest are {known}",
            id=repr(import_id),
            known=", ".join(latest) or "-",
        )
    return found


def maybe_import(connection: Connection, import_id: str) -> Kept | None:
    """One import, if there is one of that id."""
    row = connection.execute(select(TagImport).where(TagImport.import_id == import_id)).one_or_none()
    return None if row is None else _kept(row)


def imports_of_content(connection: Connection, sha256: str) -> list[Kept]:
    """The imports of a file with that content that were not undone, the newest first."""
    return [kept for kept in imports(connection) if kept.content_sha256 == sha256 and kept.undone_at is None]


def still_held(connection: Connection, import_id: str) -> int:
    """How many rows of an import wait for their customers."""
    return (
        connection.scalar(select(func.count()).select_from(HeldTag).where(HeldTag.import_id == import_id))
        or 0
    )


def _columns(kept: Kept) -> dict[str, Any]:
    counts = kept.tally.counts
    return {
        "file": kept.file,
        "content_sha256": kept.content_sha256,
        "made_by": kept.made_by,
        "made_at": kept.made_at,
        "rows": kept.tally.rows,
        **{outcome: counts[outcome] for outcome in OUTCOMES},
        "reading": {
            "shape": dict(kept.shape),
            "through_line": kept.through_line,
            "is_done": kept.is_done,
            "reasons": dict(kept.tally.reasons),
            "refused": kept.tally.refused,
        },
        "undone_at": kept.undone_at,
        "undone_by": kept.undone_by,
    }


def _kept(row: Row[*tuple[Any, ...]]) -> Kept:
    reading: Mapping[str, Any] = row.reading
    counts = Counter({outcome: count for outcome in OUTCOMES if (count := getattr(row, outcome))})
    return Kept(
        import_id=row.import_id,
        file=row.file,
        content_sha256=row.content_sha256,
        made_by=row.made_by,
        made_at=row.made_at,
        tally=Tally(counts, Counter(reading["reasons"]), list(reading["refused"])),
        shape=reading["shape"],
        through_line=reading["through_line"],
        is_done=reading["is_done"],
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )
