"""The waits that the store keeps, at most one for each customer and tag."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from core.storage.bulk import delete_many, insert_many
from core.storage.by_keys import ByKeys, several
from tags.triggers.tables import Due
from tags.triggers.waiting import Wait

_NAMES = ("customer_id", "tag", "tag_version", "cause", "began_at", "due_at", "evidence")
_COLUMNS = tuple(getattr(Due, name) for name in _NAMES)
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
    delete_many(connection, Due, [key for key, wait in old.items() if new.get(key) != wait])
    begun = [
        tuple(getattr(wait, name) for name in _NAMES) for key, wait in new.items() if old.get(key) != wait
    ]
    insert_many(connection, Due, _NAMES, begun)


def _key(wait: Wait) -> tuple[str, str, str]:
    return wait.customer_id, wait.tag, wait.cause
