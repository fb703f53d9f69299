"""The flush killed at any moment: each event is in the lake and in its history once."""

from collections import Counter
from itertools import count

import pytest

from core.settings import Settings
from core.storage import Store
from features import counters
from features.flush import flush
from features.intake import accept
from features.lake import LIVE_APP, Lake
from tests.databases import DATABASES
from tests.faults import jobs
from tests.faults.events import CUSTOMERS, EVENTS_A_CALL, call
from tests.faults.killing import KILLS, Running, kill_at, kill_often, seconds_of
from tests.faults.moments import Moment
from tests.faults.states import lake_rows, seen_events, strays

CALLS = 2  # before each flush
STAGES = {
    Moment("before", "features.flush:_append"): "before any file",
    Moment("after", "features.lake:Uncommitted.add"): "files written",
    Moment("after", "features.lake:write_part", call=2): "files written",
    Moment("before", "features.lake:commit"): "files written",
    Moment("after", "features.lake:commit"): "between lake and store",
    Moment("after", "features.flush:_append"): "between lake and store",
    Moment("after", "features.flush:_fold"): "between lake and store",
    Moment("before", "features.lake:Lake.compact"): "done",
}


def stage(settings: Settings, store: Store) -> str:
    """How far a flush came that was killed."""
    lake = Lake(settings.lake_path)
    there = lake.transaction_version(LIVE_APP) if lake.exists() else -1
    with store.read() as connection:
        accepted, flushed = (counters.value(connection, name) for name in ("accepted", "flushed"))
    if there > flushed:
        return "between lake and store"
    if (settings.lake_path / "_uncommitted").exists():
        return "files written"
    return "before any file" if accepted > flushed else "done"


@pytest.mark.slow
def test_killed_flush_is_completed_by_the_next(settings: Settings, store: Store) -> None:
    given = {"home": settings.home, "database_url": settings.database_url, "lake_buckets": 2}
    lake = Lake(settings.lake_path, buckets=2)
    numbers = count()
    sent = 0

    def start(dies: Moment | None = None) -> Running:
        nonlocal sent
        for _ in range(CALLS):
            sent += accept(store, call(next(numbers)), now=jobs.NOW).accepted
        return Running(jobs.move, given, dies=dies)

    def after() -> str:
        found = stage(settings, store)
        assert sum(seen_events(store).values()) == sent
        while flush(store, lake):
            pass
        assert strays(settings) == []
        return found

    kills = kill_at(start, after, STAGES)
    kill_often(start, after, seconds=seconds_of(start), times=KILLS // len(DATABASES) - kills)
    moved = Counter(row["event_id"] for row in lake_rows(settings))
    assert (len(moved), set(moved.values())) == (sent, {1})
    assert sum(seen_events(store).values()) == sent
    assert sent >= KILLS // len(DATABASES) * CALLS * EVENTS_A_CALL
    assert len(seen_events(store)) == CUSTOMERS
