"""A roll that stays in memory and follows the profiles, so that a million customers are searched at once."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

import numpy as np
from sqlalchemy import Connection

from core.clock import to_us
from features import counters
from tags.audience.reading import changed_since, customers_stamp, last_change, read_again
from tags.audience.roll import SURE, Roll, read_roll
from tags.profile.book import CLOCK

PAST_KEPT = 2  # rolls of past instants: whoever turns the pages of one does not wait for each
MOST_AT_ONCE = 50_000
"""With more changes than that it is quicker to read who carries a tag from the beginning."""


class KeptRoll:
    """Gives a roll of the present instant; only what changed since the last time is read.

    Who carries what is read when a tag is first asked for. Searches wait for each other: each takes milliseconds.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._roll: Roll | None = None
        self._seq, self._stamp = 0, (0, 0)
        self._past: OrderedDict[datetime, Roll] = OrderedDict()

    @contextmanager
    def now(
        self, connection: Connection, now: datetime, *, tags: Sequence[str], everybody: bool
    ) -> Iterator[Roll]:
        """The roll of an instant that is not past, in step with the connection's state as far as those tags go.

        Args:
            connection: A transaction that sees one state.
            now: The instant.
            tags: Which will be asked for.
            everybody: Whether customers without any of them matter, even such as came just now.
        """
        with self._lock:
            roll = self._roll
            if roll is None or not self._follow(roll, connection, now, everybody=everybody):
                roll = self._begin(connection, now)
            roll.read(tags, connection)
            yield roll

    @contextmanager
    def past(self, connection: Connection, at: datetime) -> Iterator[Roll]:
        """The roll of an instant before the present; kept once nothing more can be written about that instant."""
        with self._lock:
            roll = self._past.get(at) or read_roll(connection, at, is_past=True)
            if to_us(at) < counters.value(connection, CLOCK):
                self._past[at] = roll
                self._past.move_to_end(at)
                while len(self._past) > PAST_KEPT:
                    self._past.popitem(last=False)
            yield roll

    def _begin(self, connection: Connection, now: datetime) -> Roll:
        self._roll = read_roll(connection, now)
        self._seq, self._stamp = last_change(connection), customers_stamp(connection)
        return self._roll

    def _follow(self, roll: Roll, connection: Connection, now: datetime, *, everybody: bool) -> bool:
        """Bring every column that was read up to the instant; False where it has to be read from the beginning."""
        if roll.at > now or (everybody and self._stamp != customers_stamp(connection)):
            return False
        last = last_change(connection)
        changed = changed_since(connection, list(roll.columns), self._seq, roll.at, now, most=MOST_AT_ONCE)
        if changed is None:
            return False
        by_tag: dict[str, set[str]] = {}
        for tag, customer_id in changed:
            by_tag.setdefault(tag, set()).add(customer_id)
        for tag, names in by_tag.items():
            _read_again(roll, connection, tag, names, now)
        roll.at, self._seq = now, last
        return True


def _read_again(roll: Roll, connection: Connection, tag: str, names: set[str], at: datetime) -> None:
    carried = {name: (sure, value) for name, sure, value in read_again(connection, tag, names, at)}
    numbers = [roll.number(name) for name in names]
    column, carries = roll.columns[tag], roll.mask(tag, connection)
    carries[numbers] = [name in carried for name in names]
    if column.confidence is not None:
        found = [carried.get(name, (np.nan, None)) for name in names]
        roll.confidence(tag, connection)[numbers] = [SURE if sure is None else sure for sure, _ in found]
        roll.value(tag, connection)[numbers] = [column.number(value) for _, value in found]
