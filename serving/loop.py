"""What a server does over and over behind its calls, each in a thread of its own."""

from collections.abc import Callable
from threading import Event, Thread
from typing import TypeVar

import structlog

from core.errors import TagloopError

LOOK_SECONDS = 1.0  # how often most of them look whether there is something to do

_Found = TypeVar("_Found")
_log = structlog.get_logger("tagloop.serving")


def attempt(failure: str, step: Callable[[], _Found]) -> _Found | None:
    """What the step finds; None where it fails, which is logged under that name, as a later round tries it again."""
    try:
        return step()
    except TagloopError as error:
        _log.warning(failure, reason=str(error))
    except Exception:  # noqa: BLE001 (the store or the disk may be away; the thread must outlive whatever it is)
        _log.exception(failure)
    return None


class Loop:
    """Goes round until it is stopped, beginning at once.

    A round says after how many seconds the next is due, and fails by itself alone: see `attempt`. `at_end` is done once
    more after the last round.
    """

    def __init__(
        self, name: str, go_round: Callable[[], float], *, at_end: Callable[[], None] | None = None
    ) -> None:
        self._go_round = go_round
        self._at_end = at_end
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        """Whether a long round should come to its end."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round that is under way."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._go_round()):
            pass
        if self._at_end is not None:
            self._at_end()
