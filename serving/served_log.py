"""Keeps a random sample of what was served, to be watched and computed again; written behind the calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from zlib import crc32

import numpy as np
import structlog
from sqlalchemy import Connection, delete, insert

from core.clock import Clock
from core.settings import Settings
from core.storage import Store
from features.histories import Floats
from monitoring.served_rows import decided, knew, pack
from monitoring.tables import ServedPrediction
from serving.snapshot import Snapshot
from serving.wording import Said

UNKNOWN = "?"
"""What was loaded around the time of the answer is not known for sure: the row is watched, and not computed again."""

UNSURE_ROUNDS = 2
"""After a load, so many rounds of writing pass until every answer rests on it."""

_STEPS = 2.0**32

_log = structlog.get_logger("tagloop.serving")


@dataclass(frozen=True, eq=False)
class _Noted:
    """One customer's answer; `row` is what the release read."""

    snapshot: Snapshot
    draw: float
    as_of: datetime
    customer_id: str
    row: Floats
    probabilities: Floats
    segment: str | None
    churn: float | None


class ServedLog:
    """The sample of one server. Its methods may be called from several threads at once; none of them fails a call.

    Of each local day a customer's first answer may be kept. A number drawn from the day and the customer's id decides:
    those below a share are kept, at first everybody; whenever there are more than wanted the share is halved and the
    others go. What is left is a random sample of whom was served, however many calls there were.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._most = settings.served_log_per_day
        self._keep = timedelta(days=settings.served_log_days)
        self._zone = settings.zone
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._day: date | None = None
        self._share = 1.0
        self._seen: dict[str, float] = {}
        self._waiting: list[tuple[date, _Noted]] = []
        self._knew: str | None = None
        self._unsure = 0
        self._cleaned_on: date | None = None

    def note(
        self, snapshot: Snapshot, customer_ids: Sequence[str], rows: Floats, said: Said, as_of: datetime
    ) -> None:
        """Take note of answers about stored customers, whose feature rows are `(n, n_features)`."""
        if not self._most:
            return
        try:
            self._note(snapshot, customer_ids, rows, said, as_of)
        except Exception:  # noqa: BLE001 (an answer matters more than its note)
            _log.exception("served_not_noted")

    def _note(
        self, snapshot: Snapshot, customer_ids: Sequence[str], rows: Floats, said: Said, as_of: datetime
    ) -> None:
        day = as_of.astimezone(self._zone).date()
        with self._lock:
            if day != self._day:
                self._day, self._share, self._seen = day, 1.0, {}
            for place, name in enumerate(customer_ids):
                draw = crc32(f"{day} {name}".encode()) / _STEPS
                if draw >= self._share or name in self._seen:
                    continue
                self._seen[name] = draw
                row = snapshot.wanted(rows[place : place + 1])[0]
                self._waiting.append((day, _noted(snapshot, name, draw, row, said, place, as_of)))
                if len(self._seen) > self._most:
                    self._halve(day)

    def _halve(self, day: date) -> None:
        self._share /= 2.0
        self._seen = {name: draw for name, draw in self._seen.items() if draw < self._share}
        self._waiting = [
            (of_day, one) for of_day, one in self._waiting if of_day != day or one.draw < self._share
        ]

    def write(self) -> None:
        """Write down what was noted; what cannot be written is kept for the next time."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            day, share = self._day, self._share
        today = self._clock.now().astimezone(self._zone).date()
        if not waiting and today == self._cleaned_on:
            return
        try:
            with self._store.write() as connection:
                rests_on = self._rests_on(connection)
                if waiting:
                    rows = [_row(of_day, one, rests_on) for of_day, one in waiting]
                    connection.execute(insert(ServedPrediction), rows)
                if share < 1.0:
                    above = (ServedPrediction.day == day, ServedPrediction.draw >= share)
                    connection.execute(delete(ServedPrediction).where(*above))
                if today != self._cleaned_on:
                    old = ServedPrediction.as_of < self._clock.now() - self._keep
                    connection.execute(delete(ServedPrediction).where(old))
            self._cleaned_on = today
        except BaseException:
            with self._lock:
                self._waiting = waiting + self._waiting
            raise

    def _rests_on(self, connection: Connection) -> str:
        now = knew(connection)
        if now != self._knew:
            self._knew, self._unsure = now, UNSURE_ROUNDS
        elif self._unsure:
            self._unsure -= 1
        return UNKNOWN if self._unsure else now


def _noted(
    snapshot: Snapshot, name: str, draw: float, row: Floats, said: Said, place: int, as_of: datetime
) -> _Noted:
    found = said.predictions
    segment = None
    if found.segment is not None:
        segment = snapshot.release.facts.segments[int(found.segment[place])].key
    churn = float(found.churn[place]) if found.churn is not None and said.is_active[place] else None
    probabilities = np.zeros(0) if found.interest is None else found.interest[place].copy()
    return _Noted(snapshot, draw, as_of, name, row, probabilities, segment, churn)


def _row(day: date, one: _Noted, rests_on: str) -> dict[str, Any]:
    tags, promises = one.snapshot.release.facts.tags, one.snapshot.wording.promises.at(one.as_of)
    decisions = [
        promise.decide(p) if p >= entry.floor else "withhold"
        for entry, promise, p in zip(tags, promises, one.probabilities.tolist(), strict=True)
    ]
    return {
        "day": day,
        "draw": one.draw,
        "as_of": one.as_of,
        "customer_id": one.customer_id,
        "release_id": one.snapshot.release.release_id,
        "knew": rests_on,
        "features": pack(one.row),
        "probabilities": pack(one.probabilities),
        "decisions": decided(decisions),
        "segment": one.segment,
        "churn": one.churn,
    }
