"""What the clock alone does to profiles: waits that are over, days of the year that are near, tags that lapse."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, literal, select

from core.clock import Clock
from core.storage import Store
from core.storage.base import Instant
from features.stored_customers import read_customers
from tags.current import Current
from tags.profile.book import put
from tags.profile.book import tick as end_claims
from tags.profile.reading import computed
from tags.profile.tables import ClaimRow
from tags.settled import Turn, writing
from tags.triggers import due
from tags.triggers.days import Unread, follow_days
from tags.triggers.following import follow_behind, waits_to_be_followed
from tags.triggers.giving import Giver
from tags.triggers.stamps import put_stamp
from tags.triggers.tables import Due
from tags.triggers.waiting import going_on

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


def tick(store: Store, current: Current, clock: Clock) -> Ticked:
    """Do all that the clock's passing asks for; nothing is written where nothing is due.

    Each part works through its customers some hundreds at a time, each time in a transaction of its own, so it may be
    interrupted anywhere: what is left over is done by the next look, by this process or another.
    """
    return _Tick(store, current, clock).run()


class _Tick:
    """One look at the clock, part by part."""

    def __init__(self, store: Store, current: Current, clock: Clock) -> None:
        self._store = store
        self._current = current
        self._clock = clock

    def run(self) -> Ticked:
        """All parts; ends come first, so that what has lapsed is gone before anything is built on it."""
        looked_at, workings = self._clock.now(), self._current.refresh()
        ended = self._ends()
        given, called_off = self._waits()
        days = follow_days(self._store, self._current, self._clock)
        moves = self._moves()
        did_something = bool(ended or given or called_off)
        self._stamp(looked_at, workings.taxonomy.version, did_something=did_something)
        return Ticked(given, called_off, ended, days.given, moves, days.unread)

    def _ends(self) -> int:
        """End the claims whose time has passed; how many."""
        ended = 0
        while self._is_there(_ENDED):
            with self._writing() as turn:
                done = end_claims(
                    turn.connection,
                    taxonomy=turn.workings.taxonomy,
                    now=turn.now,
                    most=CUSTOMERS_AT_ONCE,
                ).ended
            ended += done
            if not done:
                break
        return ended

    def _waits(self) -> tuple[int, int]:
        """Give the tags whose waits are over; how many, and how many waits were called off unnoticed."""
        given = called_off = 0
        while self._is_there(_DUE):
            with self._writing() as turn:
                some, off = _give_some(turn)
            given, called_off = given + some, called_off + off
        return given, called_off

    def _moves(self) -> int:
        """Give the tags of moves that no event has brought about; how many tags."""
        with self._store.read() as connection:
            triggers = self._current.at(connection).triggers
            if not triggers.moves or not waits_to_be_followed(connection, triggers):
                return 0
        moves = 0
        while True:
            with self._writing() as turn:
                giver = Giver(turn.workings.taxonomy, turn.workings.zone, turn.now)
                found = follow_behind(turn.connection, turn.workings.triggers, giver, most=CHANGES_AT_ONCE)
            moves += found.moves
            if found.is_all:
                return moves

    def _stamp(self, looked_at: datetime, version: str, *, did_something: bool) -> None:
        """Say through when waits and ends are worked out, now that their rows are committed."""
        with self._store.read() as connection:
            stamp = computed(connection).get(TIMERS)
        age = None if stamp is None else (looked_at - stamp.through).total_seconds()
        if age is None or age >= STAMP_SECONDS or (did_something and age > 0):
            with self._store.write() as connection:
                put_stamp(connection, TIMERS, looked_at, version, self._clock.now())

    def _writing(self) -> AbstractContextManager[Turn]:
        return writing(self._store, self._current, self._clock)

    def _is_there(self, query: Select[int]) -> bool:
        with self._store.read() as connection:
            return connection.scalar(query, {"now": self._clock.now()}) is not None


def _give_some(turn: Turn) -> tuple[int, int]:
    """Give the tags of some waits that are over; how many, and how many had been called off unnoticed."""
    connection, workings = turn.connection, turn.workings
    waits = due.due_by(connection, turn.now, most=CUSTOMERS_AT_ONCE)
    names = list(dict.fromkeys(wait.customer_id for wait in waits))
    # A file may have brought meanwhile what calls a wait off: events of files are not looked at when they come.
    histories = workings.features.histories(read_customers(connection, names))
    left = going_on(waits, workings.triggers.waiting, histories)
    giver = Giver(workings.taxonomy, workings.zone, turn.now)
    claims = [claim for wait in left if (claim := giver.after(wait)) is not None]
    put(connection, claims, taxonomy=workings.taxonomy, now=turn.now)
    due.replace(connection, waits, ())
    return len(claims), len(waits) - len(left)
