"""Who waits for the turn to write on SQLite gets it after the other, and gives up in time."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from core.errors import UnavailableError
from core.settings import Settings
from core.storage import Store, open_store
from core.storage.engine import Patience
from core.storage.plain import rows_of_plain


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """One store, opened by two; the second has a second of patience."""
    opened = [open_store(Settings(home=tmp_path), patience=Patience(1, lock, 0)) for lock in (60, 1)]
    yield opened[0], opened[1]
    for one in opened:
        one.close()


def counted(store: Store) -> int:
    with store.read() as connection:
        return len(rows_of_plain(connection, "SELECT name FROM counters", ()))


def test_who_waits_writes_when_the_other_is_done_and_sees_what_it_wrote(stores: tuple[Store, Store]) -> None:
    first, second = stores
    seen: list[str] = []

    def write() -> None:
        with second.write() as connection:
            seen.extend(name for (name,) in rows_of_plain(connection, "SELECT name FROM counters", ()))
            rows_of_plain(connection, "INSERT INTO counters VALUES ('b', 1) RETURNING name", ())

    waiting = Thread(target=write)
    with first.write() as connection:
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        rows_of_plain(connection, "INSERT INTO counters VALUES ('a', 1) RETURNING name", ())
    waiting.join()
    assert (seen, counted(first)) == (["a"], 2)


def test_what_only_the_driver_wrote_is_kept(stores: tuple[Store, Store]) -> None:
    with stores[0].write() as connection:
        rows_of_plain(connection, "INSERT INTO counters VALUES ('a', 1) RETURNING name", ())
    assert counted(stores[1]) == 1


def test_patience_ends_and_the_connection_is_as_patient_as_before(stores: tuple[Store, Store]) -> None:
    first, second = stores
    with first.write():
        began = time.monotonic()
        with pytest.raises(UnavailableError, match="writing to the store for too long"), second.write():
            pass
        assert time.monotonic() - began >= 1
    with second.write() as connection:
        assert rows_of_plain(connection, "PRAGMA busy_timeout", ())[0][0] == 1_000
