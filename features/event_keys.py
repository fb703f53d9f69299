"""Which live events were ever accepted, by key and content: so an id means one event, at any time."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy import Connection, select

from core.ids import stable_key
from core.storage.plain import rows_of_plain
from features.contract import Event
from features.records import to_payload
from features.tables import EventKey

KEYS_A_STATEMENT = 1_000
_MONEY = ("amount", "discount")


def content_key(event: Event) -> int:
    """A 64-bit key of what the event says; when it was received may differ, and 5.0 is 5.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2024, 1, 1, tzinfo=UTC)
    >>> one = Event("e1", "ann", at, at, "purchase", amount=Decimal("5.0"))
    >>> content_key(one) == content_key(Event("e1", "ann", at, datetime.now(UTC), "purchase", amount=Decimal(5)))
    True
    """
    said = to_payload(event)
    del said["received_at"]
    for name in _MONEY:
        if name in said:
            said[name] = _plain(said[name])
    return stable_key(json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def claim(connection: Connection, contents: Mapping[int, int]) -> tuple[set[int], set[int]]:
    """Take the keys that are free; gives those, and the taken ones that stand for another content.

    The keys are inserted before anything is looked up, in one order: of two calls at once that bring the same
    key, the second waits for the first and then finds it taken.
    """
    fresh: set[int] = set()
    wrong: set[int] = set()
    in_order = sorted(contents)
    for start in range(0, len(in_order), KEYS_A_STATEMENT):
        keys = in_order[start : start + KEYS_A_STATEMENT]
        new = _insert(connection, keys, contents)
        fresh |= new
        old = [key for key in keys if key not in new]
        if old:
            known = select(EventKey.event_key, EventKey.content).where(EventKey.event_key.in_(old))
            wrong |= {key for key, content in connection.execute(known) if content != contents[key]}
    return fresh, wrong


def _insert(connection: Connection, keys: Sequence[int], contents: Mapping[int, int]) -> set[int]:
    """Insert those of the keys that are not there; which they were."""
    marks = ", ".join(["(?, ?)"] * len(keys))
    sql = f"INSERT INTO event_keys (event_key, content) VALUES {marks} ON CONFLICT DO NOTHING RETURNING event_key"  # noqa: S608 (marks alone)
    rows = rows_of_plain(connection, sql, [value for key in keys for value in (key, contents[key])])
    return {row[0] for row in rows}


def _plain(amount: str) -> str:
    """The amount without zeros at its end.

    >>> _plain("5.0000"), _plain("100"), _plain("0.5000")
    ('5', '100', '0.5')
    """
    return f"{Decimal(amount).normalize() + 0:f}"
