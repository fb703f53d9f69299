"""Predictions for customers: features, models and decisions put together into one answer each."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from core.clock import Clock
from core.errors import FieldError, InvalidInputError
from core.storage import Reader, Store
from features.contract import EventTypes
from features.histories import Floats, Histories
from features.intake import check
from features.records import to_histories
from features.shop import read_event_types
from review.decisions import in_force
from serving.asked import Asked, encode_given
from serving.kept import Kept, KeptAnswers
from serving.metrics import Metrics
from serving.right_of_way import RightOfWay
from serving.snapshot import Snapshot
from serving.store_version import StoreVersion
from serving.stored import Stored, read_stored
from serving.wording import Answer

CUSTOMERS_A_CHUNK = 125  # of a large call, two chunks at once
CUSTOMERS_A_GAP = 16  # of a large call while single calls come
THREADS = 2
NOBODY = " "  # no customer's id

to_json: Callable[[Any], bytes] = msgspec.json.Encoder().encode


class Predictor:
    """Answers calls; several threads may share it."""

    def __init__(
        self, store: Store, clock: Clock, snapshot: Callable[[], Snapshot], metrics: Metrics
    ) -> None:
        self._store = store
        self._clock = clock
        self._snapshot = snapshot
        self._metrics = metrics
        self._kept = KeptAnswers()
        self._version = StoreVersion(store)
        self._reader = Reader(store)
        self._way = RightOfWay()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tagloop-predict")

    def few(self, names: Sequence[str]) -> bytes:
        """The answer for stored customers, one after the other; kept answers where nothing changed since."""
        self._way.single_call()
        snapshot, now, version = self._snapshot(), self._clock.now(), self._version.read()
        kept = {name: self._kept.find(snapshot, name, now) for name in names}
        unsure = [name for name, found in kept.items() if found is None or found.store != version]
        self._metrics.kept_answers(hits=len(kept) - len(unsure))
        if unsure:
            with self._reader.read() as connection:
                stored = read_stored(connection, unsure)
            for name, one in zip(unsure, stored, strict=True):
                kept[name] = self._renewed(snapshot, kept[name], one, now, version)
        self._metrics.predicted(len(names))
        self._way.single_call()
        return _together(snapshot, now, [found.body for name in names if (found := kept[name])])

    def _renewed(
        self, snapshot: Snapshot, before: Kept | None, stored: Stored, now: datetime, version: object
    ) -> Kept:
        """The kept answer, made again if anything of the customer changed."""
        of_customer = stored.version
        if before is not None and before.stored == of_customer:
            kept = replace(before, store=version)
            self._metrics.kept_answers(hits=1)
        else:
            answer, same_until = answer_alone(snapshot, stored, now)
            kept = Kept(to_json(answer), now, same_until, of_customer, version)
            self._metrics.kept_answers(misses=1)
        self._kept.keep(snapshot, stored.customer.customer_id, kept)
        return kept

    def many(self, names: Sequence[str]) -> bytes:
        """The answer for many stored customers, worked out in chunks on threads of their own."""
        snapshot, now = self._snapshot(), self._clock.now()
        each_once = list(dict.fromkeys(names))
        chunks = [
            each_once[at : at + CUSTOMERS_A_CHUNK] for at in range(0, len(each_once), CUSTOMERS_A_CHUNK)
        ]
        found = self._threads.map(lambda chunk: self._piecewise(snapshot, chunk, now), chunks)
        bodies = dict(zip(each_once, (body for chunk in found for body in chunk), strict=True))
        self._metrics.predicted(len(names))
        return _together(snapshot, now, [bodies[name] for name in names])

    def _piecewise(self, snapshot: Snapshot, names: Sequence[str], now: datetime) -> list[bytes]:
        bodies: list[bytes] = []
        while left := names[len(bodies) :]:
            piece = left[:CUSTOMERS_A_GAP] if self._way.is_busy else left
            with self._way.gap():
                bodies += self._chunk(snapshot, piece, now)
        return bodies

    def _chunk(self, snapshot: Snapshot, names: Sequence[str], now: datetime) -> list[bytes]:
        with self._store.read() as connection:
            stored = read_stored(connection, names)
        return [to_json(answer) for answer in answer_together(snapshot, stored, now)]

    def mixed(self, asked: Sequence[Asked], *, explain: bool = False) -> bytes:
        """The answer where some customers are described by events that are not stored, or reasons are asked for.

        Raises:
            InvalidInputError: A given event or attribute breaks the contract.
        """
        snapshot, now = self._snapshot(), self._clock.now()
        names = list(dict.fromkeys(one.customer_id for one in asked if one.is_stored and one.customer_id))
        given = [one for one in asked if not one.is_stored]
        with self._store.read() as connection:
            stored = read_stored(connection, names)
            _check_given(connection, given, now)
        of_stored = dict(zip(names, answer_together(snapshot, stored, now, explain=explain), strict=True))
        answers_given = _answer_given(snapshot, given, now, explain=explain)
        of_given = dict(zip((one.place for one in given), answers_given, strict=True))
        answers = [
            of_stored[one.customer_id or ""] if one.is_stored else of_given[one.place] for one in asked
        ]
        self._metrics.predicted(len(answers))
        return _together(snapshot, now, [to_json(answer) for answer in answers])

    def warm_up(self) -> None:
        """Run once through what is set up at its first use, so that no caller waits for it."""
        self.few([NOBODY])
        self.many([NOBODY])

    def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown()
        self._version.close()
        self._reader.close()


def answer_alone(snapshot: Snapshot, stored: Stored, now: datetime) -> tuple[Answer, datetime]:
    """The answer for one stored customer, and up to when (exclusive) the clock alone does not change it."""
    histories = snapshot.features.histories([stored.customer]) if stored.customer.has_events else None
    (answer,) = _answers(snapshot, [stored], histories, now)
    ends = [snapshot.features.same_until(histories or to_histories({}), now)]
    others = (stored.decisions_same_until(now), snapshot.wording.promises.same_until(now))
    return answer, min([*ends, *(at for at in others if at)])


def answer_together(
    snapshot: Snapshot, stored: Sequence[Stored], now: datetime, *, explain: bool = False
) -> list[Answer]:
    """The answers for stored customers, in their order; with their reasons if asked for."""
    histories = snapshot.features.histories([one.customer for one in stored if one.customer.has_events])
    return _answers(snapshot, stored, histories, now, explain=explain)


def about(snapshot: Snapshot, now: datetime) -> Answer:
    """What an answer was made from."""
    return {"as_of": now, **snapshot.wording.about}


def _answers(
    snapshot: Snapshot,
    stored: Sequence[Stored],
    histories: Histories | None,
    now: datetime,
    *,
    explain: bool = False,
) -> list[Answer]:
    rows = snapshot.features.rows(histories, now)
    said = snapshot.said_of(rows)
    places: Mapping[str, int] = (
        {name: place for place, name in enumerate(histories.customer_ids)} if histories else {}
    )
    answers = []
    for one in stored:
        customer_id, decisions = one.customer.customer_id, in_force(one.decisions, now)
        is_known = one.is_told_of or bool(decisions)
        place = places.get(customer_id)
        answer = snapshot.wording.answer(customer_id, said, place, decisions, now, is_known=is_known)
        answers.append(_explained(snapshot, answer, rows, place) if explain else answer)
    return answers


def _answer_given(
    snapshot: Snapshot, given: Sequence[Asked], now: datetime, *, explain: bool
) -> list[Answer]:
    if not given:
        return []
    facts = encode_given(given, snapshot.spec)
    histories = to_histories({one.history_name: one.events or () for one in given}, facts)
    rows = snapshot.features.rows(histories, now)
    said = snapshot.said_of(rows)
    answers = []
    for row, one in enumerate(given):
        place = row if one.events else None
        answer = snapshot.wording.answer(one.customer_id, said, place, {}, now, is_known=True)
        answers.append(_explained(snapshot, answer, rows, place) if explain else answer)
    return answers


def _explained(snapshot: Snapshot, answer: Answer, rows: Floats, place: int | None) -> Answer:
    """The answer with what moved each tag and the churn risk; nothing moved what was not predicted."""
    row = snapshot.wanted(rows[:0] if place is None else rows[place : place + 1])
    for tag in (*answer["tags"], *answer["rejected"]):
        number = snapshot.tag_numbers.get(tag["key"]) if tag["confidence"] is not None else None
        tag["reasons"] = [] if number is None else snapshot.explainer.tag_reasons(row, number)[0]
    if answer["churn"] is not None:
        answer["churn"]["reasons"] = snapshot.explainer.churn_reasons(row)[0]
    return answer


def _together(snapshot: Snapshot, now: datetime, bodies: Sequence[bytes]) -> bytes:
    return to_json({**about(snapshot, now), "customers": [msgspec.Raw(body) for body in bodies]})


def _check_given(connection: Connection, given: Sequence[Asked], now: datetime) -> None:
    types = read_event_types(connection) if given else EventTypes()
    wrong = [problem for one in given for problem in _problems(one, types, now)]
    if wrong:
        raise InvalidInputError(
            "{count} of the given events cannot be used", count=len(wrong), fields=tuple(wrong)
        )


def _problems(one: Asked, types: EventTypes, now: datetime) -> list[FieldError]:
    try:
        check(one.events or (), types, now=now)
    except InvalidInputError as error:
        return [replace(found, field=f"customers.{one.place}.{found.field}") for found in error.fields]
    return []
