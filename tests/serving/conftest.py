"""A made-up shop: its files, its home with events and models, and real servers over copies of that home."""

import csv
import os
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import httpx
import pytest

from core.clock import add_days, offset_starting_at
from core.settings import Settings
from core.storage import Store, open_store
from features.build import build_panel
from features.ingest import ingest
from features.outcomes import CHURNED, Horizon
from features.source import open_source
from features.sources import load_mapping
from models.churn import RISK_LEVELS, LogisticChurn
from models.logistic import LogisticInterest
from models.release_manifest import Names, Origin, ReleaseFacts, RiskEntry, SegmentEntry, TagEntry
from models.release_write import publish_release
from models.segments import CustomerSegments
from review.planning import plan_day
from review.suggestions import keep_suggestions
from serving.keys import Scope, create_key
from serving.reviewing.suggesting import suggestions_of
from serving.snapshot import load_snapshot
from serving.win_back.scoring import rows_of
from tags.certificates import Certificate, record
from tags.profile.reading import computed
from tags.taxonomy import load_taxonomy
from tests.forked import Forked, serve

ZONE = ZoneInfo("Asia/Shanghai")
END = datetime(2018, 1, 1, tzinfo=ZONE)
ROOT = Path(__file__).parents[2]
CUSTOMERS = 90
ITEMS = {"c1": "COFFEE", "c2": "COFFEE", "t1": "TEA", "b1": "BREAD", "b2": "BREAD", "m1": "MILK"}
AGES = ("18-29", "30-49", "50+")

TAXONOMY = """
tags:
  - key: coffee
    name: {en: Coffee, zh: 咖啡}
    definition: {en: Buys coffee within 30 days, zh: 30 天内购买咖啡}
    outcome: {type: purchase, categories: [COFFEE]}
  - key: tea
    name: {en: Tea, zh: 茶}
    definition: {en: Buys tea within 30 days, zh: 30 天内购买茶}
    outcome: {type: purchase, categories: [TEA]}
    floor: 0.2
  - key: gourmet
    name: {en: Gourmet, zh: 美食家}
    definition: {en: A reviewer confirms it, zh: 由审核人确认}
    outcome: {type: reviewed}
"""

MAPPING = """
source: shop
timezone: Asia/Shanghai
currency: CNY
identity: customer_id
event_types: {tasting: interest}
events:
  purchases:
    files: purchases.csv
    columns:
      event_id: event_id
      customer_id: customer_id
      occurred_at: occurred_at
      type: {constant: purchase}
      channel: {constant: store}
      order_id: order_id
      item_id: item_id
      amount: amount
      discount: discount
items:
  items:
    files: items.csv
    columns: {item_id: item_id, name: name, category: [department, category], brand: brand}
customers:
  people:
    files: customers.csv
    columns: {customer_id: customer_id}
    attributes:
      age: {kind: ordinal, levels: ["18-29", "30-49", "50+"], name: {en: Age, zh: 年龄}}
"""


def write_shop(folder: Path) -> None:
    """Files of a shop where odd customers drink coffee, every third tea, and every tenth stopped coming."""
    chance = random.Random(7)  # noqa: S311 (made-up data)
    people = [{"customer_id": f"c{n}", "age": AGES[n % 3]} for n in range(CUSTOMERS)]
    people.append({"customer_id": "silent", "age": "50+"})
    lines = []
    for number in range(CUSTOMERS):
        last_day = 60 if number % 10 == 0 else 180
        for day in range(number % 7, last_day, 3 + number % 5):
            at = (END - timedelta(days=180 - day)).replace(hour=9 + number % 9)
            basket = ["b1", "m1"] + ["c1"] * (number % 2) + ["t1"] * (number % 3 == 0)
            lines += [
                {
                    "event_id": f"e-{number}-{day}-{item}",
                    "customer_id": f"c{number}",
                    "occurred_at": at.replace(tzinfo=None).isoformat(),
                    "order_id": f"o-{number}-{day}",
                    "item_id": item,
                    "amount": f"{chance.uniform(1, 30):.2f}",
                    "discount": f"{chance.choice([0, 0, 1.5]):.2f}",
                }
                for item in basket
                if chance.random() < 0.8
            ]
    items = [
        {
            "item_id": key,
            "name": f"{name.title()} {key}",
            "department": "FOOD",
            "category": name,
            "brand": "own",
        }
        for key, name in ITEMS.items()
    ]
    for name, rows in {"purchases": lines, "items": items, "customers": people}.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")


def shop_settings(folder: Path, **more: Any) -> Settings:
    given = {
        "home": folder / "home",
        "taxonomy": folder / "taxonomy.yaml",
        "timezone": ZONE.key,
        "currency": "CNY",
        "catalogue_groups": 3,
        "lake_buckets": 2,
        "flush_seconds": 0.2,
        "clock": "offset",
        "clock_offset_seconds": offset_starting_at(END).total_seconds(),
    }
    return Settings(**{**given, **more})


def train(settings: Settings, store: Store, *, version: int = 1, every: int = 1) -> None:
    """Publish a release of small models of two tags, churn and segments, learnt from every n-th customer."""
    taxonomy = load_taxonomy(settings.taxonomy)
    source = open_source(settings, store, taxonomy.groups)
    cutoff = add_days(END, -30, ZONE)
    panel = build_panel(source, [cutoff], horizon=Horizon(30, END)).at(cutoff)
    panel = replace(panel, features=panel.features[::every], outcomes=panel.outcomes[::every])
    tags = [tag for tag in taxonomy.tags if tag.key in panel.outcomes]
    active = panel.features["baskets_56d"] > 0
    estimators: dict[str, Any] = {
        "interest": LogisticInterest().fit(panel.features, panel.outcomes[[tag.key for tag in tags]]),
        "churn": LogisticChurn().fit(panel.features[active], panel.outcomes.loc[active, [CHURNED]]),
        "segments": CustomerSegments(n_segments=(2, 3), min_stability=0.0, n_replicates=2).fit(
            panel.features
        ),
    }
    made_from = {"until": END.isoformat(), "lake_version": str(source.lake_version)}
    facts = ReleaseFacts(
        origins={p: Origin(name=p, version=version, run_id="r", tags=made_from) for p in estimators},
        feature_columns=tuple(panel.features.columns),
        feature_schema_version=source.spec.schema_version,
        feature_spec=source.spec.as_json(),
        taxonomy_version=taxonomy.version,
        tags=tuple(
            TagEntry(key=tag.key, names=Names(en=tag.name.en, zh=tag.name.zh), floor=tag.floor)
            for tag in tags
        ),
        risk_levels=tuple(
            RiskEntry(key=one.key, at_least=one.at_least, names=Names(en=one.en, zh=one.zh))
            for one in RISK_LEVELS
        ),
        segments=tuple(
            SegmentEntry(
                key=name.key,
                names=Names(en=name.en, zh=name.zh),
                size=10,
                share=0.5,
                profile={"baskets_84d": 3.0},
            )
            for name in estimators["segments"].names_
        ),
    )
    with store.write() as connection:
        record(connection, certificates(f"interest/{version}"))
    publish_release(settings.releases_path, facts, estimators, panel.features)


def certificates(model: str) -> list[Certificate]:
    """Coffee is certified until March, tea is not."""
    coffee = Certificate(
        tag="coffee",
        model=model,
        certified_on=END,
        expires_at=add_days(END, 60, ZONE),
        target=0.8,
        confidence=0.9,
        drift=0.03,
        threshold=0.7,
        reason=None,
        n=120,
        customers=80,
        correct=110,
        precision_low=0.83,
        coverage=0.6,
        more_labels=0,
        review_from=0.4,
    )
    tea = replace(coffee, tag="tea", threshold=None, reason="too_few_labels", correct=105, more_labels=70)
    return [coffee, replace(tea, precision_low=0.78)]


@dataclass(frozen=True)
class Home:
    """A shop's folder and the keys of its store, by scope; `all` has every scope."""

    folder: Path
    keys: dict[str, str]

    @property
    def settings(self) -> Settings:
        return shop_settings(self.folder)

    def copy_to(self, folder: Path) -> "Home":
        shutil.copytree(self.folder, folder)
        return Home(folder, dict(self.keys))


@pytest.fixture(scope="session")
def bare_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with events and keys, and no model."""
    folder = tmp_path_factory.mktemp("shop")
    write_shop(folder)
    settings = shop_settings(folder)
    store = open_store(settings)
    ingest(load_mapping(folder / "mapping.yaml"), settings, store, settings.make_clock())
    keys = {}
    with store.write() as connection:
        keys["all"] = create_key(connection, "all", list(Scope), now=END).token
        for scope in Scope:
            keys[scope.value] = create_key(connection, scope.value, [scope], now=END).token
    store.close()
    return Home(folder, keys)


@pytest.fixture(scope="session")
def trained_home(bare_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with events, keys and a release."""
    home = bare_home.copy_to(tmp_path_factory.mktemp("trained") / "shop")
    store = open_store(home.settings)
    train(home.settings, store)
    store.close()
    return home


@dataclass
class Server:
    """A real server in a process of its own."""

    home: Home
    url: str
    process: Forked
    log: Path

    def client(self, key: str | None = "all", **headers: str) -> httpx.Client:
        own = {"Authorization": f"Bearer {self.home.keys[key]}"} if key else {}
        return httpx.Client(base_url=self.url, headers={**own, **headers}, timeout=30)


def start_server(home: Home, **more: str) -> Server:
    port = free_port()
    wanted = shop_settings(home.folder).model_dump(exclude_none=True)
    names = ("home", "taxonomy", "timezone", "currency", "flush_seconds", "clock", "clock_offset_seconds")
    own: dict[str, str] = {f"TAGLOOP_{name.upper()}": str(wanted[name]) for name in names}
    log = home.folder / "server.log"
    log.unlink(missing_ok=True)
    process = Forked(serve, port, env={**os.environ, **own, **more}, cwd=ROOT, out=log)
    server = Server(home, f"http://127.0.0.1:{port}", process, log)
    wait_for(lambda: is_up(server))
    return server


@pytest.fixture(name="free_port")
def _free_port() -> Callable[[], int]:
    """Finds a port that nothing listens on."""
    return free_port


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_up(server: Server) -> bool:
    assert server.process.poll() is None, server.log.read_text()
    return answers(f"{server.url}/health")


def has_worked_everybody_out(server: Server) -> bool:
    """Whether models and rules have looked at everybody."""
    store = open_store(server.home.settings)
    try:
        with store.read() as connection:
            return "models" in computed(connection)
    finally:
        store.close()


def listens(port: int) -> bool:
    """Whether the server is up: it listens when everything is open."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    """Whether something answers there. A client of httpx would read all certificates each time that it is made."""
    try:
        urlopen(url, timeout=30).close()  # noqa: S310 (our own address)
    except OSError:
        return False
    return True


def wait_for(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Return as soon as the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def stop(server: Server) -> None:
    server.process.terminate()
    server.process.wait(timeout=30)


@pytest.fixture(scope="session")
def server(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share; a test that needs a state of its own uses customers of its own.

    It has worked everybody out before the first test: models give customers of odd numbers the tag of coffee, and no
    test is to depend on whether they have done so yet.
    """
    running = start_server(trained_home.copy_to(tmp_path_factory.mktemp("served") / "shop"))
    wait_for(lambda: has_worked_everybody_out(running))
    yield running
    stop(running)


@pytest.fixture(scope="session")
def api(server: Server) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def start(trained_home: Home, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers over homes of their own; `start(home, NAME=value)`."""
    running: list[Server] = []

    def begin(home: Home | None = None, **more: str) -> Server:
        own = home or trained_home.copy_to(tmp_path / f"shop-{len(running)}")
        running.append(start_server(own, **more))
        return running[-1]

    yield begin
    for each in running:
        if each.process.poll() is None:
            stop(each)


@pytest.fixture(scope="session", name="start_server")
def _start_server() -> Callable[..., Server]:
    """Starts a server over a home; whoever starts it stops it."""
    return start_server


@pytest.fixture(scope="session")
def stop_server() -> Callable[[Server], None]:
    """Stops a server."""
    return stop


@pytest.fixture(scope="session")
def publish() -> Callable[..., None]:
    """Trains and publishes a release: `publish(settings, store, version=2)`."""
    return train


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits for a condition."""
    return wait_for


EACH_TASK_ONCE = {
    "second_review_share": 0.0,
    "repeat_review_share": 0.0,
    "blind_share": 0.5,
    "reviews_per_day": 300.0,
}


@pytest.fixture(scope="session")
def planned_home(trained_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a release, and the day's review tasks: half of them blind, none for two."""
    home = trained_home.copy_to(tmp_path_factory.mktemp("planned") / "shop")
    settings = home.settings
    store = open_store(settings)
    snapshot = load_snapshot(settings, store, load_taxonomy(settings.taxonomy))
    now = settings.make_clock().now()
    names, rows = rows_of(store, snapshot, [f"c{number}" for number in range(CUSTOMERS)], now)
    made = suggestions_of(snapshot, names, rows, snapshot.said_of(rows), now)
    with store.write() as connection:
        keep_suggestions(connection, names, made)
        plan_day(connection, settings.model_copy(update=EACH_TASK_ONCE), ["coffee", "tea"], now=now)
        for name in ("lin", "wang"):
            home.keys[name] = create_key(connection, name, [Scope.REVIEW], now=END).token
    store.close()
    return home


@pytest.fixture(scope="module")
def reviewed(planned_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with tasks for reviewers."""
    home = planned_home.copy_to(tmp_path_factory.mktemp("reviewed") / "shop")
    running = start_server(home, TAGLOOP_REPEAT_REVIEW_SHARE="0")
    yield running
    stop(running)
