"""Looks after customers whom something touched: models and rules are asked of them again, seconds later."""

import time
from concurrent.futures import Executor

from core.settings import Settings
from core.storage import Store
from serving.live import Live
from serving.loop import LOOK_SECONDS, attempt
from serving.tagging.everybody import CUSTOMERS_AT_ONCE
from serving.tagging.working import Worker
from tags.current import Current
from tags.profile.touched import touched

REST = 2.0
"""After a piece of work comes a rest so many times as long: under steady load that is a third of one processor."""

LONGEST_REST_SECONDS = 5.0
IDLE_SECONDS = 600.0
"""When nobody was touched for so long the memory is given back; the server begins anew when somebody is."""


def look_after_touched(settings: Settings, store: Store, writer: Executor) -> None:
    """Work touched customers out until nobody has been touched for long; what fails now is tried again."""
    after = _After(settings, store, writer)
    last_seen = time.monotonic()
    while time.monotonic() - last_seen < IDLE_SECONDS:
        began = time.monotonic()
        if attempt("tags_not_worked_out", after.look):
            last_seen = time.monotonic()
        rest = min(REST * (time.monotonic() - began), LONGEST_REST_SECONDS)
        time.sleep(max(LOOK_SECONDS, rest))


class _After:
    """What is needed for that, loaded once and followed."""

    def __init__(self, settings: Settings, store: Store, writer: Executor) -> None:
        self._settings = settings
        self._store = store
        self._writer = writer
        self._current = Current(settings, store)
        self._live = Live(settings, store, self._current)

    def look(self) -> bool:
        """Work some touched customers out, those who wait longest first; whether there were any."""
        self._live.refresh()
        with self._store.read() as connection:
            names = touched(connection, CUSTOMERS_AT_ONCE)
        if names:
            clock, snapshot = self._settings.make_clock(), self._live.maybe_snapshot
            Worker(self._settings, self._store, clock, self._current, snapshot, self._writer).work_out(names)
        return bool(names)
