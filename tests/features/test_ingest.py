"""A shop's files loaded: all of a commit or nothing, and the same again whatever died in between."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest
from filelock import FileLock
from sqlalchemy import func, select

from core.clock import FixedClock
from core.errors import ConflictError, InvalidInputError
from core.settings import Settings
from core.storage import Store
from features.contract import Event
from features.flush import flush
from features.ingest import Report, ingest
from features.intake import accept
from features.lake import Lake
from features.sources import load_mapping
from features.tables import Attribute, Channel, Customer, History, Item, Rejected
from tests.features.stored import read_histories
from tests.features.test_lake import event_ids

NOW = datetime(2024, 3, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
MAPPING = """
    source: till
    timezone: America/New_York
    currency: USD
    events:
      sales:
        files: sales.csv
        columns:
          event_id: id
          customer_id: customer
          occurred_at: at
          type: {constant: purchase}
          channel: {constant: store}
          order_id: order
          item_id: item
          amount: paid
      visits:
        files: visits.csv
        columns:
          customer_id: customer
          occurred_at: at
          type: {constant: visit}
    items:
      products:
        files: items.csv
        columns: {item_id: item, category: [department, category]}
    customers:
      members:
        files: members.csv
        columns: {customer_id: customer}
        attributes:
          age: {kind: ordinal, levels: [young, old]}
    """
SALES = """
    id,customer,at,order,item,paid
    s1,ann,2024-02-01T10:00:00,o1,latte,3.50
    s2,ann,2024-02-01T10:00:00,o1,tea,2.25
    s3,bo,2024-02-03T09:00:00,o2,latte,3.50
    s4,cy,not a date,o3,latte,3.50
    s5,,2024-02-03T09:00:00,o4,latte,3.50
    s6,cy,2024-02-09T19:30:00,o5,unlisted,7
    """
VISITS = """
    customer,at
    ann,2024-02-02T12:00:00
    ann,2024-02-02T12:00:00
    bo,2024-02-05T12:00:00
    """
ACCEPTED = 7  # four sales with an id, three visits of which two are alike
Load = Callable[[], Report]


@pytest.fixture
def shop(home: Settings) -> Path:
    """The folder with the shop's files."""
    folder = home.home / "shop"
    folder.mkdir()
    write(folder / "mapping.yaml", MAPPING)
    write(folder / "sales.csv", SALES)
    write(folder / "visits.csv", VISITS)
    write(folder / "items.csv", "item,department,category\nlatte,Drinks,Coffee\ntea,Drinks,Tea\n")
    write(folder / "members.csv", "customer,age\nann,old\ncy,young\n")
    return folder


@pytest.fixture
def load(shop: Path, home: Settings, store: Store) -> Load:
    return lambda: ingest(load_mapping(shop / "mapping.yaml"), home, store, FixedClock(NOW))


def write(path: Path, text: str) -> None:
    path.write_text(dedent(text).lstrip(), encoding="utf-8")


def count(store: Store, table: type[Attribute | Channel | Customer | History | Item | Rejected]) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def everything(store: Store, home: Settings) -> dict[str, object]:
    """What a load changes, in lake and store."""
    with store.read() as connection:
        histories = connection.execute(
            select(History.customer_id, History.packed).order_by(History.customer_id)
        )
        packed = {row.customer_id: row.packed for row in histories}
    tables = (Attribute, Channel, Customer, Item, Rejected)
    return {
        "events": event_ids(Lake(home.lake_path)),
        "histories": packed,
        **{table.__tablename__: count(store, table) for table in tables},
    }


def test_load_counts_what_became_of_every_row(load: Load) -> None:
    report = load()
    assert (report.accepted, report.duplicates, report.items, report.facts) == (ACCEPTED, 0, 2, 2)
    assert report.rejected == {"bad_timestamp": 1, "missing_customer": 1}
    assert report.accepted_by_type == {"purchase": 4, "visit": 3}


def test_report_counts_what_was_skipped_and_tells_what_was_assumed(shop: Path, load: Load) -> None:
    write(
        shop / "mapping.yaml",
        MAPPING.replace("files: sales.csv", "files: sales.csv\n        where: {item: [latte, unlisted]}"),
    )
    (shop / "members.csv").write_bytes("customer,age\nann,old\n安,young\n".encode("gb18030"))
    report = load()
    assert (report.accepted, report.skipped) == (ACCEPTED - 1, 1)
    (warning,) = report.warnings
    assert "members.csv is not UTF-8" in str(warning)


def test_rows_after_the_clock_are_not_loaded(shop: Path, load: Load) -> None:
    with (shop / "visits.csv").open("a", encoding="utf-8") as visits:
        visits.write("bo,2024-03-02T12:00:00\n")
    report = load()
    assert report.accepted == ACCEPTED
    assert report.rejected["after_the_clock"] == 1


def test_load_fills_histories_catalogue_facts_and_rejects(load: Load, store: Store) -> None:
    load()
    assert (count(store, Customer), count(store, History), count(store, Rejected)) == (3, 3, 2)
    assert (count(store, Item), count(store, Channel), count(store, Attribute)) == (3, 1, 2)
    with store.read() as connection:
        bo = read_histories(connection, ["bo"])["bo"]
    assert (bo.offsets.tolist(), bo.amount.tolist()) == ([0, 2], [35_000.0, 0.0])


def test_identical_rows_without_ids_are_kept_apart(load: Load, store: Store) -> None:
    load()
    with store.read() as connection:
        ann = read_histories(connection, ["ann"])["ann"]
    assert len(set(ann.event_key.tolist())) == 4


def test_same_files_again_change_nothing(load: Load, store: Store, home: Settings) -> None:
    load()
    before, version = everything(store, home), Lake(home.lake_path).version()
    again = load()
    assert (again.accepted, again.duplicates) == (0, ACCEPTED)
    assert (everything(store, home), Lake(home.lake_path).version()) == (before, version)


def test_file_that_grew_adds_only_its_new_rows(load: Load, shop: Path, store: Store, home: Settings) -> None:
    load()
    with (shop / "sales.csv").open("a", encoding="utf-8") as sales:
        sales.write("s7,bo,2024-02-20T08:00:00,o6,tea,2.25\n")
    report = load()
    assert (report.accepted, report.duplicates) == (1, ACCEPTED)
    assert len(event_ids(Lake(home.lake_path))) == ACCEPTED + 1
    with store.read() as connection:
        assert read_histories(connection, ["bo"])["bo"].offsets.tolist() == [0, 3]


DIES = """
import os, sys
from pathlib import Path
import features.ingest, features.staging, features.lake
from core.clock import OffsetClock
from core.settings import Settings
from core.storage import open_store
from features.sources import load_mapping

where, name = sys.argv[2].rsplit(".", 1)
target = eval(where)
setattr(target, name, lambda *_, **__: os._exit(9))
settings = Settings(home=sys.argv[1], timezone="America/New_York", lake_buckets=3, currency="USD")
mapping = load_mapping(Path(sys.argv[1]) / "shop" / "mapping.yaml")
features.ingest.ingest(mapping, settings, open_store(settings), OffsetClock())
"""
DEATHS = [
    ("features.staging.Staging.fresh", "first load"),
    ("features.ingest.Lake.append", "later load"),
    ("features.ingest.rebuild", "first load"),
    ("features.ingest.rebuild", "later load"),
    ("features.ingest.counters.put", "first load"),
]


@pytest.mark.parametrize(("step", "which"), DEATHS)
def test_load_that_is_killed_is_completed_by_the_next(
    load: Load, shop: Path, store: Store, home: Settings, step: str, which: str
) -> None:
    """Killed before the commit it leaves no event; killed after it, the next load catches up."""
    if which == "later load":
        write(
            shop / "sales.csv", "id,customer,at,order,item,paid\ns1,ann,2024-02-01T10:00:00,o1,latte,3.50\n"
        )
        load()
        write(shop / "sales.csv", SALES)
    died = subprocess.run(  # noqa: S603 (our own interpreter and script)
        [sys.executable, "-c", DIES, str(home.home), step], cwd=ROOT, check=False, capture_output=True
    )
    assert died.returncode == 9, died.stderr.decode()
    load()
    found = everything(store, home)
    assert len(event_ids(Lake(home.lake_path))) == ACCEPTED
    assert (count(store, Customer), count(store, History), count(store, Rejected)) == (3, 3, 2)
    with store.read() as connection:
        assert connection.scalar(select(func.sum(History.n_events))) == ACCEPTED
    load()
    assert everything(store, home) == found


def test_mapping_that_does_not_fit_its_files_loads_nothing(load: Load, shop: Path, store: Store) -> None:
    write(shop / "visits.csv", "customer,when\nann,2024-02-02T12:00:00\n")
    with pytest.raises(InvalidInputError):
        load()
    assert (count(store, History), count(store, Item), count(store, Attribute)) == (0, 0, 0)


def test_load_waits_for_another_and_then_says_so(shop: Path, home: Settings, store: Store) -> None:
    mapping = load_mapping(shop / "mapping.yaml")
    with FileLock(home.home / "ingest.lock"), pytest.raises(ConflictError, match="Another load"):
        ingest(mapping, home, store, FixedClock(NOW), wait_seconds=0.1)


def test_event_that_came_live_before_is_kept_once(load: Load, store: Store, home: Settings) -> None:
    """Whether or not it was flushed when the file brought it too."""
    early = _live("s1", "latte", Decimal("3.50"))
    late = _live("s2", "tea", Decimal("2.25"))
    accept(store, [early], now=NOW)
    flush(store, Lake(home.lake_path, buckets=home.lake_buckets))
    accept(store, [late], now=NOW)
    load()
    flush(store, Lake(home.lake_path))
    assert len(event_ids(Lake(home.lake_path))) == ACCEPTED
    with store.read() as connection:
        assert read_histories(connection, ["ann"])["ann"].offsets.tolist() == [0, 4]


def _live(event_id: str, item_id: str, amount: Decimal) -> Event:
    at = datetime(2024, 2, 1, 15, tzinfo=UTC)
    event = Event(event_id, "ann", at, at, "purchase", channel="store", order_id="o1", item_id=item_id)
    return replace(event, amount=amount)
