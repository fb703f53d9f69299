"""Statements by keys: one key gives what it gives among several, in the types of the columns."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Double, Integer, Label, bindparam, create_engine, insert, literal, select
from sqlalchemy.exc import OperationalError

from core.settings import Settings
from core.storage import Store, open_store
from core.storage.base import Base
from core.storage.by_keys import MOST, ByKeys, several
from features.tables import Attribute, Customer, RecentEvent

WHEN = datetime(2017, 11, 1, 9, 30, tzinfo=UTC)
FACTS = ByKeys(
    select(Attribute.customer_id, Attribute.value, Attribute.observed_at)
    .where(Attribute.customer_id.in_(several()), Attribute.key == "age")
    .order_by(Attribute.fact_id)
)
PAYLOADS = ByKeys(select(RecentEvent.payload).where(RecentEvent.customer_id.in_(several())))
EXISTING = ByKeys(
    select(Customer.customer_id)
    .where(Customer.customer_id.in_(several()))
    .union(select(Attribute.customer_id).where(Attribute.customer_id.in_(several())))
)


@pytest.fixture
def filled(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    store = open_store(Settings(home=tmp_path, database_url=database_url))
    facts = [("f1", "安", "age", "7", WHEN), ("f2", "安", "city", "x", None), ("f3", "安", "age", "8", None)]
    with store.write() as connection:
        names = ("fact_id", "customer_id", "key", "value", "observed_at")
        connection.execute(insert(Attribute), [dict(zip(names, fact, strict=True)) for fact in facts])
        connection.execute(insert(Customer), [{"customer_id": "bo", "first_seen_at": WHEN}])
        event = {"seq": 1, "event_id": "e", "customer_id": "bo", "payload": {"text": "你好", "n": 1.5}}
        connection.execute(insert(RecentEvent), [event])
    yield store
    store.close()


def test_one_key_gives_the_rows_in_the_columns_types(filled: Store) -> None:
    with filled.read() as connection:
        assert [list(row) for row in FACTS.rows(connection, ["安"])] == [["安", "7", WHEN], ["安", "8", None]]
        assert [list(row) for row in PAYLOADS.rows(connection, ["bo"])] == [[{"text": "你好", "n": 1.5}]]


def test_number_comes_as_the_float_that_it_is(filled: Store) -> None:
    quarter: Label[float] = literal(0.25, Double()).label("quarter")
    numbers = ByKeys(select(quarter).where(Customer.customer_id.in_(several())))
    with filled.read() as connection:
        assert [list(row) for row in numbers.rows(connection, ["bo"])] == [[0.25]]


def test_one_key_gives_what_it_gives_among_several(filled: Store) -> None:
    with filled.read() as connection:
        for statement in (FACTS, PAYLOADS, EXISTING):
            alone = [
                tuple(row) for key in ("安", "bo", "nobody") for row in statement.rows(connection, [key])
            ]
            together = statement.rows(connection, ["安", "bo", "nobody"])
            assert sorted(alone, key=str) == sorted(map(tuple, together), key=str)
            assert alone


@pytest.mark.parametrize("count", [2, 3, 4, 7, MOST - 1, MOST, MOST + 1, 10_000])
def test_any_number_of_keys_gives_each_row_once(filled: Store, count: int) -> None:
    keys = [f"nobody {number}" for number in range(count - 2)] + ["bo", "安"]
    with filled.read() as connection:
        assert sorted(map(list, FACTS.rows(connection, keys))) == [["安", "7", WHEN], ["安", "8", None]]
        assert sorted(map(list, EXISTING.rows(connection, keys))) == [["bo"], ["安"]]


def test_no_keys_have_no_rows(filled: Store) -> None:
    with filled.read() as connection:
        assert list(EXISTING.rows(connection, [])) == []


def test_what_the_driver_refuses_is_told_as_sqlalchemy_tells_it() -> None:
    assert "attributes" in Base.metadata.tables
    with (
        create_engine("sqlite://").connect() as connection,
        pytest.raises(OperationalError, match="no such table"),
    ):
        EXISTING.rows(connection, ["bo"])


def test_named_values_stand_beside_the_keys(filled: Store) -> None:
    events = ByKeys(
        select(RecentEvent.seq)
        .where(RecentEvent.customer_id.in_(several()), RecentEvent.seq > bindparam("after"))
        .limit(bindparam("most", type_=Integer())),
        named=("after", "most"),
    )
    with filled.read() as connection:
        assert [list(row) for row in events.rows(connection, ["bo", "ann"], after=0, most=5)] == [[1]]
        assert events.rows(connection, ["bo", "ann"], after=1, most=5) == []
        assert events.rows(connection, ["bo"], after=0, most=0) == []
