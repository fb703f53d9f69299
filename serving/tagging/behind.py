"""Keeps models' and rules' word on customers current behind a server's calls: soon after events, and each day."""

import subprocess
import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import Literal

import structlog

from core.clock import Clock
from core.errors import TagloopError
from core.settings import Settings
from core.storage import Store
from serving.tagging.refreshing import is_due
from tags.profile.touched import touched

LOOK_SECONDS = 1.0
LOOKS_A_REFRESH = 15  # whether everybody is due is looked at every so many looks
END_SECONDS = 10.0

Work = Literal["everybody", "touched"]

_log = structlog.get_logger("tagloop.serving")


class Beside:
    """One process beside the server that does one kind of work."""

    def __init__(self, work: Work, settings: Settings) -> None:
        self._command = (sys.executable, "-m", "serving.tagging", work)
        self._settings = settings.model_dump_json().encode() + b"\n"
        self._work = work
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_at_work(self) -> bool:
        """Whether the process runs; what it ended with is said once."""
        if self._process is None:
            return False
        code = self._process.poll()
        if code is None:
            return True
        self._process = None
        if code:  # what is wrong is said by the command to whoever runs it
            _log.warning("tags_not_worked_out", work=self._work, command="tagloop tags refresh")
        return False

    def begin(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin is not None  # noqa: S101 (a pipe, as said)
        self._process.stdin.write(self._settings)
        self._process.stdin.flush()

    def end(self) -> None:
        """Let go of it; what it leaves undone the next one does."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Behind:
    """Has touched customers looked after, and everybody worked out when that is due.

    Both take processors for minutes where there are many customers: processes of their own do them, at a low priority,
    so that no caller waits behind them. The one for touched customers begins when the first is touched.
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
        if self._everybody.is_at_work:
            return
        with self._store.read() as connection:
            due = is_due(connection, self._settings, self._clock.now())
        if due:
            self._everybody.begin()

    def _look_at_touched(self) -> None:
        if self._touched.is_at_work:
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
