"""What the models say of everybody now, kept so that people can be asked about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from core.storage.upsert import upsert
from review.tables import Suggestion

CUSTOMERS_A_STATEMENT = 500


@dataclass(frozen=True)
class Suggested:
    """One tag that a model suggests for one customer; see `review.tables.Suggestion`."""

    customer_id: str
    tag: str
    confidence: float
    decision: str
    spend: float
    model: str
    as_of: datetime


def keep_suggestions(
    connection: Connection, customer_ids: Sequence[str], suggestions: Sequence[Suggested]
) -> None:
    """Put all that is suggested of those customers in the place of what was suggested of them before."""
    there = {(one.customer_id, one.tag) for one in suggestions}
    for start in range(0, len(customer_ids), CUSTOMERS_A_STATEMENT):
        some = list(customer_ids[start : start + CUSTOMERS_A_STATEMENT])
        known = connection.execute(
            select(Suggestion.customer_id, Suggestion.tag).where(Suggestion.customer_id.in_(some))
        )
        gone = [row for row in known if row not in there]
        for customer_id, tag in gone:
            connection.execute(
                delete(Suggestion).where(Suggestion.customer_id == customer_id, Suggestion.tag == tag)
            )
    upsert(connection, Suggestion, [vars(one) for one in suggestions])


def read_suggestions(connection: Connection) -> list[Suggested]:
    """Everything that is suggested, by customer and tag."""
    table = Suggestion.__table__
    columns = [table.c[name] for name in Suggested.__dataclass_fields__]
    rows = connection.execute(select(*columns).order_by(table.c.customer_id, table.c.tag))
    return [Suggested(*row) for row in rows]
