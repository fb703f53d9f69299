"""Brings a store's schema to the newest version with Alembic.

Whether there is anything to do is told without it: Alembic takes longer to import than a short command to run.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect

from core.errors import NotReadyError

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"


def upgrade(engine: Engine) -> None:
    """Run the migrations that the store lacks, all in one transaction; two processes at once take turns.

    Raises:
        NotReadyError: The store was written by a newer version of the program.
    """
    with engine.connect() as connection:
        if _is_newest(connection):
            return
    from alembic import command  # noqa: PLC0415 (a store that is up to date has no use for it)

    with engine.connect() as connection:
        _lock(connection)
        command.upgrade(_config(connection), "head")
        connection.commit()


def check_schema(connection: Connection) -> None:
    """Say nothing when the store has the newest schema; change nothing.

    Raises:
        NotReadyError: It has an older or newer one, or none.
    """
    if not _is_newest(connection):
        raise NotReadyError(
            "The store is empty or of an earlier version: the next command that uses it brings it up to date"
        )


def _is_newest(connection: Connection) -> bool:
    known, current = revisions(), _current(connection)
    if current is not None and current not in known:
        raise NotReadyError(
            "The store's schema {current} is unknown to this version: update Tagloop, or use another home",
            current=current,
        )
    return current == known[-1]


def revisions() -> list[str]:
    """The revisions, oldest first: each file's name begins with its own, and they are in one line."""
    return sorted(file.name.partition("_")[0] for file in (SCRIPTS / "versions").glob("[0-9]*_*.py"))


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608 (our table)


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7214)")


def _config(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 (as above)

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config
