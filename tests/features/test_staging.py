"""Rows set aside by bucket: what the lake lacks comes out, each event once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from core.ids import bucket_of, stable_key
from features.contract import Event
from features.lake import BULK_APP, Lake
from features.lake_rows import LAKE_SCHEMA
from features.records import to_table
from features.staging import Staging
from tests.features.test_lake import parts_of

AT = datetime(2024, 2, 1, tzinfo=UTC)
CUSTOMERS = ("ann", "bo", "cy", "di", "ed")


def event(event_id: str, customer_id: str = "ann", minutes: int = 0) -> Event:
    at = AT + timedelta(minutes=minutes)
    return Event(event_id, customer_id, at, at, "purchase", item_id="latte")


def batch(*events: Event, own_ids: bool = True) -> pa.Table:
    """Events as the sources hand them over."""
    return to_table(events).append_column(
        pa.field("has_own_id", pa.bool_(), nullable=False), pa.array([own_ids] * len(events), pa.bool_())
    )


@pytest.fixture
def staging(tmp_path: Path, lake: Lake) -> Iterator[Staging]:
    with Staging(tmp_path / "staging", lake) as opened:
        yield opened


def ids_of(staging: Staging) -> list[str]:
    return sorted(
        str(name) for _, fresh, _ in staging.fresh() for name in fresh.column("event_id").to_pylist()
    )


def test_every_event_comes_out_in_its_customers_bucket(staging: Staging, lake: Lake) -> None:
    for number, name in enumerate(CUSTOMERS):
        staging.add(batch(event(f"a{number}", name), event(f"b{number}", name)))
    found = {
        row["event_id"]: (bucket, row["bucket"], row["customer_id"])
        for bucket, fresh, _ in staging.fresh()
        for row in fresh.to_pylist()
    }
    assert len(found) == 2 * len(CUSTOMERS)
    for bucket, own, customer in found.values():
        assert bucket == own == bucket_of(customer, lake.buckets)


def test_rows_have_the_lakes_columns_and_keys(staging: Staging) -> None:
    staging.add(batch(event("a")))
    ((_, fresh, _),) = staging.fresh()
    assert fresh.schema.names == LAKE_SCHEMA.names
    assert fresh.column("event_key").to_pylist() == [stable_key("a")]


def test_what_the_lake_holds_is_a_duplicate(staging: Staging, lake: Lake) -> None:
    lake.append(parts_of([event("a"), event("b")], lake.buckets), app=BULK_APP, batch=1, note={})
    staging.add(batch(event("b"), event("c")))
    ((_, fresh, duplicates),) = staging.fresh()
    assert (fresh.column("event_id").to_pylist(), duplicates) == (["c"], 1)


def test_id_that_comes_twice_counts_once_also_in_another_batch(staging: Staging) -> None:
    staging.add(batch(event("a"), event("a")))
    staging.add(batch(event("a"), event("b")))
    ((_, fresh, duplicates),) = staging.fresh()
    assert (fresh.column("event_id").to_pylist(), duplicates) == (["a", "b"], 2)


def test_identical_rows_without_ids_are_numbered_the_same_way_every_time(tmp_path: Path, lake: Lake) -> None:
    """Over batches too: where one batch ends depends on the file's size alone."""
    found = []
    for split in (1, 2):
        rows = [event("same"), event("same"), event("same"), event("other")]
        with Staging(tmp_path / "staging", lake) as staging:
            staging.add(batch(*rows[:split], own_ids=False))
            staging.add(batch(*rows[split:], own_ids=False))
            found.append(ids_of(staging))
    assert found == [["other", "same", "same-1", "same-2"]] * 2


def test_numbered_row_has_the_key_of_its_new_id(staging: Staging) -> None:
    staging.add(batch(event("same"), event("same"), own_ids=False))
    ((_, fresh, _),) = staging.fresh()
    assert fresh.column("event_key").to_pylist() == [stable_key("same"), stable_key("same-1")]


def test_identical_rows_that_the_lake_holds_are_all_duplicates(staging: Staging, lake: Lake) -> None:
    lake.append(parts_of([event("same"), event("same-1")], lake.buckets), app=BULK_APP, batch=1, note={})
    staging.add(batch(*[event("same")] * 3, own_ids=False))
    ((_, fresh, duplicates),) = staging.fresh()
    assert (fresh.column("event_id").to_pylist(), duplicates) == (["same-2"], 2)


def test_nothing_staged_gives_nothing(staging: Staging) -> None:
    staging.add(batch())
    assert list(staging.fresh()) == []


def test_scratch_folder_is_emptied_before_and_after(tmp_path: Path, lake: Lake) -> None:
    folder = tmp_path / "staging"
    folder.mkdir()
    (folder / "0.parquet").write_bytes(b"left by a load that died")
    with Staging(folder, lake) as staging:
        assert list(staging.fresh()) == []
        staging.add(batch(event("a")))
        assert list(folder.iterdir())
    assert not folder.exists()
