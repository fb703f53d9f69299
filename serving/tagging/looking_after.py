"""Looks after customers whom something touched: models and rules are asked of them again, seconds later."""

import time
from threading import Event

from core.errors import TagloopError
from core.settings import Settings
from core.storage import Store
from serving.live import Live
from serving.tagging.working import CUSTOMERS_AT_ONCE, Worker
from tags.current import Current
from tags.profile.touched import touched

LOOK_SECONDS = 1.0
REST = 2.0
"""After a piece of work comes a rest so many times as long: under steady load that is a third of one processor."""

LONGEST_REST_SECONDS = 5.0


def look_after_touched(settings: Settings, store: Store, stopping: Event) -> None:
    """Work touched customers out until told to stop; what the store or the disk refuses now is tried again."""
    clock, live, current = settings.make_clock(), Live(settings, store), Current(settings, store)
    rest = 0.0
    while not stopping.wait(max(LOOK_SECONDS, rest)):
        began = time.monotonic()
        try:
            live.refresh()
            with store.read() as connection:
                names = touched(connection, CUSTOMERS_AT_ONCE)
            if names:
                Worker(settings, store, clock, current, live.maybe_snapshot).work_out(names)
        except TagloopError:
            pass  # said by the server itself, whose store it is as well
        rest = min(REST * (time.monotonic() - began), LONGEST_REST_SECONDS)
