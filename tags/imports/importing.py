"""Imports tags: judges every row, and takes down what is new in transactions that leave room for others.

Each transaction takes whole lines and notes through which line the import is, so a process that is killed leaves a
beginning that is whole in itself; the same file imported again goes on behind it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert

from core.errors import ConflictError
from core.storage import Store
from tags.definition import Method
from tags.imports.judging import Judge
from tags.imports.naming import Naming
from tags.imports.record import Kept, Tally, begin, import_of, maybe_import, save
from tags.imports.rows import Outcome, Row, Statement
from tags.imports.sorting import Place, Said, Sorted, sort_out
from tags.imports.tables import HeldTag
from tags.profile.book import put
from tags.profile.claims import NEVER, Claim, Source
from tags.taxonomy import Taxonomy

TURN_SECONDS = 0.005  # between transactions, so that others who wait to write come in

Sink = Callable[[Sequence[Outcome]], None]
"""Takes what became of rows, in the order of lines."""


@dataclass(frozen=True)
class Job:
    """What is to be imported: which id it has, from what, by whom and when; `shape` is how the file is laid out."""

    import_id: str
    file: str
    content_sha256: str
    made_by: str
    made_at: datetime
    shape: Mapping[str, Any] = field(default_factory=dict)
    no_is_silence: bool = False


@dataclass(frozen=True)
class Report:
    """What became of an import.

    Attributes:
        outranks: By tag that rules, triggers, models or people give, how many words of the import stand above them.
        went_on_after: The last line of an earlier beginning that this run went on behind; 0 for none.
        is_dry_run: Whether nothing was changed.
    """

    import_id: str
    tally: Tally
    outranks: Mapping[str, int]
    went_on_after: int = 0
    is_dry_run: bool = False


class Importer:
    """Runs one job over batches of rows."""

    def __init__(self, store: Store, taxonomy: Taxonomy, job: Job, zone: ZoneInfo) -> None:
        self._store = store
        self._taxonomy = taxonomy
        self._versions = taxonomy.versions
        self._job = job
        self._judge = Judge(Naming(taxonomy), job.made_at, zone, no_is_silence=job.no_is_silence)
        self._outranks: Counter[str] = Counter()

    def dry_run(self, batches: Iterable[Sequence[Row]], sink: Sink) -> Report:
        """What an import would come to; nothing is changed."""
        tally, seen = Tally(), dict[Place, Said]()
        for rows in batches:
            with self._store.read() as connection:
                sorted_out, outcomes = self._sorted(connection, rows, seen)
            self._note(sorted_out, outcomes, tally, sink)
        return Report(self._job.import_id, tally, self._outranks, is_dry_run=True)

    def run(self, batches: Callable[[int], Iterator[Sequence[Row]]], sink: Sink, *, now: datetime) -> Report:
        """Import; `batches` gives the rows behind a line.

        Raises:
            ConflictError: The import was undone.
        """
        kept = self._begun()
        start = kept.through_line
        for rows in batches(start):
            kept = self._take(kept, rows, sink, now)
            time.sleep(TURN_SECONDS)
        with self._store.write() as connection:
            kept = replace(_current(connection, kept), is_done=True)
            save(connection, kept)
        return Report(self._job.import_id, kept.tally, self._outranks, went_on_after=start)

    def run_at_once(
        self, connection: Connection, rows: Sequence[Row], sink: Sink, *, now: datetime
    ) -> Report:
        """Import in a transaction of the caller's, all or nothing."""
        kept = _new(self._job)
        begin(connection, kept)
        tally = self._write(connection, rows, kept, sink, now)
        save(connection, replace(kept, tally=tally, through_line=len(rows), is_done=True))
        return Report(self._job.import_id, tally, self._outranks)

    def _begun(self) -> Kept:
        with self._store.write() as connection:
            kept = maybe_import(connection, self._job.import_id)
            if kept is None:
                kept = _new(self._job)
                begin(connection, kept)
            return kept

    def _take(self, kept: Kept, rows: Sequence[Row], sink: Sink, now: datetime) -> Kept:
        with self._store.write() as connection:
            kept = _current(connection, kept)
            tally = self._write(connection, rows, kept, sink, now)
            last = max(kept.through_line, rows[-1].line) if rows else kept.through_line
            kept = replace(kept, tally=tally, through_line=last)
            save(connection, kept)
        return kept

    def _write(
        self, connection: Connection, rows: Sequence[Row], kept: Kept, sink: Sink, now: datetime
    ) -> Tally:
        found, outcomes = self._sorted(connection, rows, {})
        put(connection, [self._claim(one) for one in found.apply], taxonomy=self._taxonomy, now=now)
        hold(connection, self._job.import_id, found.hold)
        self._note(found, outcomes, kept.tally, sink)
        return kept.tally

    def _sorted(
        self, connection: Connection, rows: Iterable[Row], seen: dict[Place, Said]
    ) -> tuple[Sorted, list[Outcome]]:
        """What to do with the rows, and what became of each, in the order of lines."""
        judged = [found for row in rows if (found := self._judge.statement(row)) is not None]
        statements = [found for found in judged if isinstance(found, Statement)]
        sorted_out = sort_out(connection, statements, self._job.import_id, seen=seen)
        told = iter(sorted_out.outcomes)
        return sorted_out, [next(told) if isinstance(found, Statement) else found for found in judged]

    def _note(self, found: Sorted, outcomes: Sequence[Outcome], tally: Tally, sink: Sink) -> None:
        tally.add(outcomes)
        sink(outcomes)
        for tag, count in Counter(one.tag for one in (*found.apply, *found.hold)).items():
            if self._taxonomy[tag].method is not Method.IMPORT:
                self._outranks[tag] += count

    def _claim(self, one: Statement) -> Claim:
        return claim_of(self._job, one, self._versions)


def claim_of(job: Job, one: Statement, versions: Mapping[str, int]) -> Claim:
    """What the book of profiles takes down of a statement; `versions` are those of the tags' definitions."""
    return Claim(
        claim_id=None,  # what was taken down is noted in the same transaction: no word comes twice
        customer_id=one.customer_id,
        tag=one.tag,
        tag_version=versions[one.tag],
        source=Source.IMPORT,
        source_version=job.import_id,
        carries=one.carries,
        value=one.value,
        confidence=one.confidence,
        evidence={"file": job.file, "line": one.line},
        as_of=job.made_at,
        until=one.until,
    )


def hold(connection: Connection, import_id: str, statements: Iterable[Statement]) -> None:
    """Keep statements about customers whom nobody knows yet."""
    rows = [
        {
            "import_id": import_id,
            "customer_id": one.customer_id,
            "tag": one.tag,
            "carries": one.carries,
            "value": one.value,
            "confidence": one.confidence,
            "holds_until": None if one.until == NEVER else one.until,
            "line": one.line,
        }
        for one in statements
    ]
    if rows:
        connection.execute(insert(HeldTag), rows)


def _new(job: Job) -> Kept:
    return Kept(
        import_id=job.import_id,
        file=job.file,
        content_sha256=job.content_sha256,
        made_by=job.made_by,
        made_at=job.made_at,
        tally=Tally(),
        shape=job.shape,
        through_line=0,
        is_done=False,
        undone_at=None,
        undone_by=None,
    )


def _current(connection: Connection, kept: Kept) -> Kept:
    """The import as the store has it now: held rows may have been applied meanwhile, or somebody may have undone it.

    Raises:
        ConflictError: It was undone.
    """
    found = import_of(connection, kept.import_id)
    if found.undone_at is not None:
        raise ConflictError(
            "The import {id} was undone on {at} while it ran: what it had brought is taken back",
            id=repr(kept.import_id),
            at=found.undone_at.isoformat(),
        )
    return found
