from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import GoneError, InvalidInputError
from core.settings import Settings
from core.storage import Store, open_store
from features import counters
from tags.outbox.feed import beginning, check_age, latest_change, read_changes, read_range
from tests.tags.outbox.feeding import write_changes

NOW = datetime(2018, 1, 1, tzinfo=UTC)


def followed(store: Store, *, limit: int, after: int = 0, tags: list[str] | None = None) -> list[int]:
    """The numbers that somebody sees who goes on page by page until there is no more."""
    seen: list[int] = []
    while True:
        with store.read() as connection:
            page = read_changes(connection, after, limit=limit, tags=tags)
        seen += [entry.seq for entry in page.entries]
        after = page.through
        if after >= page.latest:
            return seen


def test_pages_follow_each_other_without_gap_or_repetition(store: Store) -> None:
    with store.write() as connection:
        write_changes(connection, ["coffee", "tea"] * 7, at=NOW)
    assert followed(store, limit=3) == list(range(1, 15))
    assert followed(store, limit=14) == list(range(1, 15))
    assert followed(store, limit=100, after=14) == []


def test_a_filter_leaves_out_other_tags_and_still_comes_to_the_end(store: Store) -> None:
    with store.write() as connection:
        write_changes(connection, ["coffee", "tea", "tea", "coffee", "tea"], at=NOW)
    assert followed(store, limit=1, tags=["coffee"]) == [1, 4]
    with store.read() as connection:
        assert read_changes(connection, 4, limit=1, tags=["coffee"]).through == 5


def test_who_reads_while_others_write_misses_nothing_and_sees_nothing_twice(store: Store) -> None:
    batches, writers = 25, 3
    done = Event()

    def write(name: str) -> None:
        for number in range(batches):
            with store.write() as connection:
                write_changes(connection, ["coffee"] * (1 + number % 3), at=NOW, customer=name)

    threads = [Thread(target=write, args=(f"w{number}",)) for number in range(writers)]
    seen: list[int] = []

    def follow() -> None:
        after = 0
        while True:
            ended = done.is_set()  # before the look: what was written until then is in it
            with store.read() as connection:
                page = read_changes(connection, after, limit=7)
            seen.extend(entry.seq for entry in page.entries)
            after = page.through
            if ended and after >= page.latest:
                return

    reader = Thread(target=follow)
    reader.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    expected = writers * sum(1 + number % 3 for number in range(batches))
    assert seen == list(range(1, expected + 1))


def test_a_transaction_that_is_taken_back_leaves_no_number_unread(store: Store) -> None:
    def taken_back() -> None:
        with store.write() as connection:
            write_changes(connection, ["coffee"] * 3, at=NOW)
            raise KeyError

    with pytest.raises(KeyError):
        taken_back()
    with store.write() as connection:
        write_changes(connection, ["tea"], at=NOW)
    assert followed(store, limit=2) == [1]


def test_a_cursor_of_another_store_is_refused_with_what_to_do(store: Store) -> None:
    with store.write() as connection:
        write_changes(connection, ["coffee"], at=NOW)
    with (
        store.read() as connection,
        pytest.raises(InvalidInputError, match=r"no change 9 yet, the last one is 1"),
    ):
        read_changes(connection, 9, limit=10)


def test_a_cursor_before_the_kept_days_is_gone_and_one_within_them_is_not(store: Store) -> None:
    with store.write() as connection:
        write_changes(connection, ["coffee"], at=NOW - timedelta(days=100))
        write_changes(connection, ["tea"], at=NOW)
    since = NOW - timedelta(days=90)
    with store.read() as connection:
        with pytest.raises(GoneError, match=r"read the profiles anew, then go on from 2"):
            check_age(connection, 0, since=since)
        check_age(connection, 1, since=since)
        check_age(connection, 2, since=since)  # whoever is at the end is never too late


@settings(max_examples=20)
@given(
    days=st.lists(st.integers(min_value=0, max_value=12), max_size=12).map(sorted),
    since=st.integers(min_value=-1, max_value=13),
)
def test_the_feed_begins_with_the_first_change_that_is_not_too_old(
    tmp_path_factory: pytest.TempPathFactory, days: list[int], since: int
) -> None:
    store = open_store(Settings(home=tmp_path_factory.mktemp("home")))
    try:
        with store.write() as connection:
            for day in days:
                write_changes(connection, ["coffee"], at=NOW + timedelta(days=day))
                counters.advance(connection, "tag_changes")  # numbers may leave gaps
        with store.read() as connection:
            found = beginning(connection, since=NOW + timedelta(days=since))
            after = [entry.at for entry in read_range(connection, found + 1, latest_change(connection))]
            assert [at for at in after if at < NOW + timedelta(days=since)] == []
            assert len(after) == sum(day >= since for day in days)
    finally:
        store.close()
