"""Looks at the clock in a server, so that a tag is on the profile within seconds of being due."""

import structlog

from core.clock import Clock
from core.storage import Store
from serving.loop import LOOK_SECONDS, Loop, attempt
from tags.current import Current
from tags.triggers.timing import tick

_log = structlog.get_logger("tagloop.serving")


class Ticker:
    """Looks once a second, in a thread of its own: moving events to the lake may take longer than a tag may wait."""

    def __init__(self, store: Store, current: Current, clock: Clock) -> None:
        self._store = store
        self._current = current
        self._clock = clock
        self._loop = Loop("tagloop-ticker", self._look)

    def start(self) -> None:
        """Begin; the first look finds what became due while no server ran."""
        self._loop.start()

    def stop(self) -> None:
        """End after the look that is under way."""
        self._loop.stop()

    def _look(self) -> float:
        done = attempt("tick_failed", lambda: tick(self._store, self._current, self._clock))
        for one in done.unread if done else ():
            _log.warning(
                "no_days_of_the_year",
                tag=one.tag,
                attribute=one.attribute,
                customers=one.customers,
                examples=one.examples,
            )
        return LOOK_SECONDS
