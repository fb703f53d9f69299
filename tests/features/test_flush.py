"""Live events reach lake and histories once each, whatever dies in between."""

import itertools
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import features.flush
import features.stored_histories
from core.settings import Settings
from core.storage import Store
from features.assemble import COLUMNS
from features.contract import Event
from features.flush import flush
from features.histories import Histories
from features.intake import accept
from features.lake import BULK_APP, Lake
from features.records import to_histories
from features.stored_histories import rebuild
from features.tables import History, RecentEvent
from tests.features.stored import read_histories
from tests.features.test_lake import event_ids, parts_of
from tests.features.test_packing import assert_same
from tests.features.worlds import purchase

NOW = datetime(2017, 11, 8, 17, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def live(first: int, last: int) -> list[Event]:
    """Events first to last - 1 of four customers."""
    return [
        replace(purchase(NOW - timedelta(minutes=n * 7 % 50), f"e{n:03}"), customer_id=f"customer {n % 4}")
        for n in range(first, last)
    ]


def assert_each_once(store: Store, lake: Lake, events: list[Event]) -> None:
    """Lake, stored histories and what a request sees all hold exactly those events."""
    assert event_ids(lake) == sorted(event.event_id for event in events)
    by_customer: dict[str, list[Event]] = {}
    for event in events:
        by_customer.setdefault(event.customer_id, []).append(event)
    with store.read() as connection:
        rows = connection.execute(select(History.customer_id, History.n_events)).all()
        seen = read_histories(connection, list(by_customer))
    assert {row.customer_id: row.n_events for row in rows} == {
        name: len(own) for name, own in by_customer.items()
    }
    for name, own in by_customer.items():
        assert_same(seen[name], to_histories({name: own}))


def test_flush_moves_everything_that_was_accepted(store: Store, lake: Lake) -> None:
    accept(store, live(0, 20), now=NOW)
    assert flush(store, lake) == 20
    assert_each_once(store, lake, live(0, 20))


def test_flush_without_new_events_writes_nothing(store: Store, lake: Lake) -> None:
    assert flush(store, lake) == 0
    accept(store, live(0, 5), now=NOW)
    flush(store, lake)
    version = lake.version()
    assert (flush(store, lake), lake.version()) == (0, version)


def test_flushes_one_after_the_other_add_up(store: Store, lake: Lake) -> None:
    for start in range(0, 30, 6):
        accept(store, live(start, start + 6), now=NOW)
        flush(store, lake)
    assert_each_once(store, lake, live(0, 30))


def test_flush_makes_the_lake_when_there_is_none(store: Store, home: Settings) -> None:
    accept(store, live(0, 3), now=NOW)
    lake = Lake(home.lake_path, buckets=2)
    assert flush(store, lake) == 3
    assert_each_once(store, lake, live(0, 3))


def test_more_than_a_batch_is_moved_batch_by_batch(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features.flush, "EVENTS_A_BATCH", 7)
    accept(store, live(0, 20), now=NOW)
    assert [flush(store, lake) for _ in range(4)] == [7, 7, 6, 0]
    assert_each_once(store, lake, live(0, 20))


def test_flushed_events_leave_the_store(store: Store, lake: Lake) -> None:
    accept(store, live(0, 20), now=NOW)
    flush(store, lake)
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(RecentEvent)) == 0
    assert_each_once(store, lake, live(0, 20))


@pytest.mark.parametrize("step", ["_append", "_fold"])
def test_flush_that_fails_is_completed_by_the_next(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    accept(store, live(0, 10), now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(features.flush, step, _fails)
        with pytest.raises(OSError, match="no more"):
            flush(store, lake)
    accept(store, live(10, 15), now=NOW)
    while flush(store, lake):
        pass
    assert_each_once(store, lake, live(0, 15))


def test_a_rebuild_of_histories_from_an_older_lake_loses_no_event_that_is_being_folded(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load reads the lake before the flush has written there, and writes histories after the flush has."""
    accept(store, live(0, 6), now=NOW)
    flush(store, lake)
    accept(store, live(6, 10), now=NOW)
    fold, read_bucket = features.flush._fold, Lake.read_bucket
    before = {bucket: lake.read_bucket(bucket, COLUMNS) for bucket in range(lake.buckets)}
    rebuilt: list[bool] = []

    def fold_and_rebuild(*given: Any) -> int:
        seen = fold(*given)
        if not rebuilt:
            rebuilt.append(True)
            with monkeypatch.context() as patched:
                patched.setattr(Lake, "read_bucket", lambda _lake, bucket, _columns: before[bucket])
                rebuild(store, lake, range(lake.buckets))
        return seen

    monkeypatch.setattr(features.flush, "_fold", fold_and_rebuild)
    assert flush(store, lake) == 4
    assert (rebuilt, Lake.read_bucket) == ([True], read_bucket)
    assert_each_once(store, lake, live(0, 10))


def test_while_a_flush_folds_nobody_waits_to_write_and_readers_see_each_event_once(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features.stored_histories, "CUSTOMERS_A_TURN", 1)
    accept(store, live(0, 8), now=NOW)
    wholes, number = features.stored_histories.wholes, itertools.count(8)

    def wholes_beside_a_call(*given: Any) -> Histories:
        first = next(number)
        accept(store, live(first, first + 1), now=NOW)
        return wholes(*given)

    with monkeypatch.context() as patched:
        patched.setattr(features.stored_histories, "wholes", wholes_beside_a_call)
        flush(store, lake)
    last = next(number)
    with store.read() as connection:
        seen = read_histories(connection, [f"customer {n}" for n in range(4)])
    assert sum(len(one.event_key) for one in seen.values()) == last
    flush(store, lake)
    assert_each_once(store, lake, live(0, last))


def _fails(*_: object) -> None:
    raise OSError("no more space")


DIES = """
import os, sys
import features.flush, features.tables
from core.settings import Settings
from core.storage import open_store
from features.lake import BULK_APP, Lake

settings = Settings(home=sys.argv[1], database_url=sys.argv[3] or None, lake_buckets=3)
setattr(features.flush, sys.argv[2], lambda *_: os._exit(9))
features.flush.flush(open_store(settings), Lake(settings.lake_path))
"""


@pytest.mark.parametrize("step", ["_append", "_fold"])
def test_flush_that_is_killed_is_completed_by_the_next(
    store: Store, lake: Lake, home: Settings, step: str
) -> None:
    """The process ends without a word; between the lake and the store, or before the lake."""
    accept(store, live(0, 10), now=NOW)
    died = subprocess.run(  # noqa: S603 (our own interpreter and script)
        [sys.executable, "-c", DIES, str(home.home), step, home.database_url or ""],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    assert died.returncode == 9, died.stderr.decode()
    assert len(event_ids(lake)) == (10 if step == "_fold" else 0)
    accept(store, live(10, 12), now=NOW)
    while flush(store, lake):
        pass
    assert_each_once(store, lake, live(0, 12))


def test_histories_rebuilt_after_a_killed_flush_count_nothing_twice(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(store, live(0, 10), now=NOW)
    with monkeypatch.context() as patched:
        patched.setattr(features.flush, "_fold", _fails)
        with pytest.raises(OSError, match="no more"):
            flush(store, lake)
    rebuild(store, lake, range(lake.buckets))
    assert_each_once(store, lake, live(0, 10))
    flush(store, lake)
    assert_each_once(store, lake, live(0, 10))


@pytest.mark.parametrize("step", ["_events", "_append", "_fold"])
def test_two_flushers_at_once_move_each_event_once(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Both stand at the same step together; one of them may give up, the events are moved once."""
    accept(store, live(0, 10), now=NOW)
    monkeypatch.setattr(features.flush, step, _together(getattr(features.flush, step)))
    with ThreadPoolExecutor(2) as pool:
        for flusher in [pool.submit(flush, store, Lake(lake.path)) for _ in range(2)]:
            flusher.exception()
    monkeypatch.undo()
    while flush(store, lake):
        pass
    assert_each_once(store, lake, live(0, 10))


def _together(step: Callable[..., object]) -> Callable[..., object]:
    """The step, begun by two threads at the same moment; one alone goes on after a second."""
    barrier = threading.Barrier(2)

    def both(*given: object) -> object:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=1)
        return step(*given)

    return both


def test_batch_of_more_customers_than_a_statement_takes_values_is_moved(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.storage.lookup.VALUES_A_STATEMENT", 3)
    events = [replace(purchase(NOW, f"e{n}"), customer_id=f"customer {n}") for n in range(20)]
    accept(store, events, now=NOW)
    assert accept(store, events, now=NOW).duplicates == 20
    assert flush(store, lake) == 20
    assert_each_once(store, lake, events)


def test_event_that_a_bulk_load_brings_too_is_in_the_lake_once(store: Store, lake: Lake) -> None:
    accept(store, live(0, 10), now=NOW)
    lake.append(parts_of(live(5, 15), lake.buckets), app=BULK_APP, batch=1, note={})
    rebuild(store, lake, range(lake.buckets))
    flush(store, lake)
    assert_each_once(store, lake, live(0, 15))


def test_event_of_a_bulk_load_that_died_before_the_histories_is_in_the_lake_once(
    store: Store, lake: Lake
) -> None:
    accept(store, live(0, 10), now=NOW)
    lake.append(parts_of(live(5, 15), lake.buckets), app=BULK_APP, batch=1, note={})
    flush(store, lake)
    rebuild(store, lake, range(lake.buckets))
    flush(store, lake)
    assert Counter(event_ids(lake)).most_common(1)[0][1] == 1
    assert_each_once(store, lake, live(0, 15))


def test_events_that_arrive_during_a_flush_wait_for_the_next(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept(store, live(0, 10), now=NOW)
    append = features.flush._append

    def late(*given: object) -> None:
        accept(store, live(10, 14), now=NOW)
        append(*given)  # type: ignore[arg-type]  # handed through as they came

    with monkeypatch.context() as patched:
        patched.setattr(features.flush, "_append", late)
        assert flush(store, lake) == 10
    assert flush(store, lake) == 4
    assert_each_once(store, lake, live(0, 14))
