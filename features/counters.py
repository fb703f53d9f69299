"""Named numbers of the store that order what writers do."""

from sqlalchemy import Connection

from core.storage.plain import rows_of_plain
from core.storage.upsert import insert_new
from features.tables import Counter


def value(connection: Connection, name: str) -> int:
    """The counter's value; 0 before its first use."""
    rows = rows_of_plain(connection, "SELECT value FROM counters WHERE name = ?", (name,))
    return int(rows[0][0]) if rows else 0


def advance(connection: Connection, name: str, by: int = 1) -> int:
    """Add to the counter and give its new value.

    The row stays locked until the transaction ends, so two writers get their numbers in the order in which
    they commit: nobody ever sees number 5 before number 4.
    """
    return _written(
        connection, name, "UPDATE counters SET value = value + ? WHERE name = ? RETURNING value", by
    )


def put(connection: Connection, name: str, number: int) -> None:
    """Set the counter."""
    _written(connection, name, "UPDATE counters SET value = ? WHERE name = ? RETURNING value", number)


def _written(connection: Connection, name: str, sql: str, number: int) -> int:
    rows = rows_of_plain(connection, sql, (number, name))
    if not rows:  # its first use
        insert_new(connection, Counter, [{"name": name, "value": 0}])
        rows = rows_of_plain(connection, sql, (number, name))
    return int(rows[0][0])
