"""Looks at the clock in a server, so that a tag is on the profile within seconds of being due."""

from threading import Event, Thread

import structlog

from core.clock import Clock
from core.errors import TagloopError
from core.storage import Store
from tags.current import Current
from tags.triggers.timing import tick

LOOK_SECONDS = 1.0

_log = structlog.get_logger("tagloop.serving")


class Ticker:
    """Looks once a second, in a thread of its own: moving events to the lake may take longer than a tag may wait."""

    def __init__(self, store: Store, current: Current, clock: Clock) -> None:
        self._store = store
        self._current = current
        self._clock = clock
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="tagloop-ticker", daemon=True)

    def start(self) -> None:
        """Begin; the first look finds what became due while no server ran."""
        self._thread.start()

    def stop(self) -> None:
        """End after the look that is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                done = tick(self._store, self._current, self._clock)
            except TagloopError as error:
                _log.warning("tick_failed", reason=str(error))
            except Exception:  # noqa: BLE001 (the store or the disk may be away; the next look tries again)
                _log.exception("tick_failed")
            else:
                for one in done.unread:
                    _log.warning(
                        "no_days_of_the_year",
                        tag=one.tag,
                        attribute=one.attribute,
                        customers=one.customers,
                        examples=one.examples,
                    )
            self._stopping.wait(LOOK_SECONDS)
