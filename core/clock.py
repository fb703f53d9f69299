"""The one place that reads the wall clock: live, fixed, offset, or set by hand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from core.errors import InvalidInputError, UnavailableError


class Clock(Protocol):
    """Tells what time it is in the shop."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


@dataclass(frozen=True)
class OffsetClock:
    """Runs at normal speed, shifted by a constant; a shift of zero is the live clock.

    A historical data set is served as if live by starting the clock where its data ends.
    """

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC) + self.offset


@dataclass(frozen=True)
class FixedClock:
    """Always tells the same instant.

    >>> FixedClock(datetime(2017, 11, 1, tzinfo=UTC)).now().isoformat()
    '2017-11-01T00:00:00+00:00'
    """

    instant: datetime

    def now(self) -> datetime:
        """The instant it was fixed at, in UTC."""
        return self.instant.astimezone(UTC)


@dataclass(frozen=True)
class SteppedClock:
    """Tells the instant that its file names: a replay sets it, and every process of the home follows.

    It stands still between two steps.
    """

    file: Path

    def now(self) -> datetime:
        """The instant that the file names, in UTC.

        Raises:
            UnavailableError: The file is gone, or names none.
        """
        try:
            return datetime.fromisoformat(self.file.read_text(encoding="ascii")).astimezone(UTC)
        except (OSError, ValueError):
            raise UnavailableError(
                "The clock in {file} cannot be read: set clock in tagloop.toml to live, or replay anew",
                file=self.file,
            ) from None

    def set_to(self, instant: datetime) -> None:
        """Step to an instant; whoever reads meanwhile sees the one or the other.

        Raises:
            InvalidInputError: It lies before what the clock says: nothing here could follow.
        """
        if self.file.exists() and instant < self.now():
            raise InvalidInputError(
                "clock: {instant} lies before {now}; a clock runs forward only",
                instant=instant.isoformat(),
                now=self.now().isoformat(),
            )
        new = self.file.with_name(f"{self.file.name}.new")
        new.write_text(instant.astimezone(UTC).isoformat(), encoding="ascii")
        new.replace(self.file)


def offset_starting_at(instant: datetime) -> timedelta:
    """The offset with which a clock tells `instant` right now."""
    return instant - datetime.now(UTC)


def parse_instant(text: str, zone: ZoneInfo, *, field: str) -> datetime:
    """An aware instant from ISO 8601; a naive time, or a date (its midnight), is in the shop's zone.

    Raises:
        InvalidInputError: The text is no ISO date or time.

    >>> parse_instant("2017-11-01", ZoneInfo("America/New_York"), field="as_of").isoformat()
    '2017-11-01T00:00:00-04:00'
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(
            "{field}: expected a date or time in ISO 8601 such as 2017-11-01 or 2017-11-01T09:30:00Z, got {got}",
            field=field,
            got=repr(text),
        ) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins.

    >>> midnight(date(2017, 11, 1), ZoneInfo("America/New_York")).isoformat()
    '2017-11-01T00:00:00-04:00'
    """
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def add_days(instant: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same local time some calendar days later, so a day with a clock change still counts as one.

    >>> start = datetime(2017, 11, 1, tzinfo=ZoneInfo("America/New_York"))
    >>> add_days(start, 30, ZoneInfo("America/New_York")).isoformat()
    '2017-12-01T00:00:00-05:00'
    """
    local = instant.astimezone(zone)
    return (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=zone)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(instant: datetime) -> int:
    """Microseconds since 1970 in UTC, exact.

    >>> to_us(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (instant - _EPOCH) // _MICROSECOND


def from_us(instant_us: int) -> datetime:
    """The instant of a number of microseconds since 1970, in UTC."""
    return _EPOCH + instant_us * _MICROSECOND
