"""Customers of whom something changed that models and rules have not looked at since."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, select

from core.storage.bulk import upsert_many
from core.storage.lookup import VALUES_A_STATEMENT, rows_of
from features import counters
from tags.profile.tables import Touched

COUNTER = "touched"
"""A named number of the store that grows with every mark: who has read it knows which marks are newer."""


def mark(connection: Connection, customer_ids: Collection[str]) -> None:
    """Note that those customers have to be looked at again, from the end of this transaction on."""
    if not customer_ids:
        return
    number = counters.advance(connection, COUNTER)
    upsert_many(connection, Touched, ("customer_id", "number"), [(name, number) for name in customer_ids])


def touched(connection: Connection, most: int) -> list[str]:
    """Some of the customers with a mark, those who wait longest first."""
    return list(
        connection.scalars(
            select(Touched.customer_id).order_by(Touched.number, Touched.customer_id).limit(most)
        )
    )


def touched_since(connection: Connection, customer_ids: Collection[str], number: int) -> set[str]:
    """Which of those customers got a mark after the counter had that value."""
    query = select(Touched.customer_id).where(Touched.number > number)
    return {row[0] for row in rows_of(connection, query, Touched.customer_id, customer_ids)}


def forget(connection: Connection, customer_ids: Sequence[str], number: int) -> None:
    """Take the marks of customers who were looked at as they were when the counter had that value."""
    for start in range(0, len(customer_ids), VALUES_A_STATEMENT):
        some = customer_ids[start : start + VALUES_A_STATEMENT]
        connection.execute(delete(Touched).where(Touched.customer_id.in_(some), Touched.number <= number))
