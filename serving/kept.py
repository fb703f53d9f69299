"""Answers kept for customers of whom nothing changed since, up to a fixed number."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from serving.snapshot import Snapshot

CUSTOMERS_KEPT = 10_000  # about 2 KB each


@dataclass(frozen=True)
class Kept:
    """One customer's answer as JSON, and what has to be unchanged for it to be the answer still.

    Attributes:
        body: The answer.
        made_as_of: The instant that it was made for.
        same_until: It is the answer as of every instant from there to before this one, other things equal.
        stored: The version of all that the store knows of the customer.
        store: The version of the whole store when it was last seen that `stored` is that.
    """

    body: bytes
    made_as_of: datetime
    same_until: datetime
    stored: tuple[object, ...]
    store: object


class KeptAnswers:
    """The answers of one snapshot at a time, the longest unused dropped first; threads may share it."""

    def __init__(self, most: int = CUSTOMERS_KEPT) -> None:
        self._most = most
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._answers: OrderedDict[str, Kept] = OrderedDict()

    def find(self, snapshot: Snapshot, customer_id: str, now: datetime) -> Kept | None:
        """The customer's answer if it was made with that snapshot and the clock changes nothing."""
        with self._lock:
            found = self._answers.get(customer_id) if snapshot is self._snapshot else None
            if found is None or not found.made_as_of <= now < found.same_until:
                return None
            self._answers.move_to_end(customer_id)
            return found

    def keep(self, snapshot: Snapshot, customer_id: str, kept: Kept) -> None:
        """Keep the answer; those of another snapshot go."""
        with self._lock:
            if snapshot is not self._snapshot:
                self._answers.clear()
                self._snapshot = snapshot
            self._answers[customer_id] = kept
            self._answers.move_to_end(customer_id)
            if len(self._answers) > self._most:
                self._answers.popitem(last=False)

    def __len__(self) -> int:
        return len(self._answers)
