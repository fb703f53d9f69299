"""Opens the operational store and begins its transactions, on SQLite and PostgreSQL alike."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import UnavailableError
from core.settings import Settings
from core.storage.migrate import upgrade

WRITE_WAIT_SECONDS = 30


class Store:
    """One operational store: `read()` and `write()` give connections inside a transaction.

    A write transaction on SQLite takes the lock when it begins (BEGIN IMMEDIATE): the default takes it at the
    first write and then fails at once if another writer came between.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent state; whatever it changed is rolled back."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                # PostgreSQL's default shows each statement a newer state than the one before.
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose changes are all kept when the block ends, or none if it raises."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_store(settings: Settings, *, migrate: bool = True) -> Store:
    """The store that the settings name, brought to the newest schema first unless told otherwise.

    Raises:
        UnavailableError: The database does not answer, or is none.
        NotReadyError: It was written by a newer version of the program.
    """
    try:
        engine = _engine(make_url(settings.store_url))
        if migrate:
            upgrade(engine)
    except (SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
        raise UnavailableError(
            "The store cannot be opened: {problem}. Look at TAGLOOP_HOME and TAGLOOP_DATABASE_URL",
            problem=_first_line(error),
        ) from error
    return Store(engine)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite" or not url.database:
        return create_engine(url, pool_pre_ping=True)
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": WRITE_WAIT_SECONDS, "check_same_thread": False})
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _first_line(error: Exception) -> str:
    """What the driver said, without SQLAlchemy's remarks; of a URL's fault nothing that holds a password."""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return said.splitlines()[0].rstrip(".")


def _configure_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: Store says when, and of which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
