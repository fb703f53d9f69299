"""Many rows inserted or updated at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.settings import Settings
from core.storage import Store, open_store
from core.storage.upsert import ROWS_A_STATEMENT, insert_new, upsert
from features.tables import Channel, Counter


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


def held(store: Store) -> dict[str, Any]:
    with store.read() as connection:
        return {row.name: row.value for row in connection.execute(select(Counter.name, Counter.value))}


def test_upsert_inserts_and_overwrites(store: Store) -> None:
    with store.write() as connection:
        upsert(connection, Counter, [{"name": "a", "value": 1}, {"name": "b", "value": 2}])
        upsert(connection, Counter, [{"name": "b", "value": 3}, {"name": "c", "value": 4}])
    assert held(store) == {"a": 1, "b": 3, "c": 4}


def test_of_a_row_that_comes_twice_the_last_counts(store: Store) -> None:
    with store.write() as connection:
        upsert(connection, Counter, [{"name": "a", "value": 1}, {"name": "a", "value": 2}])
    assert held(store) == {"a": 2}


def test_insert_new_leaves_what_is_there(store: Store) -> None:
    with store.write() as connection:
        insert_new(connection, Counter, [{"name": "a", "value": 1}])
        insert_new(connection, Counter, [{"name": "a", "value": 9}, {"name": "b", "value": 2}])
    assert held(store) == {"a": 1, "b": 2}


def test_more_rows_than_a_statement_takes_are_all_kept(store: Store) -> None:
    rows = [{"name": str(number), "value": number} for number in range(2 * ROWS_A_STATEMENT + 1)]
    with store.write() as connection:
        upsert(connection, Counter, rows)
    assert held(store) == {row["name"]: row["value"] for row in rows}


def test_no_rows_and_rows_that_are_all_key_are_fine(store: Store) -> None:
    with store.write() as connection:
        upsert(connection, Channel, [])
        insert_new(connection, Channel, [])
        upsert(connection, Channel, [{"channel": "web"}, {"channel": "web"}])
    with store.read() as connection:
        assert connection.scalars(select(Channel.channel)).all() == ["web"]
