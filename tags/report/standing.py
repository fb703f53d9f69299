"""Who carries what now: how many by source, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from tags.audience.reading import holds_at
from tags.profile.tables import ClaimRow, Span
from tags.report.quality import Age

OLDEST = 0.9  # the tenth that has carried a tag longest begins here


@dataclass
class Standing:
    """One tag as it is carried now; `began` is how many began to carry it on each day (UTC)."""

    by_source: dict[str, int] = field(default_factory=dict)
    began: dict[date, int] = field(default_factory=dict)

    @property
    def customers(self) -> int:
        """How many carry it."""
        return sum(self.by_source.values())

    def age(self, now: datetime) -> Age | None:
        """For how long they have carried it; None where nobody does."""
        if not self.began:
            return None
        ages = sorted(((now.date() - day).days, n) for day, n in self.began.items())
        return Age(_reached(ages, 0.5), _reached(ages, OLDEST))


def read_standing(connection: Connection, now: datetime) -> Mapping[str, Standing]:
    """By tag who carries it at an instant."""
    found: dict[str, Standing] = {}
    sources = (
        select(Span.tag, ClaimRow.source, func.count())
        .join(ClaimRow, ClaimRow.seq == Span.claim)
        .where(holds_at(now))
        .group_by(Span.tag, ClaimRow.source)
    )
    for tag, source, n in connection.execute(sources):
        found.setdefault(tag, Standing()).by_source[source] = n
    day = func.date(Span.began_at)
    days = select(Span.tag, day, func.count()).where(holds_at(now)).group_by(Span.tag, day)
    for tag, began, n in connection.execute(days):
        found.setdefault(tag, Standing()).began[_as_date(began)] = n
    return found


def first_carried(connection: Connection) -> dict[str, datetime]:
    """By tag when anybody first carried it."""
    rows = connection.execute(select(Span.tag, func.min(Span.began_at)).group_by(Span.tag))
    return {row[0]: row[1] for row in rows}


def _reached(ages: list[tuple[int, int]], share: float) -> float:
    """The age that this share of the carriers do not exceed."""
    wanted, passed = share * sum(n for _, n in ages), 0
    for days, n in ages:
        passed += n
        if passed >= wanted:
            return float(days)
    return float(ages[-1][0])


def _as_date(value: object) -> date:
    """SQLite gives text, PostgreSQL a date."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))
