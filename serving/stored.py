"""All that an answer about a stored customer is made from, besides the models and the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from features.stored_customers import StoredCustomer, read_customers
from features.stored_histories import known_customers
from review.decisions import Standing
from review.words import read_words


@dataclass(frozen=True)
class Stored:
    """One customer as stored, what people say of its tags, and whether it exists where it has no events."""

    customer: StoredCustomer
    decisions: tuple[Standing, ...] = ()
    is_told_of: bool = False

    @property
    def version(self) -> tuple[object, ...]:
        """Small, and equal for equal values alone."""
        return self.customer.version, self.decisions, self.is_told_of

    def decisions_same_until(self, now: datetime) -> datetime | None:
        """Up to when no decision begins or ends to govern; None for ever."""
        instants = [
            at for one in self.decisions for at in (one.as_of, one.decided_at, one.holds_until) if at > now
        ]
        return min(instants, default=None)


def read_stored(connection: Connection, names: Sequence[str]) -> list[Stored]:
    """What is known of the customers, live events included, in their order."""
    customers = read_customers(connection, names)
    silent = [one.customer_id for one in customers if not one.has_events]
    told_of = known_customers(connection, silent) if silent else set()
    decisions = read_words(connection, names)
    return [
        Stored(one, tuple(decisions.get(one.customer_id, ())), one.customer_id in told_of)
        for one in customers
    ]
