"""Searching customers by their tags, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert

from core.settings import Settings
from core.storage import Store, open_store
from tags.audience.filter import Filter, Wanted
from tags.audience.finding import count, search
from tags.audience.roll import read_roll
from tags.profile.tables import CustomerPrediction
from tests.tags.audience.spans import HOUR, START, add_customers, begin, stop

NAMES = ["Zoe", "a 1", "a:2", "b", "käthe", "z", "顾客 7"]


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    with opened.write() as connection:
        add_customers(connection, reversed(NAMES))
        for name in ("a 1", "b", "顾客 7", "Zoe"):
            begin(connection, "coffee", name, START, confidence=0.9 if name == "b" else None)
        for name in ("b", "käthe"):
            begin(connection, "tea", name, START, until=START + 10 * HOUR, confidence=0.6)
        begin(connection, "age", "a 1", START, value="18-29")
        begin(connection, "age", "b", START, value="50+")
        stop(connection, "coffee", "Zoe", START + HOUR)
    yield opened
    opened.close()


def found(store: Store, wanted: Filter, at: datetime = START + 2 * HOUR) -> list[str]:
    with store.read() as connection:
        roll = read_roll(connection, at)
        return roll.page(search(wanted, roll, connection), None, 100)


def tags(*names: str) -> tuple[Wanted, ...]:
    return tuple(Wanted(*name.split("=")) for name in names)


def test_all_any_and_none_are_met_at_once(store: Store) -> None:
    assert found(store, Filter(all=tags("coffee"))) == ["a 1", "b", "顾客 7"]
    assert found(store, Filter(any=tags("coffee", "tea"))) == ["a 1", "b", "käthe", "顾客 7"]
    assert found(store, Filter(all=tags("coffee"), none=tags("tea"))) == ["a 1", "顾客 7"]
    assert found(store, Filter(all=tags("coffee", "tea"))) == ["b"]


def test_whoever_has_none_of_them_may_have_no_tag_at_all(store: Store) -> None:
    assert found(store, Filter(none=tags("coffee", "tea"))) == ["Zoe", "a:2", "z"]
    assert found(store, Filter()) == NAMES


def test_customers_come_in_the_order_of_their_ids_on_every_database(store: Store) -> None:
    assert sorted(NAMES) == NAMES
    assert found(store, Filter()) == NAMES


def test_a_past_instant_finds_who_carried_the_tags_then(store: Store) -> None:
    wanted = Filter(all=tags("coffee"))
    assert "Zoe" in found(store, wanted, START)
    assert "Zoe" not in found(store, wanted, START + HOUR)
    assert found(store, wanted, START - HOUR) == []


def test_a_tag_that_lapsed_by_itself_is_not_found_from_that_instant_on(store: Store) -> None:
    wanted = Filter(all=tags("tea"))
    assert found(store, wanted, START + 10 * HOUR - timedelta(microseconds=1)) == ["b", "käthe"]
    assert found(store, wanted, START + 10 * HOUR) == []


def test_what_is_carried_without_a_confidence_is_sure(store: Store) -> None:
    assert found(store, Filter(all=tags("coffee"), min_confidence=0.95)) == ["a 1", "顾客 7"]
    assert found(store, Filter(all=tags("coffee"), min_confidence=0.9)) == ["a 1", "b", "顾客 7"]


def test_a_confidence_of_one_tag_goes_before_that_of_all(store: Store) -> None:
    wanted = Filter(any=tags("coffee", "tea"), min_confidence=0.95, of_tag={"tea": 0.5})
    assert found(store, wanted) == ["a 1", "b", "käthe", "顾客 7"]


def test_a_low_confidence_does_not_bring_back_who_is_left_out(store: Store) -> None:
    wanted = Filter(all=tags("coffee"), none=tags("tea"), min_confidence=0.7)
    assert found(store, wanted) == ["a 1", "顾客 7"]


def test_values_are_told_apart(store: Store) -> None:
    assert found(store, Filter(all=tags("age"))) == ["a 1", "b"]
    assert found(store, Filter(all=tags("age=50+"))) == ["b"]
    assert found(store, Filter(all=tags("age=18-29"), none=tags("tea"))) == ["a 1"]
    assert found(store, Filter(all=tags("coffee"), none=tags("age=50+"))) == ["a 1", "顾客 7"]
    assert found(store, Filter(all=tags("age=70+"))) == []


def test_a_segment_is_one_more_condition(store: Store) -> None:
    rows = [
        {"customer_id": name, "segment": "segment_1", "churn": None, "release_id": "r", "as_of": START}
        for name in ("b", "z")
    ]
    with store.write() as connection:
        connection.execute(insert(CustomerPrediction), rows)
    assert found(store, Filter(segment="segment_1")) == ["b", "z"]
    assert found(store, Filter(all=tags("coffee"), segment="segment_1")) == ["b"]
    assert found(store, Filter(segment="segment_2")) == []


def test_pages_side_by_side_hold_everybody_once(store: Store) -> None:
    with store.read() as connection:
        roll = read_roll(connection, START)
        everybody = search(Filter(), roll, connection)
        got: list[str] = []
        while some := roll.page(everybody, got[-1] if got else None, 2):
            got += some
    assert got == NAMES


def test_a_page_goes_on_behind_a_customer_who_is_no_longer_there(store: Store) -> None:
    with store.read() as connection:
        roll = read_roll(connection, START)
        assert roll.page(search(Filter(), roll, connection), "b2", 2) == ["käthe", "z"]


def test_counts_tell_what_searches_have_in_common(store: Store) -> None:
    asked = [Filter(all=tags("coffee")), Filter(all=tags("tea")), Filter(none=tags("coffee", "tea"))]
    with store.read() as connection:
        roll = read_roll(connection, START + 2 * HOUR)
        got = count([partial(search, one) for one in asked], roll, connection)
    assert (got.customers, got.each, got.any) == (7, [3, 2, 3], 7)
    assert [(one.first, one.second, one.customers) for one in got.shared] == [(0, 1, 1), (0, 2, 0), (1, 2, 0)]


def test_an_empty_shop_has_nobody(tmp_path: Path, database_url: str | None) -> None:
    store = open_store(Settings(home=tmp_path / "empty", database_url=database_url))
    with store.write() as connection:
        connection.exec_driver_sql("DELETE FROM tag_spans")
        connection.exec_driver_sql("DELETE FROM customers")
    assert found(store, Filter(none=tags("coffee"))) == []
    store.close()
