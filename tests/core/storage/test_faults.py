"""What databases and disks that fail are told as, on faults that were really made."""

import errno
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from core.errors import UnavailableError
from core.settings import Settings
from core.storage import Store, open_store
from core.storage.engine import Patience
from core.storage.faults import OF_POSTGRES, OF_SQLITE, OF_SYSTEM, explain
from features.tables import Channel
from tests.databases import Postgres

HASTY = Patience(connect=2, lock=1, statement=3)


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url), patience=HASTY)
    yield opened
    opened.close()


@contextmanager
def said(words: str) -> Iterator[None]:
    with pytest.raises(UnavailableError, match=re.escape(words)):
        yield


def add(store: Store, *channels: str) -> None:
    with store.write() as connection:
        connection.execute(insert(Channel), [{"channel": channel} for channel in channels])


def test_writer_that_holds_on_for_too_long_is_told(store: Store) -> None:
    with store.write(), said("Another process has been writing"):
        add(store, "web")
    add(store, "web")  # and then all is as before


def test_read_does_not_wait_for_a_writer(store: Store) -> None:
    with store.write() as writer:
        writer.execute(insert(Channel), [{"channel": "web"}])
        with store.read() as connection:
            assert connection.scalars(select(Channel.channel)).all() == []


def test_statement_that_is_wrong_is_no_fault_of_the_store(store: Store) -> None:
    with pytest.raises((ProgrammingError, OperationalError)) as error, store.read() as connection:
        connection.exec_driver_sql("SELECT nonsense FROM nowhere")
    assert not isinstance(error.value, UnavailableError)
    with pytest.raises(IntegrityError):
        add(store, "web", "web")


def test_full_sqlite_file_is_told_and_works_on_once_there_is_room(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path))
    limit_pages(store, "(SELECT * FROM pragma_page_count())")
    with said("The disk is full (database or disk is full)"):
        add(store, *(f"channel {number:0999}" for number in range(50)))
    limit_pages(store, "1000000")
    add(store, "web")
    with store.read() as connection:
        assert connection.scalars(select(Channel.channel)).all() == ["web"]
    store.close()


def limit_pages(store: Store, most: str) -> None:
    """Let the file of the store's one connection grow no further than that."""
    with store.read() as connection:
        pages = connection.exec_driver_sql(f"SELECT {most}").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_statement_that_takes_too_long_is_told(postgres: Postgres) -> None:
    store = open_store(Settings(database_url=postgres.new_database()), patience=HASTY)
    with said("The store took too long to answer"), store.read() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(20)")
    store.close()


def test_connection_that_was_cut_is_told_and_the_next_is_a_new_one(postgres: Postgres) -> None:
    store = open_store(Settings(database_url=postgres.new_database()), patience=HASTY)
    other = open_store(Settings(database_url=store.engine.url.render_as_string(hide_password=False)))
    with said("The store does not answer now"), store.read() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with other.write() as ending:
            ending.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
        connection.execute(select(Channel.channel))
    add(store, "web")
    store.close()
    other.close()


def test_connections_that_lay_idle_when_the_server_went_are_replaced(postgres: Postgres) -> None:
    store = open_store(Settings(database_url=postgres.new_database()), patience=HASTY)
    with store.read() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    other = open_store(Settings(database_url=postgres.new_database()))
    with other.read() as ending:
        ending.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
    other.close()
    add(store, "web")
    store.close()


def test_server_that_never_answers_is_given_up_soon(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"postgresql+psycopg://a:secret@127.0.0.1:{silent.getsockname()[1]}/none"
        with pytest.raises(UnavailableError, match="cannot be opened") as error:
            open_store(Settings(home=tmp_path, database_url=url), patience=HASTY)
    assert "secret" not in str(error.value)


def test_answer_that_does_not_come_is_waited_for_no_longer_than_told(postgres: Postgres) -> None:
    """The server's own limit is lifted, as if it stood still."""
    store = open_store(Settings(database_url=postgres.new_database()), patience=Patience(1, 1, 1))
    begun = time.monotonic()
    with pytest.raises(UnavailableError, match="does not answer"):
        sleep_without_limit(store)
    assert 2 <= time.monotonic() - begun < 30
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    store.close()


def sleep_without_limit(store: Store) -> None:
    with store.read() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SELECT pg_sleep(60)")


def test_turn_may_take_longer_than_an_answer(postgres: Postgres) -> None:
    url = postgres.new_database()
    holder = open_store(Settings(database_url=url))
    waiting = open_store(Settings(database_url=url), patience=Patience(1, 1, 1))
    with ThreadPoolExecutor(1) as pool:
        with holder.turn("lake"):
            later = pool.submit(took_turn, waiting)
            with pytest.raises(TimeoutError):
                later.result(timeout=3)
        assert later.result(timeout=60)
    holder.close()
    waiting.close()


def took_turn(store: Store) -> bool:
    with store.turn("lake"):
        return True


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EFBIG, "The disk is full"),
        (errno.EROFS, "cannot be written"),
    ],
)
def test_disk_that_fails_is_told_whatever_wraps_it(number: int, words: str) -> None:
    wrapped = RuntimeError("a library's own words")
    wrapped.__cause__ = OSError(number, "as it is", "/a/secret/path")
    known = explain(wrapped)
    assert known is not None
    assert words in str(known)
    assert "secret" not in str(known)


@pytest.mark.parametrize("error", [ValueError("x"), FileNotFoundError(errno.ENOENT, "gone"), KeyError("x")])
def test_other_errors_are_left_alone(error: Exception) -> None:
    assert explain(error) is None


def test_every_word_of_the_tables_exists_in_chinese() -> None:
    for text in (*OF_SQLITE.values(), *OF_POSTGRES.values(), *OF_SYSTEM.values()):
        assert text.render("zh") != text.render("en")
