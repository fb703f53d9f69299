"""Counts in memory how often answers name each tag, and writes it down behind them."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from threading import Lock
from zoneinfo import ZoneInfo

from core.clock import Clock
from core.storage import Store
from tags.report.uses import Way, add_uses


class TagUses:
    """What one server counted and has not written yet. Its methods may be called from several threads at once."""

    def __init__(self, store: Store, clock: Clock, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._lock = Lock()
        self._counts: Counter[tuple[str, Way]] = Counter()
        self._written_on: date | None = None

    def note(self, way: Way, tags: Iterable[str]) -> None:
        """An answer named those tags."""
        with self._lock:
            self._counts.update((tag, way) for tag in tags)

    def write(self) -> None:
        """Write down what was counted, and once a day that it was; what cannot be written is kept for the next time."""
        day = self._clock.now().astimezone(self._zone).date()
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts and day == self._written_on:
            return
        try:
            with self._store.write() as connection:
                add_uses(connection, day, counts)
            self._written_on = day
        except BaseException:
            with self._lock:
                self._counts.update(counts)
            raise
