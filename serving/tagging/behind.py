"""Keeps models' and rules' word on customers current behind a server's calls: soon after events, and each day."""

import subprocess
import sys
from collections.abc import Callable
from threading import Event, Thread

import structlog

from core.clock import Clock
from core.errors import TagloopError
from core.settings import Settings
from core.storage import Store
from serving.snapshot import Snapshot
from serving.tagging.refreshing import is_due
from serving.tagging.working import CUSTOMERS_AT_ONCE, Worker
from tags.current import Current
from tags.profile.touched import touched

LOOK_SECONDS = 1.0
LOOKS_A_REFRESH = 15  # whether everybody is due is looked at every so many looks
COMMAND = (sys.executable, "-m", "serving.tagging")

_log = structlog.get_logger("tagloop.serving")


class Behind:
    """Looks after customers whom something touched, and has everybody worked out when that is due.

    Working everybody out takes minutes of a processor where there are hundreds of thousands of customers: a process of
    its own does it, at a low priority, so that no caller waits behind it.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        *,
        snapshot: Callable[[], Snapshot | None],
        current: Current,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._snapshot = snapshot
        self._current = current
        self._stopping = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._run, name="tagloop-tags", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End; a refresh under way is let go of, and the next one completes it."""
        self._stopping.set()
        self._thread.join()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def _run(self) -> None:
        look = 0
        while not self._stopping.wait(LOOK_SECONDS):
            if look % LOOKS_A_REFRESH == 0:
                self._attempt("tags_refresh_failed", self._refresh)
            look += 1
            self._attempt("tags_not_worked_out", self._look_after_touched)

    def _look_after_touched(self) -> None:
        worker = Worker(self._settings, self._store, self._clock, self._current, self._snapshot())
        while not self._stopping.is_set():
            with self._store.read() as connection:
                names = touched(connection, CUSTOMERS_AT_ONCE)
            if not names:
                return
            worker.work_out(names)
            if len(names) < CUSTOMERS_AT_ONCE:
                return

    def _refresh(self) -> None:
        """Begin a refresh of everybody if one is due and none is under way."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            if code:  # what is wrong is said by the command to whoever runs it
                _log.warning("tags_not_refreshed", command="tagloop tags refresh")
        with self._store.read() as connection:
            due = is_due(connection, self._settings, self._clock.now())
        if due:
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            assert self._process.stdin is not None  # noqa: S101 (a pipe, as said)
            self._process.stdin.write(self._settings.model_dump_json().encode())
            self._process.stdin.close()

    def _attempt(self, failure: str, step: Callable[[], object]) -> None:
        try:
            step()
        except TagloopError as error:
            _log.warning(failure, reason=str(error))
        except Exception:  # noqa: BLE001 (the store or the disk may be away; the next look tries again)
            _log.exception(failure)
