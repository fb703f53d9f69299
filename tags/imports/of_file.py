"""Imports a file: opens it, goes on where an earlier run stopped, and lets one import at a time write."""

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from filelock import FileLock, Timeout

from core.errors import UnavailableError
from core.ids import new_id
from core.storage import Store
from tags.imports.importing import Importer, Job, Report, Sink
from tags.imports.naming import Naming
from tags.imports.reading import Opened, opened
from tags.imports.record import Kept, imports_of_content
from tags.imports.rows import Row
from tags.imports.shape import Shape
from tags.taxonomy import Taxonomy

LOCK_SECONDS = 600.0
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Imported:
    """What became of a file: how it was read, the report, and an earlier import of the same content."""

    shape: Shape
    report: Report
    same_as: Kept | None


@dataclass(frozen=True)
class Importing:
    """Where files are imported: the store, the folder of the home, the tags, the shop's zone and now."""

    store: Store
    home: Path
    taxonomy: Taxonomy
    zone: ZoneInfo
    now: datetime

    def dry_run(self, path: Path, shape: Shape, sink: Sink, progress: Callable[[int, int], None]) -> Imported:
        """What an import of the file would come to; nothing is changed."""
        with opened(path, shape, Naming(self.taxonomy)) as file:
            job, earlier, _ = self._job(path, file, "")
            batches = self._told(file, 0, progress)
            return Imported(file.shape, self._importer(job).dry_run(batches, sink), earlier)

    def run(
        self, path: Path, shape: Shape, sink: Sink, progress: Callable[[int, int], None], *, by: str
    ) -> Imported:
        """Import the file; where an earlier run of the same content was stopped, it goes on there.

        Raises:
            UnavailableError: Another import has been running for ten minutes.
        """
        with opened(path, shape, Naming(self.taxonomy)) as file, self._turn(), _uncollected():
            job, earlier, stopped = self._job(path, file, by)
            report = self._importer(job).run(
                lambda after: self._told(file, after, progress), sink, now=self.now
            )
            return Imported(file.shape, report, None if stopped else earlier)

    def _importer(self, job: Job) -> Importer:
        return Importer(self.store, self.taxonomy, job, self.zone)

    def _told(
        self, file: Opened, after: int, progress: Callable[[int, int], None]
    ) -> Iterator[Sequence[Row]]:
        total = file.source.estimated_rows()
        for rows in file.batches(self.zone, after=after):
            yield rows
            progress(min(rows[-1].line, total) if rows else 0, total)

    def _job(self, path: Path, file: Opened, by: str) -> tuple[Job, Kept | None, bool]:
        """The job, an import of the same content, and whether that one was stopped and is gone on with."""
        sha256 = sha256_of(path)
        shape = file.shape.model_dump(mode="json", exclude={"files"})
        with self.store.read() as connection:
            same = imports_of_content(connection, sha256)
        job = Job(
            import_id=new_id("imp"),
            file=path.name,
            content_sha256=sha256,
            made_by=by,
            made_at=self.now,
            shape=shape,
            no_is_silence=file.shape.no_means == "nothing",
        )
        earlier = same[0] if same else None
        stopped = next((kept for kept in same if not kept.is_done and kept.shape == shape), None)
        if stopped is None:
            return job, earlier, False
        return replace(job, import_id=stopped.import_id, made_at=stopped.made_at), stopped, True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.home / "imports.lock", timeout=LOCK_SECONDS), self.store.turn("imports"):
                yield
        except Timeout:
            raise UnavailableError(
                "Another import has been running for {minutes} minutes: try again when it has ended",
                minutes=round(LOCK_SECONDS / 60),
            ) from None


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage in the block: rows hold none, and looking at millions of them takes long."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
