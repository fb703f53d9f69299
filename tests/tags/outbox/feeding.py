"""Changes written as the book of profiles writes them, for tests of what follows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from features import counters
from tags.profile.tables import Change

BODY = {
    "value": None,
    "source": "rule",
    "source_version": "1",
    "tag_version": 1,
    "confidence": None,
    "until": None,
    "because": "said",
}


def write_changes(connection: Connection, tags: Sequence[str], *, at: datetime, customer: str = "c1") -> None:
    """One change for each tag, in their order, with the next numbers."""
    last = counters.advance(connection, "tag_changes", len(tags))
    rows: list[dict[str, Any]] = [
        {
            "seq": last - len(tags) + 1 + place,
            "customer_id": customer,
            "tag": tag,
            "change": "added",
            "at": at,
            "claim": None,
            "body": BODY,
        }
        for place, tag in enumerate(tags)
    ]
    connection.execute(insert(Change), rows)
