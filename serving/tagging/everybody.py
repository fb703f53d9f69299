"""All customers of a store, in the pieces in which they are worked out."""

from collections.abc import Iterator

from sqlalchemy import select, union

from core.storage import Store
from features.tables import Attribute, Customer

CUSTOMERS_AT_ONCE = 256


def everybody(store: Store) -> Iterator[list[str]]:
    """All customers that had an event or of whom a fact is known, some hundred at a time, by their ids."""
    last = ""
    while True:
        names = union(
            select(Customer.customer_id.label("name"))
            .where(Customer.customer_id > last)
            .order_by(Customer.customer_id)
            .limit(CUSTOMERS_AT_ONCE)
            .subquery()
            .select(),
            select(Attribute.customer_id.label("name"))
            .where(Attribute.customer_id > last)
            .distinct()
            .order_by(Attribute.customer_id)
            .limit(CUSTOMERS_AT_ONCE)
            .subquery()
            .select(),
        ).subquery()
        query = select(names.c.name).order_by(names.c.name).limit(CUSTOMERS_AT_ONCE)
        with store.read() as connection:
            found = list(connection.scalars(query))
        if not found:
            return
        yield found
        last = found[-1]
