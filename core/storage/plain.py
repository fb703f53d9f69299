"""Small statements at the driver's own speed: SQLAlchemy's steps take several times as long as the database's."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError


def rows_of_plain(connection: Connection, sql: str, values: Sequence[Any]) -> list[Any]:
    """The rows that a statement gives, inside the connection's transaction; none for one that gives no rows.

    `sql` is our own, with `?` for each of the values, which the driver has to take as they are: texts and numbers.
    """
    if connection.dialect.name != "sqlite":
        sql = sql.replace("?", "%s")
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, tuple(values))
        return list(cursor.fetchall()) if cursor.description else []
    except connection.dialect.loaded_dbapi.Error as error:
        raise OperationalError(sql, None, error) from error
    finally:
        cursor.close()
