"""Opens the operational store and begins its transactions, on SQLite and PostgreSQL alike."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import NotReadyError
from core.settings import Settings
from core.storage import sqlite_turn
from core.storage.faults import explain, explain_opening
from core.storage.migrate import upgrade

WRITERS_TURN = 7215  # the advisory lock of whoever writes; 7214 is that of the migrations
TURNS = 7216  # the class of the advisory locks that have a name
LONGEST_TURN = 600  # seconds


@dataclass(frozen=True)
class Patience:
    """How many seconds to wait for a connection, for another writer, and for one statement (0: without end)."""

    connect: int
    lock: int
    statement: int

    @property
    def answer(self) -> int:
        """After how many seconds a server that says nothing at all is given up; it ends its statements before."""
        return self.statement + self.connect if self.statement else 0


OF_COMMANDS = Patience(connect=10, lock=60, statement=0)
OF_SERVERS = Patience(connect=3, lock=10, statement=15)
"""A caller would rather hear soon that the store is away."""


class Store:
    """One operational store: `read()` and `write()` give connections inside a transaction.

    Writers take turns on both databases, from the beginning of a transaction to its end: what one has read still
    holds when it writes. On SQLite that is BEGIN IMMEDIATE (the default takes the lock at the first write and
    fails at once if another writer came between), on PostgreSQL an advisory lock.

    Both raise UnavailableError, in words that say what to do, when the database or its disk fails.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent state; whatever it changed is rolled back."""
        with explained(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                # PostgreSQL's default shows each statement a newer state than the one before.
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose changes are all kept when the block ends, or none if it raises."""
        with explained(), self.engine.connect() as connection:
            if self.is_sqlite:
                sqlite_turn.begin(connection)
            else:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_TURN})")
            yield connection
            connection.commit()

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """One process at a time inside blocks of the same name, also on several machines that share the store.

        Take it where a file lock is taken: SQLite is shared on one machine only, and the file lock does there.
        """
        if self.is_sqlite:
            yield
            return
        with explained(), self.engine.connect() as connection:
            # A turn may take long, and so may the wait for it: the transaction that holds it does nothing else.
            for limit in ("lock_timeout", "statement_timeout"):
                connection.exec_driver_sql(f"SET LOCAL {limit} = '{LONGEST_TURN}s'")
            with _waiting_longer(connection, LONGEST_TURN + OF_SERVERS.connect):
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({TURNS}, {_number(name)})")
            yield

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def open_store(settings: Settings, *, migrate: bool = True, patience: Patience = OF_COMMANDS) -> Store:
    """The store that the settings name, brought to the newest schema first unless told otherwise.

    Raises:
        UnavailableError: The database does not answer, or is none.
        NotReadyError: It was written by a newer version of the program.
    """
    try:
        engine = _engine(make_url(settings.store_url), patience)
        if migrate:
            upgrade(engine)
    except (SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
        raise explain_opening(error) from error
    return Store(engine)


def look_into_store(settings: Settings) -> Store:
    """The store as it is, to be read only: nothing is made, brought to a newer schema or changed.

    Raises:
        NotReadyError: There is none yet.
        UnavailableError: The database does not answer, or is none.
    """
    url = make_url(settings.store_url)
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "").absolute()
        if not file.exists():
            raise NotReadyError("There is no store in {file} yet: loading data makes it", file=file)
        # While nobody has it open there is nothing to wait for, and no file is made beside it.
        in_use = file.with_name(f"{file.name}-wal").exists()
        how = {"mode": "ro", "uri": "true"} if in_use else {"mode": "ro", "immutable": "1", "uri": "true"}
        url = url.set(database=file.as_uri()).update_query_dict(how)
    try:
        engine = create_engine(url, hide_parameters=True, connect_args=_options(url, OF_SERVERS))
        engine.connect().close()
    except (SQLAlchemyError, ImportError) as error:
        raise explain_opening(error) from error
    return Store(engine)


@contextmanager
def explained() -> Iterator[None]:
    """What the database or its disk fails with inside the block, in words that say what to do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        known = explain(error)
        if known is None:
            raise
        raise known from error


def _engine(url: URL, patience: Patience) -> Engine:
    if url.get_backend_name() != "sqlite":
        # A connection that broke while it lay idle is noticed and replaced before it is used.
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_timeout=patience.lock,
            connect_args=_options(url, patience),
        )
        _limit_waits(engine, patience)
        return engine
    if not url.database:
        return create_engine(url)
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, hide_parameters=True, connect_args=_options(url, patience))
    event.listen(engine, "connect", _configure_sqlite)
    return engine


def _limit_waits(engine: Engine, patience: Patience) -> None:
    if patience.answer and engine.dialect.driver == "psycopg":
        from core.storage.deadline import limit_waits  # noqa: PLC0415 (needs the driver, which SQLite does not)

        limit_waits(engine, patience.answer, soon=patience.connect)


@contextmanager
def _waiting_longer(connection: Connection, seconds: float) -> Iterator[None]:
    if connection.dialect.driver != "psycopg":
        yield
        return
    from core.storage.deadline import waiting_longer  # noqa: PLC0415 (as above)

    with waiting_longer(connection, seconds):
        yield


def _options(url: URL, patience: Patience) -> dict[str, Any]:
    """What the driver is told, except what the URL itself says."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": patience.lock, "check_same_thread": False}
    # The answer to a packet that was lost is waited for no longer than for a connection.
    own = {
        "connect_timeout": patience.connect,
        "tcp_user_timeout": patience.connect * 1000,
        "keepalives_idle": patience.connect,
        "options": f"-c lock_timeout={patience.lock}s -c statement_timeout={patience.statement}s",
    }
    return {name: value for name, value in own.items() if name not in url.query}


def _number(name: str) -> int:
    """A name as the number of an advisory lock, which is a signed 32-bit one."""
    return crc32(name.encode()) - 2**31


def _configure_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: Store says when, and of which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
