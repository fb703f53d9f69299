"""Reads over a connection that stays open: the same as others see, and mended after a failure."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import OperationalError

from core.errors import UnavailableError
from core.settings import Settings
from core.storage import Reader, Store, open_store
from features.tables import Channel


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path / "home", database_url=database_url))
    yield opened
    opened.close()


@pytest.fixture
def reader(store: Store) -> Iterator[Reader]:
    opened = Reader(store)
    yield opened
    opened.close()


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(Channel)) or 0


def add(store: Store, name: str) -> None:
    with store.write() as connection:
        connection.execute(insert(Channel), [{"channel": name}])


def counted(reader: Reader) -> int:
    with reader.read() as connection:
        return count(connection)


def test_each_read_sees_what_was_committed_before_it_and_nothing_later(store: Store, reader: Reader) -> None:
    assert counted(reader) == 0
    add(store, "web")
    with reader.read() as connection:
        assert count(connection) == 1
        add(store, "shop")
        assert count(connection) == 1
    assert counted(reader) == 2


def test_what_a_read_changed_is_rolled_back(store: Store, reader: Reader) -> None:
    with reader.read() as connection:
        connection.execute(insert(Channel), [{"channel": "web"}])
    assert counted(reader) == 0
    add(store, "web")  # nobody holds a lock any more


def test_two_reads_at_once_do_not_share_a_transaction(store: Store, reader: Reader) -> None:
    found: list[int] = []
    with reader.read() as connection:
        assert count(connection) == 0
        add(store, "web")
        other = Thread(target=lambda: found.append(counted(reader)))
        other.start()
        other.join()
        assert count(connection) == 0
    assert found == [1]


def test_a_read_after_one_that_failed_begins_anew(reader: Reader) -> None:
    def fail() -> None:
        with reader.read() as connection:
            count(connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert counted(reader) == 0


class LockedError(Exception):
    """What either driver says of a lock that was waited for in vain."""

    sqlite_errorcode = sqlite3.SQLITE_BUSY
    sqlstate = "55P03"


def test_a_failure_of_the_database_is_told_in_words(reader: Reader) -> None:
    def fail() -> None:
        with reader.read():
            raise OperationalError("SELECT", {}, LockedError())

    with pytest.raises(UnavailableError, match="writing to the store for too long"):
        fail()
    assert counted(reader) == 0
