"""What the clock alone does to profiles: waits that are over, days of the year that are near, tags that lapse."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, bindparam, literal, select

from core.storage import Store
from core.storage.base import Instant
from features import counters
from features.stored_customers import read_customers
from tags.profile.book import CHANGES, put
from tags.profile.book import tick as end_claims
from tags.profile.reading import computed
from tags.profile.tables import ClaimRow
from tags.settled import settle_dependents
from tags.triggers import due
from tags.triggers.days import Unread, follow_days
from tags.triggers.following import follow_behind, waits_to_be_followed
from tags.triggers.giving import Giver
from tags.triggers.stamps import put_stamp
from tags.triggers.tables import Due
from tags.triggers.waiting import going_on
from tags.workings import Workings

CUSTOMERS_AT_ONCE = 200
"""So that a call that brings events never waits long for its turn to write."""

TIMERS = "timers"
"""The part of the profiles (`tags_computed`) that says through when waits and ends are worked out."""

STAMP_SECONDS = 60
"""How often an idle server says that it has looked."""


CHANGES_AT_ONCE = 2_000

_NOW = bindparam("now", type_=Instant())
_DUE = select(literal(1)).select_from(Due).where(Due.due_at <= _NOW).limit(1)
_ENDED = (
    select(literal(1))
    .select_from(ClaimRow)
    .where(ClaimRow.ended_at.is_(None), ClaimRow.holds_until <= _NOW)
    .limit(1)
)


@dataclass(frozen=True)
class Ticked:
    """What a look at the clock did.

    Attributes:
        given: Tags given after a wait.
        called_off: Waits that were over and whose customers had done meanwhile what calls them off.
        ended: Claims whose time had passed.
        days: Tags given for days of the year that are near.
        moves: Tags given for moves between tiers.
        unread: By tag how many customers have a value that is no day of the year, with some of them.
    """

    given: int = 0
    called_off: int = 0
    ended: int = 0
    days: int = 0
    moves: int = 0
    unread: tuple[Unread, ...] = ()


def tick(store: Store, workings: Workings, now: Callable[[], datetime]) -> Ticked:
    """Do all that the clock's passing asks for; nothing is written where nothing is due.

    Each part works through its customers some hundreds at a time, each time in a transaction of its own, so it may be
    interrupted anywhere: what is left over is done by the next look, by this process or another.
    """
    return _Tick(store, workings, now).run()


class _Tick:
    """One look at the clock, part by part."""

    def __init__(self, store: Store, workings: Workings, now: Callable[[], datetime]) -> None:
        self._store = store
        self._workings = workings
        self._now = now

    def run(self) -> Ticked:
        """All parts; ends come first, so that what has lapsed is gone before anything is built on it."""
        looked_at = self._now()
        ended = self._ends()
        given, called_off = self._waits()
        days = follow_days(self._store, self._workings, self._now())
        moves = self._moves()
        self._stamp(looked_at, did_something=bool(ended or given or called_off))
        return Ticked(given, called_off, ended, days.given, moves, days.unread)

    def _ends(self) -> int:
        """End the claims whose time has passed; how many."""
        ended = 0
        while self._is_there(_ENDED, self._now()):
            now = self._now()
            with self._store.write() as connection:
                last = counters.value(connection, CHANGES)
                done = end_claims(
                    connection, taxonomy=self._workings.taxonomy, now=now, most=CUSTOMERS_AT_ONCE
                )
                settle_dependents(connection, self._workings, last, now)
            ended += done.ended
        return ended

    def _waits(self) -> tuple[int, int]:
        """Give the tags whose waits are over; how many, and how many waits were called off unnoticed."""
        given = called_off = 0
        while self._is_there(_DUE, self._now()):
            with self._store.write() as connection:
                some, off = self._give_some(connection, self._now())
            given, called_off = given + some, called_off + off
        return given, called_off

    def _give_some(self, connection: Connection, now: datetime) -> tuple[int, int]:
        workings = self._workings
        waits = due.due_by(connection, now, most=CUSTOMERS_AT_ONCE)
        names = list(dict.fromkeys(wait.customer_id for wait in waits))
        # A file may have brought meanwhile what calls a wait off: events of files are not looked at when they come.
        histories = workings.features.histories(read_customers(connection, names))
        left = going_on(waits, workings.triggers.waiting, histories)
        giver = Giver(workings.taxonomy, workings.zone, now)
        claims = [claim for wait in left if (claim := giver.after(wait)) is not None]
        last = counters.value(connection, CHANGES)
        put(connection, claims, taxonomy=workings.taxonomy, now=now)
        due.replace(connection, waits, ())
        settle_dependents(connection, workings, last, now)
        return len(claims), len(waits) - len(left)

    def _moves(self) -> int:
        """Give the tags of moves that no event has brought about; how many tags."""
        if not self._workings.triggers.moves:
            return 0
        with self._store.read() as connection:
            if not waits_to_be_followed(connection, self._workings.triggers):
                return 0
        moves, now = 0, self._now()
        while True:
            with self._store.write() as connection:
                giver = Giver(self._workings.taxonomy, self._workings.zone, now)
                last = counters.value(connection, CHANGES)
                found = follow_behind(connection, self._workings.triggers, giver, most=CHANGES_AT_ONCE)
                settle_dependents(connection, self._workings, last, now)
            moves += found.moves
            if found.is_all:
                return moves

    def _is_there(self, query: Select[int], now: datetime) -> bool:
        with self._store.read() as connection:
            return connection.scalar(query, {"now": now}) is not None

    def _stamp(self, looked_at: datetime, *, did_something: bool) -> None:
        """Say through when waits and ends are worked out, now that their rows are committed."""
        with self._store.read() as connection:
            stamp = computed(connection).get(TIMERS)
        age = None if stamp is None else (looked_at - stamp.through).total_seconds()
        if age is None or age >= STAMP_SECONDS or (did_something and age > 0):
            version = self._workings.taxonomy.version
            with self._store.write() as connection:
                put_stamp(connection, TIMERS, looked_at, version, self._now())
