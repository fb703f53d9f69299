"""Keeps a server's list of customers at risk current, without a thread of the server's own at work on it."""

import subprocess
import sys
from threading import Lock, Thread

import structlog

from core.clock import Clock
from core.errors import BeingMadeError
from core.settings import Settings
from core.storage import Store
from serving.snapshot import Snapshot
from serving.win_back.lists import Listed
from serving.win_back.making import current, of_models
from serving.win_back.scoring import check_churn_is_known

PATIENCE_SECONDS = 5.0  # a caller waits so long for the first list; a few thousand customers take less
AGAIN_SECONDS = 60  # after which a caller who got none asks again
NICENESS = 10
COMMAND = (sys.executable, "-m", "serving.win_back")

_log = structlog.get_logger("tagloop.serving")


class Desk:
    """Gives the list that there is, and has a new one made where that is not of today.

    Scoring everybody takes minutes of a processor where there are hundreds of thousands of customers: a process of its
    own does it, at a low priority, so that no caller waits behind it.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._maker: Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    def listed(self, snapshot: Snapshot) -> Listed:
        """The newest list of these models; where it is not of today, the next callers get a newer one.

        Raises:
            BeingMadeError: There is none yet, and making it takes longer than a caller should wait.
            NotReadyError: The models do not tell who is at risk.
        """
        check_churn_is_known(snapshot)
        now = self._clock.now()
        found = current(self._settings, self._store, snapshot, now)
        if found is not None:
            return found
        maker = self._make()
        earlier = of_models(self._store, snapshot, now)
        if earlier is not None:
            return earlier
        maker.join(PATIENCE_SECONDS)
        made = of_models(self._store, snapshot, self._clock.now())
        if made is None:
            raise BeingMadeError(
                "The list of customers at risk is being made: ask again in a minute, or make it "
                "with `tagloop churn list`",
                seconds=AGAIN_SECONDS,
            )
        return made

    def _make(self) -> Thread:
        """The thread that waits for a process to make the list; one at a time."""
        with self._lock:
            if self._maker is None or not self._maker.is_alive():
                self._maker = Thread(target=self._run, name="tagloop-churn-list", daemon=True)
                self._maker.start()
            return self._maker

    def _run(self) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._process = subprocess.Popen(  # noqa: S603 (our own module)
                COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        self._process.communicate(self._settings.model_dump_json().encode())
        if self._process.returncode and not self._is_closed:
            # What is wrong is said by the command to whoever runs it; its words may name more than a log should.
            _log.warning("churn_list_not_made", command="tagloop churn list")

    def close(self) -> None:
        """Let go of a process that is at work; what it began is removed by the next."""
        with self._lock:
            self._is_closed = True
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()
        if self._maker is not None:
            self._maker.join()
