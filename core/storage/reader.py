"""A connection that stays open for reads which come often."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from core.storage.engine import Store, explained


class Reader:
    """Reads as `Store.read()` does, on SQLite over one connection that stays open.

    Taking a connection from the pool, beginning and giving it back costs ten times what SQLite itself needs for a
    transaction. Whoever comes while the connection is in use, and everybody on PostgreSQL, gets one of the pool's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = Lock()
        self._connection: Connection | None = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent state; whatever it changed is rolled back.

        Raises:
            UnavailableError: The database or its disk fails.
        """
        if not (self._store.is_sqlite and self._lock.acquire(blocking=False)):
            with self._store.read() as connection:
                yield connection
            return
        try:
            with explained():
                yield from self._inside()
        finally:
            self._lock.release()

    def _inside(self) -> Iterator[Connection]:
        connection = self._connection or self._store.engine.connect()
        self._connection = None  # if anything fails, the next one begins with a new one
        try:
            raw: Any = connection.connection.driver_connection
            raw.execute("BEGIN")
            yield connection
            connection.rollback()  # what SQLAlchemy began
            if raw.in_transaction:
                raw.execute("ROLLBACK")
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
