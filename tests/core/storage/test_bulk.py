"""Rows written at the driver's own speed: what is there stays or is overwritten, as is asked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core.settings import Settings
from core.storage import Store, open_store
from core.storage.bulk import insert_many, insert_missing, upsert_many
from features.tables import Counter, Customer, Item

EARLY, LATE = datetime(2017, 1, 1, tzinfo=UTC), datetime(2017, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
CUSTOMER = ("customer_id", "first_seen_at")
COUNTER = ("name", "value")


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


def test_rows_that_are_missing_are_inserted_and_the_others_stay(store: Store) -> None:
    with store.write() as connection:
        insert_missing(connection, Customer, CUSTOMER, [("安", EARLY)])
        insert_missing(connection, Customer, CUSTOMER, [("安", LATE), ("bo", LATE), ("bo", EARLY)])
        insert_missing(connection, Customer, CUSTOMER, [])
        found = connection.execute(select(Customer.customer_id, Customer.first_seen_at)).all()
    assert {row.customer_id: row.first_seen_at for row in found} == {"安": EARLY, "bo": LATE}


def test_columns_that_are_not_named_are_empty(store: Store) -> None:
    with store.write() as connection:
        insert_missing(connection, Item, ("item_id", "item_key", "category_paths"), [("i", 7, [["A", "B"]])])
        row = connection.execute(select(Item.__table__)).one()
    assert (row.item_id, row.item_key, row.category_paths, row.name, row.brand) == (
        "i",
        7,
        [["A", "B"]],
        None,
        None,
    )


def test_rows_that_are_there_take_the_new_values_the_last_of_several(store: Store) -> None:
    with store.write() as connection:
        upsert_many(connection, Counter, COUNTER, [("a", 1), ("b", 2)])
        upsert_many(connection, Counter, COUNTER, [("b", 3), ("c", 4), ("c", 5)])
        upsert_many(connection, Counter, COUNTER, [])
        found = connection.execute(select(Counter.name, Counter.value)).all()
    assert {row.name: row.value for row in found} == {"a": 1, "b": 3, "c": 5}


def test_a_row_that_cannot_be_is_a_fault_of_the_database(store: Store) -> None:
    with pytest.raises(OperationalError), store.write() as connection:
        insert_many(connection, Counter, COUNTER, [("a", None)])
