"""The made-up shop with a churn model that tells its customers apart."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from core.settings import Settings
from core.storage import Store, open_store
from models.churn import LogisticChurn
from models.release_manifest import Origin
from models.release_write import make_current, write_release
from models.typical import typical_values
from serving.snapshot import Snapshot, load_snapshot, load_tags

CUSTOMERS = [f"c{number}" for number in range(90)]


@dataclass
class World:
    """An open home of the shop, and what serves in it."""

    settings: Settings
    store: Store
    snapshot: Snapshot


def publish(settings: Settings, store: Store, *, churn: bool = True) -> None:
    """Let a release serve that knows churn (whoever buys seldom) and nothing else, or everything but churn."""
    snapshot = load_snapshot(settings, store, load_tags(settings, store))
    with store.read() as connection:
        _, values = snapshot.features.of_stored(connection, CUSTOMERS, settings.make_clock().now())
    facts = snapshot.release.facts
    rows = pd.DataFrame(snapshot.wanted(values), columns=list(facts.feature_columns))
    left = (rows[["baskets_28d"]] < 6).astype(float).set_axis(["churned"], axis=1)
    estimators: dict[str, Any] = {"churn": LogisticChurn().fit(rows, left)} if churn else {}
    facts = facts.model_copy(
        update={
            "origins": {part: Origin(name=part, version=7, run_id="r") for part in estimators},
            "tags": (),
            "segments": (),
            "typical": typical_values(rows),
        }
    )
    make_current(settings.releases_path, write_release(settings.releases_path, facts, estimators))


@pytest.fixture(scope="session")
def risky_home(trained_home: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A home whose release knows who is at risk. Read only."""
    home = trained_home.copy_to(tmp_path_factory.mktemp("risky") / "shop")
    store = open_store(home.settings)
    publish(home.settings, store)
    store.close()
    return home


@pytest.fixture
def world(risky_home: Any, tmp_path: Path) -> Iterator[World]:
    """A copy of the shop, open."""
    yield from opened(risky_home.copy_to(tmp_path / "shop").settings)


def opened(settings: Settings) -> Iterator[World]:
    store = open_store(settings)
    yield World(settings, store, load_snapshot(settings, store, load_tags(settings, store)))
    store.close()


@pytest.fixture(scope="session")
def publish_churn() -> Callable[..., None]:
    """Lets another release serve: `publish_churn(settings, store, churn=False)`."""
    return publish


@pytest.fixture(scope="session")
def serve(start_server: Callable[..., Any], stop_server: Callable[..., None]) -> Callable[..., Iterator[Any]]:
    """Runs a server over a home while the loop over what it gives goes on."""

    def running(home: Any) -> Iterator[Any]:
        server = start_server(home)
        yield server
        stop_server(server)

    return running
