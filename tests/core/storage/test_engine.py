"""Transactions on both databases: all or nothing, one writer after the other."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import StatementError

from core.settings import Settings
from core.storage import Store, open_store
from features import counters
from features.tables import Channel, Customer
from tests.databases import DATABASES

ROOT = Path(__file__).parents[3]
NOW = datetime(2024, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path / "home", database_url=database_url))
    yield opened
    opened.close()


def channels(store: Store) -> int:
    with store.read() as connection:
        return connection.scalar(select(func.count()).select_from(Channel)) or 0


def test_write_that_raises_leaves_nothing(store: Store) -> None:
    def write_and_fail() -> None:
        with store.write() as connection:
            connection.execute(insert(Channel), [{"channel": "web"}])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert channels(store) == 0


def test_write_is_seen_when_its_block_has_ended(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(Channel), [{"channel": "web"}])
        assert channels(store) == 0
    assert channels(store) == 1


def test_read_sees_one_state_while_others_write(store: Store) -> None:
    with store.read() as connection:
        count = select(func.count()).select_from(Channel)
        before = connection.scalar(count)
        with store.write() as writer:
            writer.execute(insert(Channel), [{"channel": "web"}])
        assert (before, connection.scalar(count)) == (0, 0)
    assert channels(store) == 1


def test_what_a_read_changes_is_not_kept(store: Store) -> None:
    with store.read() as connection:
        connection.execute(insert(Channel), [{"channel": "web"}])
    assert channels(store) == 0


def test_writers_of_several_threads_take_turns(store: Store) -> None:
    def count_up() -> None:
        for _ in range(20):
            with store.write() as connection:
                counters.put(connection, "n", counters.value(connection, "n") + 1)

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        assert counters.value(connection, "n") == 80


COUNT_UP = """
import sys
from core.settings import Settings
from core.storage import open_store
from features import counters
store = open_store(Settings(home=sys.argv[1], database_url=sys.argv[2] or None))
for _ in range(50):
    with store.write() as connection:
        counters.put(connection, "n", counters.value(connection, "n") + 1)
"""


@pytest.mark.parametrize("database", DATABASES)
def test_processes_that_open_a_new_store_at_once_migrate_it_once_and_take_turns(
    tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    """Each makes the schema if it has to, and no count of any is lost."""
    url = None if database == "sqlite" else request.getfixturevalue("postgres").new_database()
    command = [sys.executable, "-c", COUNT_UP, str(tmp_path / "new"), url or ""]
    running = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)  # noqa: S603 (our own)
        for _ in range(4)
    ]
    assert [process.communicate()[1] for process in running] == [""] * 4
    store = open_store(Settings(home=tmp_path / "new", database_url=url))
    with store.read() as connection:
        assert counters.value(connection, "n") == 200
    store.close()


def test_instants_come_back_in_utc(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(Customer), [{"customer_id": "ann", "first_seen_at": NOW}])
    with store.read() as connection:
        found = connection.scalar(select(Customer.first_seen_at))
    assert (found, found and found.utcoffset()) == (NOW, UTC.utcoffset(None))


def test_naive_instant_is_refused(store: Store) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="give it a time zone"), store.write() as connection:
        connection.execute(insert(Customer), [{"customer_id": "ann", "first_seen_at": naive}])


def test_sqlite_writes_through_to_disk(tmp_path: Path) -> None:
    """An acknowledged event has to survive a power cut."""
    store = open_store(Settings(home=tmp_path))
    with store.read() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
        ]
    store.close()
    assert pragmas == ["wal", 2]
