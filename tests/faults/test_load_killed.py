"""A bulk load killed at any moment, again and again, ends where an undisturbed one does."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from core.storage import open_store
from features import counters
from features.lake import BULK_APP, Lake
from features.recovery import recover
from tests.faults import jobs
from tests.faults.killing import KILLS, Running, kill_at, kill_often, seconds_of
from tests.faults.moments import Moment
from tests.faults.states import lake_rows, loaded, strays
from tests.small_shop import write_config, write_shop

CUSTOMERS = 40
STAGES = {
    Moment("before", "features.lake:Lake.create"): "before the lake",
    Moment("after", "features.lake:Lake.create"): "nothing set aside",
    Moment("after", "features.ingest:_Ingest._load_items"): "nothing set aside",
    Moment("after", "features.ingest:_Ingest._load_attributes"): "nothing set aside",
    Moment("after", "features.staging:Staging.add"): "rows set aside",
    Moment("after", "features.lake:Uncommitted.add"): "files written",
    Moment("after", "features.lake:write_part", call=2): "files written",
    Moment("before", "features.lake:commit"): "files written",
    Moment("after", "features.lake:commit"): "histories",
    Moment("before", "features.ingest:rebuild"): "histories",
    Moment("after", "features.ingest:rebuild"): "histories",
    Moment("before", "features.ingest:counters.put"): "histories",
    Moment("after", "tests.faults.jobs:ingest"): "done",
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("killed") / "shop"
    write_shop(folder, customers=CUSTOMERS)
    return folder


class Home:
    """A home that a load is begun in, again and again; a new one when the load was completed."""

    def __init__(self, shop: Path, folder: Path) -> None:
        self.shop = shop
        self.home = folder
        self.given: dict[str, Any] = {"home": folder}
        self.renew()

    def renew(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        write_config(self.home, self.shop / "taxonomy.yaml")

    @property
    def settings(self) -> Settings:
        return Settings(**self.given)

    def start(self, dies: Moment | None = None) -> Running:
        return Running(jobs.load, self.given, self.shop / "mapping.yaml", dies=dies)

    def state(self) -> dict[str, Any]:
        store = open_store(self.settings)
        found = loaded(self.settings, store)
        store.close()
        return found

    def stage(self) -> str:
        """How far a load came that was killed."""
        lake = Lake(self.settings.lake_path)
        if not lake.exists():
            return "before the lake"
        if lake.transaction_version(BULK_APP) < 1:
            written = (self.home / "lake" / "_uncommitted").exists()
            staged = any((self.home / "staging").glob("*.parquet"))
            return "files written" if written else "rows set aside" if staged else "nothing set aside"
        store = open_store(self.settings)
        with store.read() as connection:
            behind = counters.value(connection, "bulk") < 1
        store.close()
        return "histories" if behind else "done"


@pytest.mark.slow
def test_killed_load_is_completed_by_the_same_command(shop: Path, folder: Path) -> None:
    """Until its commit nothing is visible, and afterwards everything; killed loads may follow one another."""
    home = Home(shop, folder / "home")
    seconds = seconds_of(home.start, times=1)
    whole = home.state()
    assert len(whole["events"]) > 1_000
    home.renew()

    def after() -> str:
        stage = home.stage()
        visible = len(lake_rows(home.settings))
        assert visible == (len(whole["events"]) if stage in {"histories", "done"} else 0)
        if stage in {"histories", "done"}:
            home.start().wait()
            assert home.state() == whole
            assert strays(home.settings) == []
            home.renew()
        return stage

    kills = kill_at(home.start, after, STAGES)
    kill_often(home.start, after, seconds=seconds, times=KILLS - kills)
    home.start().wait()
    assert home.state() == whole
    assert strays(home.settings) == []


def test_load_that_died_is_completed_when_a_server_starts(shop: Path, folder: Path) -> None:
    home = Home(shop, folder / "home")
    home.start().wait()
    whole = home.state()
    store = open_store(home.settings)
    with store.write() as connection:  # as a load leaves it that died right after its commit
        counters.put(connection, "bulk", 0)
        connection.exec_driver_sql("DELETE FROM histories")
        connection.exec_driver_sql("DELETE FROM customers")
    (home.home / "staging").mkdir()
    lake = Lake(home.settings.lake_path)
    assert recover(home.settings, store, lake)
    assert not recover(home.settings, store, lake)
    store.close()
    assert home.state() == whole
    assert strays(home.settings) == []
