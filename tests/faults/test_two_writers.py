"""Two that write at once: what they do adds up, or the second waits, or it says why not."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConflictError
from core.settings import Settings
from core.storage import Store, open_store
from features.flush import flush
from features.ingest import ingest
from features.lake import Lake, LakeBusyError
from features.recovery import loading
from features.sources import load_mapping
from models.registry import Registry
from tests.faults import jobs
from tests.faults.events import EVENTS_A_CALL
from tests.faults.killing import Running
from tests.faults.shops import make_shop, purchase, serve
from tests.faults.states import lake_rows, loaded, seen_events, strays
from tests.serving.conftest import stop, wait_for
from tests.small_shop import write_shop
from training.turn import training_turn

CUSTOMERS = 20


@pytest.fixture
def mapping(folder: Path) -> Path:
    return write_shop(folder / "shop", customers=CUSTOMERS)


def given(settings: Settings) -> dict[str, Any]:
    return {
        "home": settings.home,
        "database_url": settings.database_url,
        "lake_buckets": 2,
        "currency": "CNY",
        "timezone": "Asia/Shanghai",
    }


def in_the_lake(settings: Settings) -> Counter[str]:
    return Counter(row["event_id"] for row in lake_rows(settings))


@pytest.mark.slow
def test_second_load_waits_and_finds_nothing_new(settings: Settings, store: Store, mapping: Path) -> None:
    loads = [Running(jobs.load, given(settings), mapping) for _ in range(2)]
    for load in loads:
        load.wait()
    once = loaded(settings, store)
    assert (once["bulk"], Lake(settings.lake_path).version()) == (1, 1)
    assert set(in_the_lake(settings).values()) == {1}
    assert sum(seen_events(store).values()) == len(once["events"])


@pytest.mark.slow
def test_load_live_events_and_two_flushers_at_once_keep_everything_once(
    settings: Settings, store: Store, mapping: Path, folder: Path
) -> None:
    """The live events are of the same customers that the load brings."""
    Lake(settings.lake_path, buckets=2).create()
    working = [
        Running(jobs.load, given(settings), mapping),
        Running(jobs.take, given(settings), folder / "one", 0, 30),
        Running(jobs.take, given(settings), folder / "two", 15, 45),
        Running(jobs.move_for, given(settings), folder / "done"),
        Running(jobs.move_for, given(settings), folder / "done"),
    ]
    for work in working[:3]:
        work.wait()
    (folder / "done").touch()
    for work in working[3:]:
        work.wait()
    moved = in_the_lake(settings)
    live = [name for name in moved if name.startswith("live-")]
    assert (len(live), set(moved.values())) == (45 * EVENTS_A_CALL, {1})
    assert len(moved) > len(live)
    assert sum(seen_events(store).values()) == len(moved)
    assert strays(settings) == []


def test_load_that_waited_long_enough_says_why_not(settings: Settings, store: Store, mapping: Path) -> None:
    own = Settings(**given(settings))
    with loading(own, wait_seconds=0), pytest.raises(ConflictError, match="Another load is running"):
        ingest(load_mapping(mapping), own, store, own.make_clock(), wait_seconds=0.05)


def test_flush_gives_up_soon_where_it_is_told_to(settings: Settings, store: Store) -> None:
    lake = Lake(settings.lake_path, buckets=2)
    holder = Running(jobs.hold_lake, given(settings))
    with pytest.raises(LakeBusyError, match="is writing to the lake"):
        flush(store, lake, wait_seconds=0.05)
    holder.kill_after(0)
    assert flush(store, lake) == 0


def test_second_training_waits_and_says_why_not(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    registry = Registry("http://127.0.0.1:9", tmp_path)
    holder = Running(jobs.hold_training, {"home": tmp_path})
    waiting = training_turn(settings, registry, wait_seconds=0.05)
    with pytest.raises(ConflictError, match="Another training is running"), waiting:
        pass
    holder.kill_after(0)
    with training_turn(settings, registry, wait_seconds=5):
        pass


@pytest.mark.slow
def test_two_servers_on_one_home_take_and_move_each_event_once(
    tmp_path: Path, database_url: str | None
) -> None:
    home = make_shop(tmp_path / "shop", database_url)
    servers = [serve(home, database_url) for _ in range(2)]
    clients = [server.client() for server in servers]
    for number in range(40):
        for client in clients:  # the same event to both: whoever comes second hears that it is there
            assert client.post("/v1/events", json={"events": [purchase(f"live-{number}")]}).status_code == 200

    def moved() -> bool:
        found = in_the_lake(home.settings)
        return sum(name.startswith("live-") for name in found) == 40

    wait_for(moved)
    assert set(in_the_lake(home.settings).values()) == {1}
    for client, server in zip(clients, servers, strict=True):
        client.close()
        stop(server)
    store = open_store(home.settings.model_copy(update={"database_url": database_url}))
    assert sum(seen_events(store).values()) == sum(in_the_lake(home.settings).values())
    store.close()
