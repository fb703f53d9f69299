"""The lake: all of a commit or nothing, in order, each batch known by its number."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from core.errors import ConflictError, NotReadyError
from core.ids import bucket_of, stable_key
from features.assemble import COLUMNS, KERNEL_COLUMNS, from_events
from features.contract import EVENT_SCHEMA, Event
from features.kernel import compute
from features.lake import HASH_NAME, Lake
from features.lake_rows import LAKE_SCHEMA, keyed
from features.records import to_histories, to_table
from tests.features.test_packing import assert_same
from tests.features.worlds import World, purchase, same_bits, spec_in

APP = "test"
BUCKETS = 3
NOON = datetime(2017, 11, 8, 17, tzinfo=UTC)


def shop(customers: int = 12, events: int = 9) -> list[Event]:
    """Events of several customers, many at the same instant, none in order."""
    found = []
    for number, customer in product(range(events), range(customers)):
        at = NOON - timedelta(hours=number * customer % 5)
        event = purchase(at, f"event {number} of {customer}", order_id=f"order {number % 3}", item_id="latte")
        found.append(Event(**{**vars(event), "customer_id": f"customer {customer}"}))
    return found


def parts_of(events: list[Event], buckets: int = BUCKETS) -> Iterator[tuple[int, pa.Table]]:
    for bucket in range(buckets):
        yield bucket, keyed(to_table(in_bucket(events, bucket, buckets)), buckets)


def event_ids(lake: Lake) -> list[str]:
    buckets = [lake.read_bucket(bucket, ["event_id"]) for bucket in range(lake.buckets)]
    return sorted(row["event_id"] for bucket in buckets for row in bucket.to_pylist())


def in_bucket(events: list[Event], bucket: int, buckets: int = BUCKETS) -> list[Event]:
    return [event for event in events if bucket_of(event.customer_id, buckets) == bucket]


@pytest.mark.parametrize("files", [1, 4])
def test_bucket_read_back_gives_the_histories_that_went_in(lake: Lake, files: int) -> None:
    events = shop()
    for number in range(files):
        lake.append(parts_of(events[number::files]), app=APP, batch=number, note={})
    for bucket in range(BUCKETS):
        own = sorted(
            {event.customer_id for event in events if bucket_of(event.customer_id, BUCKETS) == bucket}
        )
        expected = to_histories({name: [e for e in events if e.customer_id == name] for name in own})
        assert_same(from_events(lake.read_bucket(bucket, COLUMNS)), expected)


@pytest.mark.parametrize("files", [1, 4])
def test_kernel_needs_no_event_keys_from_the_lake(lake: Lake, files: int) -> None:
    events = shop()
    for number in range(files):
        lake.append(parts_of(events[number::files]), app=APP, batch=number, note={})
    world = World(NOON + timedelta(hours=1), spec_in("America/New_York"), {})
    for bucket in range(BUCKETS):
        with_keys, without = (
            compute(
                from_events(lake.read_bucket(bucket, columns)), world.as_of_us, world.spec, world.catalogue
            )
            for columns in (COLUMNS, KERNEL_COLUMNS)
        )
        assert same_bits(with_keys, without)


@pytest.mark.parametrize("files", [1, 3])
def test_one_customer_is_read_in_order(lake: Lake, files: int) -> None:
    events = shop()
    for number in range(files):
        lake.append(parts_of(events[number::files]), app=APP, batch=number, note={})
    own = [event for event in events if event.customer_id == "customer 7"]
    own.sort(key=lambda event: (event.occurred_at, stable_key(event.event_id)))
    assert lake.read_customer("customer 7", ["event_id"])["event_id"].to_pylist() == [e.event_id for e in own]
    assert len(lake.read_customer("nobody", ["event_id"])) == 0


def test_values_of_the_contract_come_back_unchanged(lake: Lake) -> None:
    events = shop(customers=1)
    lake.append(parts_of(events), app=APP, batch=0, note={})
    back = lake.read_customer("customer 0", EVENT_SCHEMA.names).sort_by("event_id").to_pylist()
    assert back == to_table(events).sort_by("event_id").to_pylist()


def test_lake_from_before_ratings_is_read_and_takes_the_column_when_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files of then lack the column, and so does the table until something is appended."""
    events = [replace(event, rating=4.5) for event in shop()]
    with monkeypatch.context() as before:
        before.setattr("features.lake.LAKE_SCHEMA", pa.schema(f for f in LAKE_SCHEMA if f.name != "rating"))
        lake = Lake(tmp_path / "lake", buckets=BUCKETS)
        lake.create()
        parts = ((bucket, part.drop_columns(["rating"])) for bucket, part in parts_of(events[::2]))
        lake.append(parts, app=APP, batch=0, note={})
    assert ratings(lake) == [None] * len(events[::2])
    lake.append(parts_of(events[1::2]), app=APP, batch=1, note={})
    assert sorted(ratings(lake), key=bool) == [None] * len(events[::2]) + [4.5] * len(events[1::2])
    assert "rating" in [field.name for field in lake.table().schema().fields]
    assert lake.read_customer("customer 7", COLUMNS).column_names == list(COLUMNS)
    with monkeypatch.context() as soon:
        soon.setattr("features.lake.MOST_FILES", 1)
        assert lake.compact() == BUCKETS
    assert sorted(ratings(lake), key=bool) == [None] * len(events[::2]) + [4.5] * len(events[1::2])


def ratings(lake: Lake) -> list[float | None]:
    buckets = [lake.read_bucket(bucket, ["event_id", "rating"]) for bucket in range(BUCKETS)]
    return [row["rating"] for bucket in buckets for row in bucket.to_pylist()]


def test_empty_lake_has_empty_buckets(lake: Lake) -> None:
    assert from_events(lake.read_bucket(0, COLUMNS)).n_customers == 0
    assert lake.transaction_version(APP) == -1


def test_number_of_buckets_and_hash_are_recorded_when_the_lake_is_made(lake: Lake) -> None:
    assert Lake(lake.path, buckets=99).buckets == BUCKETS
    described = DeltaTable(str(lake.path)).metadata().description
    assert json.loads(described) == {"buckets": BUCKETS, "hash": HASH_NAME}


def test_making_the_lake_again_keeps_what_is_in_it(lake: Lake) -> None:
    lake.append(parts_of(shop()), app=APP, batch=0, note={})
    Lake(lake.path, buckets=99).create()
    assert len(event_ids(lake)) == len(shop())


def test_lake_made_with_another_hash_is_refused(tmp_path: Path) -> None:
    other = json.dumps({"buckets": 4, "hash": "another"})
    (tmp_path / "lake").mkdir()
    DeltaTable.create(str(tmp_path / "lake"), LAKE_SCHEMA, partition_by=["bucket"], description=other)
    with pytest.raises(NotReadyError, match="another"):
        _ = Lake(tmp_path / "lake").buckets


def test_missing_lake_says_to_load_data_first(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="tagloop ingest"):
        Lake(tmp_path / "lake").version()


def test_all_buckets_of_a_commit_become_visible_at_once(lake: Lake) -> None:
    seen: list[int] = []

    def watched() -> Iterator[tuple[int, pa.Table]]:
        for part in parts_of(shop()):
            seen.append(len(event_ids(lake)))
            yield part

    before = lake.version()
    after = lake.append(watched(), app=APP, batch=0, note={})
    assert seen == [0] * BUCKETS
    assert (after, len(event_ids(lake))) == (before + 1, len(shop()))


def test_commit_that_fails_half_way_leaves_nothing_visible(lake: Lake) -> None:
    def broken() -> Iterator[tuple[int, pa.Table]]:
        yield next(parts_of(shop()))
        raise OSError("the disk is full")

    before = lake.version()
    with pytest.raises(OSError, match="full"):
        lake.append(broken(), app=APP, batch=0, note={})
    assert (lake.version(), event_ids(lake), lake.transaction_version(APP)) == (before, [], -1)
    lake.append(parts_of(shop()), app=APP, batch=0, note={})
    assert len(event_ids(lake)) == len(shop())


def test_last_batch_of_each_writer_is_known(lake: Lake) -> None:
    lake.append(parts_of(shop(customers=1)), app=APP, batch=7, note={})
    lake.append(parts_of(shop(customers=2)[1::2]), app="another", batch=3, note={})
    fresh = Lake(lake.path)
    assert (fresh.transaction_version(APP), fresh.transaction_version("another")) == (7, 3)


def test_batch_that_is_there_is_refused(lake: Lake) -> None:
    lake.append(parts_of(shop()), app=APP, batch=7, note={})
    with pytest.raises(ConflictError, match="7"):
        lake.append(parts_of(shop()), app=APP, batch=7, note={})
    assert len(event_ids(lake)) == len(shop())


def test_commit_that_another_of_the_same_writer_overtook_is_refused(lake: Lake) -> None:
    def overtaken() -> Iterator[tuple[int, pa.Table]]:
        lake.append(parts_of(shop()), app=APP, batch=7, note={})
        yield from parts_of(shop())

    with pytest.raises(CommitFailedError):
        lake.append(overtaken(), app=APP, batch=8, note={})
    assert len(event_ids(lake)) == len(shop())


def test_writers_of_two_apps_do_not_hinder_each_other(lake: Lake) -> None:
    def meanwhile() -> Iterator[tuple[int, pa.Table]]:
        lake.append(parts_of(shop(customers=3)), app="another", batch=1, note={})
        yield from parts_of(shop())

    lake.append(meanwhile(), app=APP, batch=1, note={})
    assert len(event_ids(lake)) == len(shop()) + len(shop(customers=3))


def test_earlier_version_is_read_as_it_was(lake: Lake) -> None:
    first = lake.append(parts_of(shop(customers=6)), app=APP, batch=0, note={})
    lake.append(parts_of([e for e in shop() if e not in shop(customers=6)]), app=APP, batch=1, note={})
    then = sum(len(lake.read_bucket(bucket, ["event_id"], version=first)) for bucket in range(BUCKETS))
    assert (then, len(event_ids(lake))) == (len(shop(customers=6)), len(shop()))


def test_note_of_a_commit_is_in_its_history(lake: Lake) -> None:
    lake.append(parts_of(shop()), app=APP, batch=0, note={"by": "a test"})
    assert json.loads(lake.table().history(1)[0]["tagloop"]) == {"by": "a test"}


def test_every_file_is_sorted_and_holds_one_bucket(lake: Lake) -> None:
    lake.append(parts_of(shop()), app=APP, batch=0, note={})
    for bucket in range(BUCKETS):
        rows = lake.read_bucket(bucket, ["customer_id", "occurred_at", "event_key"]).to_pylist()
        assert rows == sorted(
            rows, key=lambda row: (row["customer_id"], row["occurred_at"], row["event_key"])
        )
        assert {bucket_of(row["customer_id"], BUCKETS) for row in rows} <= {bucket}


@pytest.mark.parametrize("folder", ["a shop's data", "小店 数据", "50#1?"])
def test_folder_of_any_name_is_written_and_read(tmp_path: Path, folder: str) -> None:
    lake = Lake(tmp_path / folder / "lake", buckets=BUCKETS)
    lake.create()
    for number in range(2):
        lake.append(parts_of(shop()[number::2]), app=APP, batch=number, note={})
    assert event_ids(lake) == sorted(event.event_id for event in shop())
