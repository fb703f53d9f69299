"""How often answers named each tag: counted by day and way of asking."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, bindparam, func, select, update

from core.storage.upsert import insert_new, table_of
from tags.catalogue.tables import TagUse

COUNTING = ""
"""In the place of a tag: a row of a day on which a server counted, even if nothing was asked for."""


class Way(StrEnum):
    """How a tag was asked for."""

    FOUND = "found"  # customers were looked for, counted or written out by it
    SHOWN = "shown"  # it was on a profile that was read
    SENT = "sent"  # a change of it was taken by another system


@dataclass(frozen=True)
class Uses:
    """Answers by tag and way, and on how many days they were counted."""

    by_tag: Mapping[str, Mapping[str, int]]
    counted_days: int


def add_uses(connection: Connection, day: date, counts: Mapping[tuple[str, Way], int]) -> None:
    """Add to what was counted on a local day."""
    rows = [{"tag": tag, "day": day, "way": way.value, "uses": 0} for tag, way in sorted(counts)]
    insert_new(connection, TagUse, [{"tag": COUNTING, "day": day, "way": COUNTING, "uses": 0}, *rows])
    added = [{"of": tag, "by": way.value, "n": n} for (tag, way), n in sorted(counts.items())]
    if added:
        here = TagUse.tag == bindparam("of"), TagUse.day == day, TagUse.way == bindparam("by")
        connection.execute(
            update(table_of(TagUse)).where(*here).values(uses=TagUse.uses + bindparam("n")), added
        )


def read_uses(connection: Connection, since: date) -> Uses:
    """What was counted from that local day on."""
    counted = select(TagUse.tag, TagUse.way, func.sum(TagUse.uses)).where(TagUse.day >= since)
    found: dict[str, dict[str, int]] = {}
    for tag, way, n in connection.execute(
        counted.where(TagUse.tag != COUNTING).group_by(TagUse.tag, TagUse.way)
    ):
        found.setdefault(tag, {})[way] = int(n)
    days = select(func.count()).where(TagUse.tag == COUNTING, TagUse.day >= since)
    return Uses(found, connection.execute(days).scalar_one())
