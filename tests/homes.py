"""Copies of homes that are homes of their own: MLflow keeps whole paths, which have to follow."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path


def copy_home(old: Path, new: Path) -> Path:
    """The folder copied, with MLflow's database, if there is one in it, naming the new place."""
    shutil.copytree(old, new)
    for database in new.rglob("mlflow.db"):
        with closing(sqlite3.connect(database)) as connection, connection:
            for table, column in _texts(connection):
                connection.execute(
                    f'UPDATE "{table}" SET "{column}" = replace("{column}", ?, ?) '  # noqa: S608 (MLflow's own names)
                    f'WHERE "{column}" LIKE ?',
                    (str(old), str(new), f"%{old}/%"),
                )
    return new


def _texts(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [
        (table, column[1])
        for table in tables
        for column in connection.execute(f'PRAGMA table_info("{table}")')
        if column[2].upper().startswith(("VARCHAR", "TEXT"))
    ]
