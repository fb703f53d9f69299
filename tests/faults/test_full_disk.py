"""A disk that is full: whoever works is told, nothing is half stored, and the same goes well when there is room."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest

from core.settings import Settings
from core.storage import Store, open_store
from core.storage.faults import explain
from features.flush import flush
from features.intake import accept
from features.lake import Lake
from models.registry import Registry
from models.release_read import current_release_id, load_release
from serving.keys import Scope, create_key
from tests.command_line import refused, succeeded, tagloop_here
from tests.faults import jobs
from tests.faults.callers import body
from tests.faults.events import call
from tests.faults.killing import Running
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.states import lake_rows, loaded, seen_events, strays
from tests.faults.test_training_killed import ONE_TAG
from tests.serving.conftest import free_port, listens, wait_for
from tests.small_shop import write_config, write_shop

SAID = "The disk is full"
CUSTOMERS = 40
STEP = 1.5  # by how much more is left free from one try to the next

pytestmark = pytest.mark.slow


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk() as made:
        yield made


def tries(first: int = 16_384) -> Iterator[int]:
    """How many bytes are free at each try, more and more."""
    room = float(first)
    while room < 2**26:
        yield int(room)
        room *= STEP
    raise AssertionError("it never went well")


def test_load_tells_of_the_full_disk_until_there_is_room(disk: SmallDisk, tmp_path: Path) -> None:
    """Wherever it fails, all events are visible or none, and the same command completes the work."""
    mapping = write_shop(tmp_path / "shop", customers=CUSTOMERS)
    for home in (tmp_path / "home", disk.folder / "home"):
        write_config(home, tmp_path / "shop" / "taxonomy.yaml")
    succeeded(tmp_path / "home", "ingest", mapping, run=tagloop_here)
    whole = state(Settings(home=tmp_path / "home"))
    settings = Settings(home=disk.folder / "home")
    failed = 0
    for room in tries():
        with disk.full(room):
            done = tagloop_here(settings.home, "ingest", mapping)
        if done.returncode == 0:
            break
        failed += 1
        assert (SAID in done.stderr, "Traceback" in done.stderr) == (True, False), done.stderr
        assert len(lake_rows(settings)) in {0, len(whole["events"])}
    assert failed >= 3
    assert state(settings) == whole
    assert strays(settings) == []


def state(settings: Settings) -> dict[str, Any]:
    store = open_store(settings)
    found = loaded(settings, store)
    store.close()
    return found


def test_flush_to_a_full_disk_leaves_the_events_where_they_are(disk: SmallDisk) -> None:
    settings = Settings(home=disk.folder / "home", lake_buckets=2)
    store = open_store(settings)
    lake = Lake(settings.lake_path, buckets=2)
    for number in range(20):
        accept(store, call(number), now=jobs.NOW)
    sent = sum(seen_events(store).values())
    failed = 0
    for room in tries(4096):
        with disk.full(room):
            error = failure(store, lake)
        assert sum(seen_events(store).values()) == sent
        if error is None:
            break
        failed += 1
        assert SAID in str(explain(error)), error
    assert failed >= 2
    assert set(Counter(row["event_id"] for row in lake_rows(settings)).values()) == {1}
    assert len(lake_rows(settings)) == sent
    assert strays(settings) == []
    store.close()


def failure(store: Store, lake: Lake) -> Exception | None:
    """What flushing raises."""
    try:
        flush(store, lake)
    except Exception as error:  # noqa: BLE001 (whatever it is, it has to be explained)
        return error
    return None


def test_server_on_a_full_disk_answers_503_and_goes_on_without_a_restart(disk: SmallDisk) -> None:
    """What it acknowledged meanwhile is kept, and in the end the lake holds each event once."""
    settings = Settings(home=disk.folder / "home", lake_buckets=2)
    store, port = open_store(settings), free_port()
    with store.write() as connection:
        key = create_key(connection, "caller", list(Scope), now=jobs.NOW).token
    clock = {"clock": "fixed", "clock_instant": jobs.NOW}
    given = {
        "home": settings.home,
        "lake_buckets": 2,
        "flush_seconds": 0.1,
        "follow_seconds": 0,
        **clock,
        "port": port,
    }
    server = Running(jobs.serve_api, given)
    wait_for(lambda: listens(port))
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as api:

        def send(number: int) -> httpx.Response:
            return api.post("/v1/events", json=body(call(number)))

        assert send(0).status_code == 200
        numbers = iter(range(1, 2000))
        with disk.full(400_000):
            last = next(number for number in numbers if send(number).status_code != 200)
            told = send(last)
            assert (told.status_code, told.headers["content-type"]) == (503, "application/problem+json")
            assert SAID in told.json()["detail"]
            assert api.get("/health").status_code == 200
        assert send(last).status_code == 200
        expected = {event.event_id for number in range(last + 1) for event in call(number)}
        wait_for(lambda: {row["event_id"] for row in lake_rows(settings)} == expected)
    server.process.kill()
    server.process.join()
    assert set(Counter(row["event_id"] for row in lake_rows(settings)).values()) == {1}
    assert sum(seen_events(store).values()) == len(expected)
    store.close()


def test_training_tells_of_the_full_disk_and_is_made_good_by_the_next(
    disk: SmallDisk, tmp_path: Path
) -> None:
    """Wherever it fails, what served before serves on."""
    mapping = write_shop(tmp_path / "shop", customers=60)
    taxonomy = tmp_path / "shop" / "one-tag.yaml"
    taxonomy.write_text(dedent(ONE_TAG).lstrip(), encoding="utf-8")
    home = disk.folder / "home"
    settings = Settings(home=home)
    write_config(home, taxonomy)
    succeeded(home, "ingest", mapping, run=tagloop_here)
    before = disk.free()
    succeeded(home, "train", run=tagloop_here)
    needed = before - disk.free()
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    for share in (0.0, 0.05, 0.2, 0.4):
        serving = current_release_id(settings.releases_path)
        with disk.full(int(share * needed)):
            said = refused(home, "train")
        assert SAID in said
        assert load_release(settings.releases_path).release_id == serving
    succeeded(home, "train", run=tagloop_here)
    for part, origin in load_release(settings.releases_path).facts.origins.items():
        champion = registry.champion(part)
        assert champion is not None
        assert champion.version == origin.version == registry.versions(part)[-1].version
    assert strays(settings) == []
