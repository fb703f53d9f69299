"""Predictions for the customers that a call asks for: kept, worked out at once, or piece by piece."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from core.clock import Clock
from core.storage import Reader, Store
from serving.asked import Asked, check_given, encode_given
from serving.composing import Note, about, answer_at_once, answer_given, answer_together
from serving.kept import Kept, KeptAnswers
from serving.metrics import Metrics
from serving.right_of_way import RightOfWay
from serving.snapshot import Snapshot
from serving.store_version import StoreVersion
from serving.stored import Stored, read_stored
from serving.wording import Answer

T = TypeVar("T")

CUSTOMERS_A_CHUNK = 16  # of a large call, two chunks at once; more would take memory and save no time
THREADS = 2
EXPLAINED_A_GAP = 2  # the same where reasons are asked for, which take ten times as long
NOBODY = " "  # no customer's id

to_json: Callable[[Any], bytes] = msgspec.json.Encoder().encode


class Predictor:
    """Answers calls; several threads may share it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        snapshot: Callable[[], Snapshot],
        metrics: Metrics,
        note: Note | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._snapshot = snapshot
        self._metrics = metrics
        self._note = note
        self._kept = KeptAnswers()
        self._version = StoreVersion(store)
        self._reader = Reader(store)
        self._way = RightOfWay()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tagloop-predict")

    def few(self, names: Sequence[str]) -> bytes:
        """The answer for stored customers, worked out at once; kept answers where nothing changed since."""
        return self.calls([names])[0]

    def calls(self, calls: Sequence[Sequence[str]]) -> list[bytes]:
        """What `few` answers to each of several calls, worked out together."""
        self._way.single_call()
        snapshot, now, version = self._snapshot(), self._clock.now(), self._version.read()
        kept = {name: self._kept.find(snapshot, name, now) for names in calls for name in names}
        unsure = [name for name, found in kept.items() if found is None or found.store != version]
        self._metrics.kept_answers(hits=len(kept) - len(unsure))
        if unsure:
            with self._reader.read() as connection:
                stored = read_stored(connection, unsure)
            kept |= self._renewed(snapshot, kept, stored, now, version)
        self._metrics.predicted(sum(map(len, calls)))
        self._way.single_call()
        return [
            _together(snapshot, now, [found.body for name in names if (found := kept[name])])
            for names in calls
        ]

    def _renewed(
        self,
        snapshot: Snapshot,
        before: Mapping[str, Kept | None],
        stored: Sequence[Stored],
        now: datetime,
        version: object,
    ) -> dict[str, Kept]:
        """The kept answers by customer, made again where anything of the customer changed."""
        renewed, changed = {}, []
        for one in stored:
            name, of_customer = one.customer.customer_id, one.version
            old = before[name]
            if old is not None and old.stored == of_customer:
                renewed[name] = replace(old, store=version)
            else:
                changed.append((one, of_customer))
        self._metrics.kept_answers(hits=len(renewed), misses=len(changed))
        if changed:
            answers, same_until = answer_at_once(snapshot, [one for one, _ in changed], now, self._note)
            for (one, of_customer), answer in zip(changed, answers, strict=True):
                kept = Kept(to_json(answer), now, same_until, of_customer, version)
                renewed[one.customer.customer_id] = kept
        for name, kept in renewed.items():
            self._kept.keep(snapshot, name, kept)
        return renewed

    def many(self, names: Sequence[str]) -> bytes:
        """The answer for many stored customers, worked out in pieces on threads of their own."""
        snapshot, now = self._snapshot(), self._clock.now()
        each_once = list(dict.fromkeys(names))
        found = self._spread(each_once, lambda piece: self._of_stored(snapshot, piece, now))
        bodies = dict(zip(each_once, found, strict=True))
        self._metrics.predicted(len(names))
        return _together(snapshot, now, [bodies[name] for name in names])

    def mixed(self, asked: Sequence[Asked], *, explain: bool = False) -> bytes:
        """The answer where some customers are described by events that are not stored, or reasons are asked for.

        Raises:
            InvalidInputError: A given event or attribute breaks the contract.
        """
        snapshot, now = self._snapshot(), self._clock.now()
        names = list(dict.fromkeys(one.customer_id for one in asked if one.is_stored and one.customer_id))
        given = [one for one in asked if not one.is_stored]
        if given:
            with self._store.read() as connection:
                check_given(connection, given, now)
        facts = encode_given(given, snapshot.spec)
        most = EXPLAINED_A_GAP if explain else CUSTOMERS_A_CHUNK
        of_stored = self._spread(
            names, lambda piece: self._of_stored(snapshot, piece, now, explain=explain), most
        )
        of_given = self._spread(
            given, lambda piece: _written(answer_given(snapshot, piece, facts, now, explain=explain)), most
        )
        by_name = dict(zip(names, of_stored, strict=True))
        by_place = {one.place: body for one, body in zip(given, of_given, strict=True)}
        self._metrics.predicted(len(asked))
        bodies = [by_name[one.customer_id or ""] if one.is_stored else by_place[one.place] for one in asked]
        return _together(snapshot, now, bodies)

    def _of_stored(
        self, snapshot: Snapshot, names: Sequence[str], now: datetime, *, explain: bool = False
    ) -> list[bytes]:
        with self._store.read() as connection:
            stored = read_stored(connection, names)
        return _written(answer_together(snapshot, stored, now, explain=explain, note=self._note))

    def _spread(
        self, items: Sequence[T], work: Callable[[Sequence[T]], list[bytes]], most: int = CUSTOMERS_A_CHUNK
    ) -> list[bytes]:
        """What `work` makes of all items, in order; it gets at most so many at once while single calls come."""
        if len(items) == 1:  # a single call itself
            self._way.single_call()
            return work(items)
        chunks = [items[at : at + CUSTOMERS_A_CHUNK] for at in range(0, len(items), CUSTOMERS_A_CHUNK)]
        found = self._threads.map(lambda chunk: self._piecewise(chunk, work, most), chunks)
        return [body for bodies in found for body in bodies]

    def _piecewise(
        self, items: Sequence[T], work: Callable[[Sequence[T]], list[bytes]], most: int
    ) -> list[bytes]:
        bodies: list[bytes] = []
        while left := items[len(bodies) :]:
            piece = left[:most] if self._way.is_busy else left
            with self._way.gap():
                bodies += work(piece)
        return bodies

    def warm_up(self) -> None:
        """Run once through what is set up at its first use, so that no caller waits for it."""
        self.few([NOBODY])
        self.many([NOBODY, 2 * NOBODY])  # more than one, so that the threads begin

    def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown()
        self._version.close()
        self._reader.close()


def _written(answers: Sequence[Answer]) -> list[bytes]:
    return [to_json(answer) for answer in answers]


def _together(snapshot: Snapshot, now: datetime, bodies: Sequence[bytes]) -> bytes:
    return to_json({**about(snapshot, now), "customers": [msgspec.Raw(body) for body in bodies]})
