"""Calls that bring events are kept together with those that wait at the same time: one wait for the disk for all."""

import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from threading import Thread

from core.errors import UnavailableError
from features.contract import Event
from features.intake import Receipt

EVENTS_AT_ONCE = 1_000  # of several calls; a larger one is kept alone
LINGER_SECONDS = 0.004
COMPANY = 4  # calls; more of them together are hardly cheaper each

Call = tuple[Sequence[Event], "Future[Receipt]"]
Keep = Callable[[Sequence[Sequence[Event]]], list[Receipt]]


class Keeper:
    """The line in which calls with events stand, and the one thread that keeps them.

    A call that finds nobody waiting is kept alone, at once. Those that come meanwhile are kept together next: so the
    line does not grow, however long the disk takes. After calls that were kept together the next waits a moment for
    company, as long as company comes: calls cost a half of the processor together, and those of a busy time stay so
    far apart that each would just miss the one before. Two calls about one customer are never kept together, and
    always in the order in which they came: each is a moment of its own in the customer's life.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._line: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._thread = Thread(target=self._run, name="tagloop-keeper", daemon=True)
        self._thread.start()

    def submit(self, events: Sequence[Event]) -> "Future[Receipt]":
        """What will become of the call; its result comes once the events are on disk.

        The future raises what the call would raise alone: what is wrong with another call does not matter.
        """
        receipt: Future[Receipt] = Future()
        self._line.put((events, receipt))
        return receipt

    def close(self) -> None:
        """Keep those that wait still, and end."""
        self._line.put(None)
        self._thread.join()

    def _run(self) -> None:
        waiting: deque[Call] = deque()
        is_open, is_busy = True, False
        while is_open or waiting:
            for call in self._arrived(len(waiting), COMPANY if is_busy else 1):
                if call is None:
                    is_open = False
                else:
                    waiting.append(call)
            calls = _next(waiting)
            is_busy = len(calls) > 1
            self._answer(calls)

    def _arrived(self, n_waiting: int, wanted: int) -> Iterable["Call | None"]:
        """Who has come to stand in line; of calls that are wanted the first is waited for, the others a moment."""
        if not n_waiting:
            yield self._line.get()
            n_waiting = 1
        until = time.monotonic() + LINGER_SECONDS
        while True:
            try:
                left = until - time.monotonic() if n_waiting < wanted else 0
                yield self._line.get(timeout=left) if left > 0 else self._line.get_nowait()
            except queue.Empty:
                return
            n_waiting += 1

    def _answer(self, calls: Sequence[Call]) -> None:
        calls = [call for call in calls if call[1].running() or call[1].set_running_or_notify_cancel()]
        if not calls:
            return
        try:
            receipts = self._keep([events for events, _ in calls])
        except Exception as error:  # noqa: BLE001 (whatever it is, the caller is told)
            self._tell(calls, error)
            return
        for (_, receipt), found in zip(calls, receipts, strict=True):
            receipt.set_result(found)

    def _tell(self, calls: Sequence[Call], error: Exception) -> None:
        """Only a call that fails alone has failed; a store that is away is away for all of them."""
        if len(calls) == 1 or isinstance(error, UnavailableError):
            for _, receipt in calls:
                receipt.set_exception(error)
        else:
            for call in calls:
                self._answer([call])


def _next(waiting: deque[Call]) -> list[Call]:
    """The calls from the front that can be kept together, taken out of the line."""
    taken: list[Call] = []
    left: list[Call] = []
    spoken_of: set[str] = set()
    n_events = 0
    while waiting:
        call = waiting.popleft()
        customers = {event.customer_id for event in call[0]}
        is_apart = spoken_of.isdisjoint(customers)
        spoken_of |= customers
        if taken and (not is_apart or n_events + len(call[0]) > EVENTS_AT_ONCE):
            left.append(call)
        else:
            taken.append(call)
            n_events += len(call[0])
    waiting.extend(left)
    return taken
