"""Homes that many tests share, each made once in a test run: the small made-up shop's, and the demo's."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings

from core.settings import Settings
from core.storage import Store, open_store
from tests.command_line import succeeded
from tests.databases import DATABASES, OWN_URL, Postgres, running_postgres
from tests.order import longest_first
from tests.small_shop import write_config, write_shop

# The same examples in every run, and no deadline on a machine that is shared.
hypothesis_settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis_settings.load_profile("repeatable")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files are handed to the workers in this order."""
    places = longest_first([item.path for item in items], config.rootpath)
    items[:] = [items[place] for place in places]


@dataclass(frozen=True)
class Shop:
    """A folder with the small shop's files in `shop` and its home in `home`."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def mapping(self) -> Path:
        return self.folder / "shop" / "mapping.yaml"

    @property
    def taxonomy(self) -> Path:
        return self.folder / "shop" / "taxonomy.yaml"

    def settings(self, **more: Any) -> Settings:
        return Settings(home=self.home, **more)


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside() -> None:
    """A developer's own TAGLOOP_ variables must not reach the tests."""
    for name in [name for name in os.environ if name.startswith("TAGLOOP_") and name != OWN_URL]:
        del os.environ[name]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, one for each worker process of the test run."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def empty_postgres_store(postgres: Postgres) -> str:
    """The URL of a store with its tables and nothing in them. Not to be opened: databases are copied from it."""
    url = postgres.new_database()
    open_store(Settings(database_url=url)).close()
    return url


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The URL of an empty store, or None for SQLite in the home: a test that asks for it runs on both databases."""
    if request.param == "sqlite":
        return None
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres.copy_of(request.getfixturevalue("empty_postgres_store"))


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all worker processes of the test run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made by whichever worker comes first; the others wait."""
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            building = folder.with_suffix(".building")
            shutil.rmtree(building, ignore_errors=True)
            make(building)
            building.rename(folder)
    return folder


@pytest.fixture(scope="session")
def small_shop(run_folder: Path) -> Shop:
    """The small shop's files, and a home with its settings and nothing in it. Read only."""

    def make(folder: Path) -> None:
        write_shop(folder / "shop")
        write_config(folder / "home", run_folder / "small-shop" / "shop" / "taxonomy.yaml")

    return Shop(made_once(run_folder / "small-shop", make))


@pytest.fixture(scope="session")
def loaded_shop(small_shop: Shop, run_folder: Path) -> Shop:
    """The small shop, loaded. Read only."""

    def make(folder: Path) -> None:
        shutil.copytree(small_shop.folder, folder)
        succeeded(folder / "home", "ingest", Shop(folder).mapping)

    return Shop(made_once(run_folder / "loaded-shop", make))


@pytest.fixture(scope="session")
def trained_shop(loaded_shop: Shop, run_folder: Path) -> Shop:
    """The small shop with a promoted release, and what the training printed in `train.json`.

    Read only; a copy's models are read from here.
    """
    target = run_folder / "trained-shop"
    with FileLock(target.with_suffix(".lock")):  # not moved afterwards: MLflow notes where files are
        if not (target / "home" / "releases" / "CURRENT").exists():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(loaded_shop.folder, target)
            said = succeeded(target / "home", "train", "--json")
            (target / "train.json").write_text(said, encoding="utf-8")
    return Shop(target)


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Shop], Shop]:
    """Copies a shop, so that a test may write to it."""

    def copied(shop: Shop) -> Shop:
        number = len(list(tmp_path.glob("copy-*")))
        shutil.copytree(shop.folder, tmp_path / f"copy-{number}")
        return Shop(tmp_path / f"copy-{number}")

    return copied


@pytest.fixture
def open_shop() -> Iterator[Callable[[Shop], Store]]:
    """Opens a shop's store; it is closed when the test ends."""
    opened: list[Store] = []

    def opened_store(shop: Shop) -> Store:
        opened.append(open_store(shop.settings()))
        return opened[-1]

    yield opened_store
    for store in opened:
        store.close()


@pytest.fixture(scope="session")
def demo_home(run_folder: Path) -> Path:
    """The home that `tagloop demo --no-serve` made of the real demo data. Read only.

    Beside it stand `demo.txt`, what the first run printed, and `demo-again.txt`, what a second one did.
    """
    home = run_folder / "demo"
    with FileLock(home.with_suffix(".lock")):
        if not (run_folder / "demo-again.txt").exists():
            shutil.rmtree(home, ignore_errors=True)
            for name in ("demo.txt", "demo-again.txt"):
                (run_folder / name).write_text(succeeded(home, "demo", "--no-serve"), encoding="utf-8")
    return home
