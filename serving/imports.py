"""Imports of tags over HTTP: rows of a call, all of them in one transaction, and their undoing."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from core.clock import Clock
from core.errors import ConflictError
from core.settings import Settings
from core.storage import Store
from serving.live import Live
from tags.imports.importing import Importer, Job
from tags.imports.record import Kept, import_of, imports, maybe_import
from tags.imports.rows import Row
from tags.imports.undoing import undo

OF_A_CALL = ""  # stands for the file where there is none


class Imports:
    """A server's part in it. Its methods may be called from several threads at once."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, live: Live) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._live = live

    def take(self, import_id: str, rows: Sequence[Row], *, by: str) -> tuple[Kept, bool]:
        """Import the rows; whether they are new.

        Raises:
            ConflictError: The id was used for other rows.
        """
        now, taxonomy = self._clock.now(), self._live.taxonomy
        job = Job(import_id, OF_A_CALL, content_of(rows), by, now)
        with self._store.write() as connection:
            known = maybe_import(connection, import_id)
            if known is not None:
                return _same(known, job), False
            importer = Importer(self._store, taxonomy, job, self._settings.zone)
            importer.run_at_once(connection, rows, lambda _outcomes: None, now=now)
            return import_of(connection, import_id), True

    def undo(self, import_id: str, *, by: str) -> Kept:
        """Take an import back as a whole."""
        kept, _ = undo(self._store, import_id, by=by, taxonomy=self._live.taxonomy, now=self._clock.now())
        return kept

    def all(self) -> list[Kept]:
        """All imports, the newest first."""
        with self._store.read() as connection:
            return imports(connection)

    def one(self, import_id: str) -> Kept:
        """One import."""
        with self._store.read() as connection:
            return import_of(connection, import_id)


def content_of(rows: Sequence[Row]) -> str:
    """A hash of what rows say."""

    def plain(value: object) -> object:
        return value.isoformat() if isinstance(value, datetime) else value

    text = json.dumps([[plain(value) for value in row] for row in rows], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _same(known: Kept, job: Job) -> Kept:
    if known.content_sha256 != job.content_sha256:
        raise ConflictError(
            "import_id: {id} was used before for other rows; give each import its own id, and repeat one unchanged",
            id=repr(job.import_id),
        )
    return known
