"""Keeps models' and rules' word on customers current behind a server's calls: soon after events, and each day."""

from core.clock import Clock
from core.settings import Settings
from core.storage import Store
from serving.loop import LOOK_SECONDS, Loop, attempt
from serving.tagging.beside import Beside
from serving.tagging.refreshing import is_due
from tags.profile.touched import touched

LOOKS_A_REFRESH = 15  # whether everybody is due is looked at every so many looks


class Behind:
    """Has touched customers looked after, and everybody worked out when that is due.

    Both take a processor for long: processes of their own do them, at a low priority. The one for touched customers
    begins when the first is touched, and ends by itself when nobody has been for long.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._everybody = Beside("everybody", settings)
        self._touched = Beside("touched", settings)
        self._looks = 0
        self._loop = Loop("tagloop-tags", self._look)

    def start(self) -> None:
        """Begin."""
        self._loop.start()

    def close(self) -> None:
        """End, and the processes with it; the next server completes what they leave."""
        self._loop.stop()
        self._everybody.end()
        self._touched.end()

    def _look(self) -> float:
        if self._looks % LOOKS_A_REFRESH == 0:
            attempt("tags_not_worked_out", self._look_at_everybody)
        self._looks += 1
        attempt("tags_not_worked_out", self._look_at_touched)
        return LOOK_SECONDS

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
