"""Which instants a training learns from and is tested on; never does an outcome lie after what is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

from core.clock import add_days, midnight

TEST_CUTOFFS = 3
DEVELOPMENT_CUTOFFS = 3
MOST_CUTOFFS = 24
"""A model learns from no more than so many, the latest: what was bought ten years ago says little of next month."""

DAYS_OF_HISTORY = 84
"""Before the first cutoff: the longest window that features count over."""


@dataclass(frozen=True)
class Calendar:
    """The shop's zone, the horizon in local days, and the first instant of its data."""

    zone: ZoneInfo
    horizon_days: int
    data_starts: datetime

    def end(self, cutoff: datetime) -> datetime:
        """Where the outcome window of a cutoff ends."""
        return add_days(cutoff, self.horizon_days, self.zone)

    @property
    def days_needed(self) -> int:
        """How many days of data give at least one cutoff to learn from and a later one to test on."""
        return DAYS_OF_HISTORY + 1 + 2 * self.horizon_days  # the first day is not a whole one


@dataclass(frozen=True)
class Plan:
    """The cutoffs of one training until an instant, oldest first.

    Attributes:
        calendar: Of the shop.
        until: Nothing that became known later is looked at.
        grid: What the cutoffs are the starts of: months, weeks or days.
        usable: Every cutoff with enough history whose outcomes are known at `until`.
        tests: The last usable ones that leave one to learn from, on which models are reported; none if the data is
            too short.
        development: The last ones that leave one to learn from and whose outcomes were known at the first test, on
            which models are chosen: what is reported never took part in the choice. None if the data is too short.
    """

    calendar: Calendar
    until: datetime
    grid: str
    usable: tuple[datetime, ...]
    tests: tuple[datetime, ...]
    development: tuple[datetime, ...] = ()

    @property
    def judged(self) -> tuple[datetime, ...]:
        """Every usable cutoff before which there is one to learn from."""
        return tuple(cutoff for cutoff in self.usable if self.calendar.end(self.usable[0]) <= cutoff)

    def before(self, instant: datetime) -> list[datetime]:
        """The cutoffs that a model may learn from at an instant: their outcomes were known by then."""
        return [cutoff for cutoff in self.usable if self.calendar.end(cutoff) <= instant][-MOST_CUTOFFS:]

    @cached_property
    def final(self) -> list[datetime]:
        """The cutoffs that the final model learns from."""
        return self.before(self.until)

    @cached_property
    def cutoffs(self) -> list[datetime]:
        """All cutoffs that rows are needed of."""
        compared = (*self.development, *self.tests)
        return sorted(
            {*self.final, *compared, *(past for cutoff in compared for past in self.before(cutoff))}
        )


def plan_cutoffs(until: datetime, calendar: Calendar) -> Plan:
    """The training's cutoffs: month starts, or where these give too few, week starts or days.

    The coarsest grid with `TEST_CUTOFFS` tests is taken; without one, the grid with the most. Weeks take the place of
    months where only they leave a development cutoff; days do not, being many and much alike.
    """
    plans = [_on(grid, until, calendar) for grid in GRIDS]
    developed = (plan for plan in plans[:-1] if len(plan.tests) == TEST_CUTOFFS and plan.development)
    return next(developed, None) or max(plans, key=lambda plan: len(plan.tests))


def _on(grid: str, until: datetime, calendar: Calendar) -> Plan:
    earliest = add_days(calendar.data_starts, DAYS_OF_HISTORY, calendar.zone)
    latest = add_days(until, -calendar.horizon_days, calendar.zone)
    starts = _starts(GRIDS[grid], earliest, latest, calendar.zone)
    usable = tuple(start for start in starts if calendar.end(start) <= until)
    plan = Plan(calendar, until, grid, usable, tests=())
    tests = plan.judged[-TEST_CUTOFFS:]
    known = [cutoff for cutoff in plan.judged if tests and calendar.end(cutoff) <= tests[0]]
    return replace(plan, tests=tests, development=tuple(known[-DEVELOPMENT_CUTOFFS:]))


def _starts(
    following: Callable[[date], date], first: datetime, last: datetime, zone: ZoneInfo
) -> Iterator[datetime]:
    """Local midnights of the grid from `first` to a day after `last`."""
    day = following(first.astimezone(zone).date() - timedelta(days=1))
    while (start := midnight(day, zone)) <= last + timedelta(days=1):
        if start >= first:
            yield start
        day = following(day)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _next_week(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def _next_day(day: date) -> date:
    return day + timedelta(days=1)


GRIDS: Mapping[str, Callable[[date], date]] = MappingProxyType(
    {"months": _next_month, "weeks": _next_week, "days": _next_day}
)
"""From coarse to fine: the start that follows a day."""
