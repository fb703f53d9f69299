"""The replay itself: day by day events come in and people review, and at the end of a week models are looked after."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pyarrow as pa

from core.settings import Settings
from core.storage import Store
from serving.keys import Scope, create_key
from serving.tagging.refreshing import refresh
from tagloop.replaying.asked import DAYS_A_WEEK, Asked
from tagloop.replaying.finished import finished_of, keep
from tagloop.replaying.held_back import HeldBack
from tagloop.replaying.nights import Night, nightly
from tagloop.replaying.record import Record
from tagloop.replaying.reviewers import Reviewer
from tagloop.replaying.server import Caller, serving
from tagloop.replaying.till import Till, ask, parted
from tagloop.replaying.truth import Truth
from tagloop.replaying.weeks import Week
from tags.catalogue.store import read_taxonomy
from tags.taxonomy import Taxonomy

NOON = timedelta(hours=12)
DECISIONS_A_DAY = 1_000
"""More than anybody is asked for: the tasks of a day end the reviewers' work."""


@dataclass(eq=False)
class Replay:
    """A home that is made, trained and about to be lived in again.

    Attributes:
        asked: The frame.
        settings: Of the replay's home.
        store: Of the replay's home.
        held_back: What is sent.
        truth: What turned out in the home that is replayed.
    """

    asked: Asked
    settings: Settings
    store: Store
    held_back: HeldBack
    truth: Truth
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        self.record = Record(self.settings, self.store, self.truth, self.asked)

    @property
    def taxonomy(self) -> Taxonomy:
        """The tags of the replay's home."""
        with self.store.read() as connection:
            found = read_taxonomy(connection)
        if found is None:
            raise RuntimeError("a replay's home has definitions from its beginning on")
        return found

    def run(self, each_week: Callable[[Week], None]) -> list[Week]:
        """Live through all days; the weeks, each kept in the home and given to `each_week` as it ends."""
        with ExitStack() as stack:
            port = stack.enter_context(serving(self.settings))
            desk = self._desk(port, stack)
            weeks: list[Week] = []
            days = self._days()
            for number in range(self.asked.days):
                started = time.monotonic()
                self._day(number, next(days), desk)
                if (number + 1) % DAYS_A_WEEK == 0 or number + 1 == self.asked.days:
                    weeks.append(self._end_week(number + 1))
                    keep(self.settings.home, finished_of(self.asked, weeks))
                    each_week(weeks[-1])
                self._keep_pace(started)
        return weeks

    def key_for_people(self) -> str:
        """A key with all scopes, for whoever looks at the home afterwards."""
        with self.store.write() as connection:
            return create_key(connection, "demo", list(Scope), now=self.settings.make_clock().now()).token

    def _desk(self, port: int, stack: ExitStack) -> "_Desk":
        """The callers with their keys: the tills, the CRM, the reviewers."""

        def caller(name: str, scopes: Sequence[Scope]) -> Caller:
            with self.store.write() as connection:
                key = create_key(connection, name, scopes, now=self.settings.make_clock().now())
            found = Caller(port, key.token)
            stack.callback(found.close)
            return found

        names = [f"reviewer-{number + 1}" for number in range(self.asked.reviewers)]
        reviewers = [
            Reviewer(name, caller(name, [Scope.REVIEW]), self.truth, self.asked.accuracy, self.asked.seed)
            for name in names
        ]
        till = Till(caller("till", [Scope.EVENTS]), self.settings.stepped_clock)
        return _Desk(till, caller("crm", [Scope.PREDICT]), reviewers)

    def _days(self) -> Iterator[pa.Table]:
        """Each day's events as the source sends them, a week of them read at once."""
        for first in range(0, self.asked.days, DAYS_A_WEEK):
            after = min(first + DAYS_A_WEEK, self.asked.days)
            begins = [self.asked.day(number) for number in range(first, after)]
            events = self.held_back.known_within(begins[0], self.asked.day(after))
            for day, part in zip(begins, parted(events, begins[1:]), strict=True):
                yield self.asked.sent(day, part)

    def _day(self, number: int, events: pa.Table, desk: "_Desk") -> None:
        begins = self.asked.day(number)
        clock = self.settings.stepped_clock
        clock.set_to(begins)
        refresh(self.settings, self.store, clock)
        self.record.note_suggestions(begins)
        morning, afternoon = parted(events, [begins + NOON])
        taken = desk.till.send(morning)
        clock.set_to(begins + NOON)
        given: Counter[str] = Counter()
        for reviewer in desk.reviewers:
            given += reviewer.work(DECISIONS_A_DAY)
        taken += desk.till.send(afternoon)
        ask(desk.crm, self.record.active(number % DAYS_A_WEEK, DAYS_A_WEEK))
        self.record.note_day(taken, given)

    def _end_week(self, days: int) -> Week:
        """Close the week at the midnight after its last day: look after models and labels, and sum it up."""
        now = self.asked.day(days)
        self.settings.stepped_clock.set_to(now)
        night: Night = nightly(self.settings, self.store, self.taxonomy, now)
        return self.record.end_week(now, night, self.taxonomy)

    def _keep_pace(self, started: float) -> None:
        if self.asked.days_a_minute is not None:
            time.sleep(max(0.0, 60.0 / self.asked.days_a_minute - (time.monotonic() - started)))


@dataclass(frozen=True)
class _Desk:
    """Who calls the server."""

    till: Till
    crm: Caller
    reviewers: Sequence[Reviewer]
