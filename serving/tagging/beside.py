"""Processes beside a server: what takes processors for long is done there, so that no caller waits behind it."""

import subprocess
import sys
import time
from typing import Literal

import structlog

from core.settings import Settings

END_SECONDS = 10.0
AGAIN_SECONDS = 30.0
"""A process that failed is not begun again before: starting one takes seconds of a processor."""

Work = Literal["everybody", "touched"]

_log = structlog.get_logger("tagloop.serving")


class Beside:
    """One process that does one kind of work (see `serving.tagging.__main__`) and ends with the server."""

    def __init__(self, work: Work, settings: Settings) -> None:
        self._command = (sys.executable, "-m", "serving.tagging", work)
        self._settings = settings.model_dump_json().encode() + b"\n"
        self._work = work
        self._process: subprocess.Popen[bytes] | None = None
        self._failed_at: float | None = None

    @property
    def may_begin(self) -> bool:
        """Whether none is at work, and none failed a moment ago; what one ended with is said once."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return False
            self._process = None
            if code:  # what is wrong is said by the command to whoever runs it
                _log.warning("tags_not_worked_out", work=self._work, command="tagloop tags refresh")
                self._failed_at = time.monotonic()
        return self._failed_at is None or time.monotonic() - self._failed_at > AGAIN_SECONDS

    def begin(self) -> None:
        """Start it. It writes to the server's log, and ends when the pipe from the server does."""
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            self._command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
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
