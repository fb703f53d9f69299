"""Brings a store's schema to the newest version with Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from core.errors import NotReadyError

SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Run the migrations that the store lacks, all in one transaction; two processes at once take turns.

    Raises:
        NotReadyError: The store was written by a newer version of the program.
    """
    with engine.connect() as connection:
        if _is_newest(connection):
            return
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
    scripts = ScriptDirectory(str(SCRIPTS))
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise NotReadyError(
            "The store's schema {current} is unknown to this version: update Tagloop, or use another home",
            current=current,
        )
    return current == scripts.get_current_head()


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7214)")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config
