"""The workings that count now: loaded once, and again when what they were made from has changed."""

from threading import Lock

from sqlalchemy import Connection

from core.settings import Settings
from core.storage import Store
from tags.catalogue.store import read_taxonomy
from tags.taxonomy import Taxonomy, load_taxonomy
from tags.workings import Workings, counted_versions, load_workings, workings_versions


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
            workings = self._workings
            if workings is not None and workings.versions == workings_versions(connection):
                return workings
            return self._loaded(connection)

    def at(self, connection: Connection) -> Workings:
        """The workings with the definitions, the catalogue and the quantiles that a transaction sees.

        Whoever writes claims asks here inside the transaction that writes them: a tag that was retired by another
        process a moment ago is not given any more.
        """
        workings = self._workings
        if workings is not None and workings.versions.counted == counted_versions(connection):
            return workings
        return self._loaded(connection)

    def _loaded(self, connection: Connection) -> Workings:
        with self._lock:
            workings = self._workings
            if workings is None or workings.versions != workings_versions(connection):
                taxonomy = self._taxonomy(connection)
                workings = load_workings(connection, self._settings, taxonomy, before=workings)
                self._workings = workings
            return workings

    def _taxonomy(self, connection: Connection) -> Taxonomy:
        """The store's definitions; the file's before it has any."""
        return read_taxonomy(connection) or load_taxonomy(self._settings.taxonomy)
