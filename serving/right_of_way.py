"""Calls for single customers come first: large ones are worked on in the gaps that they leave."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

LATELY_SECONDS = 1.0  # after the last single call, large ones go on as if there were none
GAP_SECONDS = 0.002  # so long without a single call is a gap
PATIENCE_SECONDS = 0.03  # a large call that finds no gap in this time goes on all the same


class RightOfWay:
    """Who may compute now: Python runs one thread at a time, so whoever answers a single call wants no company."""

    def __init__(
        self, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._last = float("-inf")
        self._turn = Lock()

    def single_call(self) -> None:
        """A single call is worked on."""
        self._last = self._now()

    @property
    def is_busy(self) -> bool:
        """Whether single calls came lately; large calls are then cut into small pieces."""
        return self._now() - self._last < LATELY_SECONDS

    @contextmanager
    def gap(self) -> Iterator[None]:
        """Wait for a gap between single calls, if there are any, and let one piece at a time into it."""
        if not self.is_busy:
            yield
            return
        with self._turn:
            end = self._now() + PATIENCE_SECONDS
            while self._now() < min(self._last + GAP_SECONDS, end):
                self._sleep(GAP_SECONDS / 4)
            yield
