"""Keeps models' and rules' word on customers current behind a server's calls: soon after events, and each day."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

from core.clock import Clock
from core.errors import TagloopError
from core.settings import Settings
from core.storage import Store
from serving.tagging.beside import Beside
from serving.tagging.refreshing import is_due
from tags.profile.touched import touched

LOOK_SECONDS = 1.0
LOOKS_A_REFRESH = 15  # whether everybody is due is looked at every so many looks

_log = structlog.get_logger("tagloop.serving")


class Behind:
    """Has touched customers looked after, and everybody worked out when that is due.

    Both take a processor for long: processes of their own do them, at a low priority. The one for touched customers
    begins when the first is touched, and ends by itself when nobody has been for long.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._stopping = Event()
        self._everybody = Beside("everybody", settings)
        self._touched = Beside("touched", settings)
        self._thread = Thread(target=self._run, name="tagloop-tags", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, and the processes with it; the next server completes what they leave."""
        self._stopping.set()
        self._thread.join()
        self._everybody.end()
        self._touched.end()

    def _run(self) -> None:
        look = 0
        while not self._stopping.wait(LOOK_SECONDS):
            if look % LOOKS_A_REFRESH == 0:
                self._attempt(self._look_at_everybody)
            look += 1
            self._attempt(self._look_at_touched)

    def _look_at_everybody(self) -> None:
        if not self._everybody.may_begin:
            return
        with self._store.read() as connection:
            due = is_due(connection, self._settings, self._clock.now())
        if due:
            self._everybody.begin()

    def _look_at_touched(self) -> None:
        if not self._touched.may_begin:
            return
        with self._store.read() as connection:
            anybody = touched(connection, 1)
        if anybody:
            self._touched.begin()

    def _attempt(self, look: Callable[[], object]) -> None:
        try:
            look()
        except TagloopError as error:
            _log.warning("tags_not_worked_out", reason=str(error))
        except Exception:  # noqa: BLE001 (the store or the disk may be away; the next look tries again)
            _log.exception("tags_not_worked_out")
