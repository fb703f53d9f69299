"""Named numbers of the store that order what writers do."""

from sqlalchemy import Connection, select, update

from core.storage.upsert import insert_new
from features.tables import Counter


def value(connection: Connection, name: str) -> int:
    """The counter's value; 0 before its first use."""
    return connection.scalar(select(Counter.value).where(Counter.name == name)) or 0


def advance(connection: Connection, name: str, by: int = 1) -> int:
    """Add to the counter and give its new value.

    The row stays locked until the transaction ends, so two writers get their numbers in the order in which
    they commit: nobody ever sees number 5 before number 4.
    """
    added = (
        update(Counter).where(Counter.name == name).values(value=Counter.value + by).returning(Counter.value)
    )
    new = connection.scalar(added)
    if new is None:  # its first use
        insert_new(connection, Counter, [{"name": name, "value": 0}])
        new = connection.execute(added).scalar_one()
    return new


def put(connection: Connection, name: str, number: int) -> None:
    """Set the counter."""
    insert_new(connection, Counter, [{"name": name, "value": 0}])
    connection.execute(update(Counter).where(Counter.name == name).values(value=number))
