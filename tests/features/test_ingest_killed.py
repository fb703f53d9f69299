"""A load killed at any moment and run again ends where an undisturbed one does; two at once take turns."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from sqlalchemy import func, select

from core.storage import Store, open_store
from features import counters
from features.ingest import ingest
from features.lake import LAKE_SCHEMA, Lake
from features.sources import load_mapping
from features.tables import Attribute, Channel, Counter, Customer, History, Item, Rejected
from tests.command_line import ROOT, environment
from tests.conftest import Shop

OpenShop = Callable[[Shop], Store]


def state(shop: Shop, store: Store) -> dict[str, Any]:
    """What a load leaves: every event, every history byte by byte, and the store's other tables."""
    lake = Lake(shop.settings().lake_path)
    columns = [name for name in LAKE_SCHEMA.names if name != "bucket"]
    rows = [row for bucket in range(lake.buckets) for row in lake.read_bucket(bucket, columns).to_pylist()]
    with store.read() as connection:
        histories = connection.execute(select(History.customer_id, History.n_events, History.packed))
        packed = {row.customer_id: (row.n_events, row.packed) for row in histories}
        tables = (Attribute, Channel, Customer, Item, Rejected)
        counts = {t.__tablename__: connection.scalar(select(func.count()).select_from(t)) for t in tables}
        held = {row.name: row.value for row in connection.execute(select(Counter.name, Counter.value))}
    named = sorted(rows, key=lambda row: str(row["event_id"]))
    return {"events": named, "histories": packed, "bulk": held["bulk"], **counts}


@pytest.fixture(scope="session")
def undisturbed(loaded_shop: Shop) -> dict[str, Any]:
    store = open_store(loaded_shop.settings())
    found = state(loaded_shop, store)
    store.close()
    return found


def start(shop: Shop) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "tagloop", "ingest", str(shop.mapping)],
        cwd=ROOT,
        env=environment(shop.home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def staged_bytes(shop: Shop) -> int:
    return sum(file.stat().st_size for file in (shop.home / "staging").glob("*.parquet"))


def lake_files(shop: Shop) -> int:
    return len(list((shop.home / "lake").glob("bucket=*/*.parquet")))


def lake_version(shop: Shop) -> int:
    log = shop.home / "lake" / "_delta_log"
    return len(list(log.glob("*.json"))) - 1


def bulk(store: Store) -> int:
    with store.read() as connection:
        return counters.value(connection, "bulk")


MOMENTS: dict[str, Callable[[Shop], bool]] = {
    "before the lake is made": lambda shop: (shop.home / "ingest.lock").exists(),
    "while rows are set aside": lambda shop: (shop.home / "staging").exists(),
    "when rows lie in the scratch folder": lambda shop: staged_bytes(shop) > 0,
    "while the lake's files are written": lambda shop: lake_files(shop) > 0,
    "when all of the lake's files are written": lambda shop: lake_files(shop) == 3,
    "after the commit": lambda shop: lake_version(shop) == 1,
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_load_is_completed_by_the_same_command(
    moment: str,
    small_shop: Shop,
    copy_of: Callable[[Shop], Shop],
    open_shop: OpenShop,
    undisturbed: dict[str, Any],
) -> None:
    """SIGKILL at the first sight of the moment; wherever exactly it hits, nothing half-way is visible."""
    shop = copy_of(small_shop)
    kill_at(start(shop), lambda: MOMENTS[moment](shop))
    table = DeltaTable(str(shop.home / "lake")) if lake_version(shop) >= 0 else None
    assert table is None or table.version() == 0 or len(table.file_uris()) == 3
    store, settings = open_shop(shop), shop.settings()
    report = ingest(load_mapping(shop.mapping), settings, store, settings.make_clock())
    assert report.accepted in {0, len(undisturbed["events"])}
    assert state(shop, store) == undisturbed
    assert not (shop.home / "staging").exists()


@pytest.mark.slow
def test_second_load_waits_and_finds_nothing_new(
    small_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: OpenShop, undisturbed: dict[str, Any]
) -> None:
    shop = copy_of(small_shop)
    loads = [start(shop), start(shop)]
    said = [load.communicate() for load in loads]
    assert [load.returncode for load in loads] == [0, 0], said
    store = open_shop(shop)
    assert state(shop, store) == undisturbed
    assert (lake_version(shop), bulk(store)) == (1, 1)


def kill_at(process: subprocess.Popen[str], seen: Callable[[], bool]) -> None:
    """Kill the process as soon as something is seen, or let it end if it is too quick for that."""
    while process.poll() is None:
        if seen():
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.0005)
    process.communicate()


def test_moments_are_seen_in_a_load_that_ended(loaded_shop: Shop) -> None:
    """Else the tests above would kill nothing: the paths that they look at are the load's own."""
    assert (Path(loaded_shop.home) / "ingest.lock").exists()
    assert (lake_files(loaded_shop), lake_version(loaded_shop)) == (3, 1)
