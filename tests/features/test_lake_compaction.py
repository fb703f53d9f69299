"""A lake that live events fill with small files is rewritten without a change of its rows."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.contract import Event
from features.lake import LIVE_APP, MOST_FILES, Lake
from features.lake_rows import LAKE_SCHEMA, keyed
from features.records import to_table

COLUMNS = [name for name in LAKE_SCHEMA.names if name != "bucket"]
START = datetime(2017, 5, 1, tzinfo=UTC)


def filled(path: Path, n_batches: int) -> Lake:
    lake = Lake(path, buckets=1)
    lake.create()
    for batch in range(1, n_batches + 1):
        instant = START - timedelta(hours=batch)
        event = Event(f"e{batch}", f"c{batch % 3}", instant, instant, "purchase", identity="x:y")
        lake.append([(0, keyed(to_table([event]), 1))], app=LIVE_APP, batch=batch, note={})
    return lake


def test_many_files_become_one_with_the_same_rows_in_the_same_order(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", MOST_FILES + 1)
    before, version = lake.read_bucket(0, COLUMNS), lake.version()

    assert lake.compact() == 1

    assert len(lake.table().file_uris()) == 1
    assert lake.read_bucket(0, COLUMNS).to_pylist() == before.to_pylist()
    assert lake.read_bucket(0, COLUMNS, version=version).to_pylist() == before.to_pylist()
    assert lake.transaction_version(LIVE_APP) == MOST_FILES + 1


def test_few_files_are_left_as_they_are(tmp_path: Path) -> None:
    lake = filled(tmp_path / "lake", 3)
    version = lake.version()

    assert lake.compact() == 0

    assert lake.version() == version
