"""Counting how often answers named a tag, on both databases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import Store, open_store
from tags.report.uses import Way, add_uses, read_uses

MONDAY, TUESDAY = date(2017, 12, 4), date(2017, 12, 5)


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    store = open_store(Settings(home=tmp_path, database_url=database_url))
    yield store
    store.close()


def test_what_two_servers_count_on_a_day_adds_up(store: Store) -> None:
    for _ in range(2):
        with store.write() as connection:
            add_uses(connection, MONDAY, {("coffee", Way.FOUND): 3, ("tea", Way.SHOWN): 1})
    with store.write() as connection:
        add_uses(connection, TUESDAY, {("coffee", Way.SHOWN): 1})
    with store.read() as connection:
        found = read_uses(connection, MONDAY)
    assert found.by_tag == {"coffee": {"found": 6, "shown": 1}, "tea": {"shown": 2}}
    assert found.counted_days == 2


def test_a_day_on_which_nothing_was_asked_for_was_counted_all_the_same(store: Store) -> None:
    with store.write() as connection:
        add_uses(connection, MONDAY, {})
    with store.read() as connection:
        found = read_uses(connection, MONDAY)
        later = read_uses(connection, TUESDAY)
    assert (found.by_tag, found.counted_days) == ({}, 1)
    assert later.counted_days == 0
