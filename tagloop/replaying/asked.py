"""What a replay is asked for, checked before anything is made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from core.clock import add_days, midnight
from core.errors import InvalidInputError
from tagloop.replaying.breaks import break_of

DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Asked:
    """A replay's frame.

    Attributes:
        began: The local midnight from which on events are sent; the models before were trained until then.
        ends: The local midnight at which it ends.
        zone: The shop's.
        reviewers: How many people decide.
        accuracy: How likely each answer is right.
        seed: Of their errors.
        days_a_minute: How fast it goes at most; None for as fast as it can.
        share: Of the customers, those who take part.
        broken: What is planted, if anything.
        breaks_at: From when on.
    """

    began: datetime
    ends: datetime
    zone: ZoneInfo
    reviewers: int = 2
    accuracy: float = 0.95
    seed: int = 0
    days_a_minute: float | None = None
    share: float = 1.0
    broken: str | None = None
    breaks_at: datetime | None = None

    @property
    def days(self) -> int:
        """How many days are replayed."""
        return (self.ends.astimezone(self.zone).date() - self.began.astimezone(self.zone).date()).days

    def day(self, number: int) -> datetime:
        """When the day of that number begins, 0 the first."""
        return add_days(self.began, number, self.zone)

    def is_broken(self, day: datetime) -> bool:
        """Whether the source is broken on the day that begins then."""
        return self.broken is not None and self.breaks_at is not None and day >= self.breaks_at

    def sent(self, day: datetime, events: pa.Table) -> pa.Table:
        """What the source sends of the events of the day that begins then."""
        return break_of(self.broken)(events) if self.broken and self.is_broken(day) else events


def checked(asked: Asked, data_ends: datetime) -> Asked:
    """The frame, with the break put half-way where nobody said when.

    Raises:
        InvalidInputError: An option is wrong; it is named.
    """
    if asked.began >= asked.ends:
        raise InvalidInputError(
            "--from, --until: expected a first day before the last, got {began} and {ends}",
            began=asked.began.date(),
            ends=asked.ends.date(),
        )
    if asked.began >= data_ends:
        raise InvalidInputError(
            "--from: the data of this home ends on {day}; name an earlier day, and what came from then on is replayed",
            day=(data_ends - timedelta(microseconds=1)).astimezone(asked.zone).date(),
        )
    if asked.broken is None:
        return asked
    break_of(asked.broken)
    half_way = midnight(asked.day(asked.days // 2).date(), asked.zone)
    at = asked.breaks_at or half_way
    if not asked.began <= at < asked.ends:
        raise InvalidInputError(
            "--break-at: expected a day from {began} to before {ends}, got {at}",
            began=asked.began.date(),
            ends=asked.ends.date(),
            at=at.date(),
        )
    return Asked(**{**vars(asked), "breaks_at": at})
