"""A version of the whole store that any commit changes, whoever made it."""

import sqlite3
from threading import Lock
from typing import Any

from sqlalchemy.exc import OperationalError

from core.storage import Store


class StoreVersion:
    """Tells whether anything was committed since an earlier look; cheaper than reading what may have changed.

    On SQLite it is `PRAGMA data_version` of a connection that only looks: it changes with every commit of any
    other connection, in this process or another (https://www.sqlite.org/pragma.html#pragma_data_version). On
    PostgreSQL it is the text of the current snapshot: equal texts see the same transactions.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._looking: Any = None
        self._connections = 0

    def read(self) -> object:
        """The version now; whatever is read from the store after this is at least as new.

        Raises:
            OperationalError: The store does not answer.
        """
        if not self._store.is_sqlite:
            with self._store.engine.connect() as connection:
                return connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one()
        with self._lock:
            try:
                return self._of_sqlite()
            except sqlite3.Error as error:
                self._drop()
                raise OperationalError("PRAGMA data_version", {}, error) from error

    def _of_sqlite(self) -> tuple[int, int]:
        if self._looking is None:
            self._looking = self._store.engine.raw_connection()
            self._connections += 1  # the numbers of another connection say nothing
        row = self._looking.driver_connection.execute("PRAGMA data_version").fetchone()
        return self._connections, row[0]

    def _drop(self) -> None:
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.invalidate()

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._drop()
