"""The waits that the store keeps, at most one for each customer and tag."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, tuple_

from core.storage.by_keys import ByKeys, several
from tags.triggers.tables import Due
from tags.triggers.waiting import Wait

KEYS_A_STATEMENT = 1_000

_COLUMNS = (Due.customer_id, Due.tag, Due.tag_version, Due.cause, Due.began_at, Due.due_at, Due.evidence)
_OF_CUSTOMERS = ByKeys(select(*_COLUMNS).where(Due.customer_id.in_(several())))


def waits_of(connection: Connection, customer_ids: Sequence[str]) -> list[Wait]:
    """The waits of those customers."""
    return [Wait(*row) for row in _OF_CUSTOMERS.rows(connection, customer_ids)]


def due_by(connection: Connection, now: datetime, *, most: int) -> list[Wait]:
    """Those whose time has come, the longest due first, at most so many."""
    query = (
        select(*_COLUMNS).where(Due.due_at <= now).order_by(Due.due_at, Due.customer_id, Due.tag).limit(most)
    )
    return [Wait(*row) for row in connection.execute(query)]


def replace(connection: Connection, before: Iterable[Wait], after: Iterable[Wait]) -> None:
    """Make the waits `before`, which the store keeps, into those `after`; what is in both stays as it is."""
    old, new = {_key(wait): wait for wait in before}, {_key(wait): wait for wait in after}
    gone = [key for key, wait in old.items() if new.get(key) != wait]
    for begin in range(0, len(gone), KEYS_A_STATEMENT):
        some = gone[begin : begin + KEYS_A_STATEMENT]
        connection.execute(delete(Due).where(tuple_(Due.customer_id, Due.tag, Due.cause).in_(some)))
    begun = [_row(wait) for key, wait in new.items() if old.get(key) != wait]
    if begun:
        connection.execute(insert(Due), begun)


def _key(wait: Wait) -> tuple[str, str, str]:
    return wait.customer_id, wait.tag, wait.cause


def _row(wait: Wait) -> dict[str, object]:
    return {**vars(wait), "evidence": dict(wait.evidence)}
