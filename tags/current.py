"""The workings that count now: loaded once, and again when what they were made from has changed."""

from threading import Lock

from sqlalchemy import Connection

from core.settings import Settings
from core.storage import Store
from tags.catalogue.store import read_taxonomy
from tags.taxonomy import Taxonomy, load_taxonomy
from tags.workings import Workings, load_workings, workings_versions


class Current:
    """Holds the workings for one process; threads may share it."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._lock = Lock()
        self._workings: Workings | None = None

    def refresh(self) -> Workings:
        """The workings as the store says now."""
        with self._store.read() as connection:
            return self.at(connection)

    def at(self, connection: Connection) -> Workings:
        """The workings as that transaction sees the store.

        Whoever writes claims asks here inside the transaction that writes them: a tag that was retired by another
        process a moment ago is not given any more.
        """
        versions = workings_versions(connection)
        workings = self._workings
        if workings is not None and workings.versions == versions:
            return workings
        with self._lock:
            workings = self._workings
            if workings is None or workings.versions != versions:
                taxonomy = self._taxonomy(connection)
                workings = self._workings = load_workings(
                    connection, self._settings, taxonomy, before=workings
                )
        return workings

    def _taxonomy(self, connection: Connection) -> Taxonomy:
        """The store's definitions; the file's before it has any."""
        return read_taxonomy(connection) or load_taxonomy(self._settings.taxonomy)
