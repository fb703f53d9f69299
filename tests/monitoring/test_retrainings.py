"""What is kept of each change of the serving models, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import Store, open_store
from monitoring.retrainings import begin, close_dead, end, read_retrainings

NOW = datetime(2024, 3, 1, tzinfo=UTC)
BEFORE, AFTER = {"interest": 1, "churn": 1}, {"interest": 2, "churn": 1}


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


def begun(store: Store, at: datetime = NOW) -> int:
    said = {"reasons": [{"code": "age", "en": "Old", "zh": "旧"}]}
    with store.write() as connection:
        return begin(connection, "retrain", at=at, before=BEFORE, release_before="old", said=said, until=at)


def test_one_that_promotes_tells_who_served_before_and_since(store: Store) -> None:
    seq = begun(store)
    with store.write() as connection:
        end(connection, seq, at=NOW, happened="promoted", after=AFTER, release_id="new")
    with store.read() as connection:
        (row,) = read_retrainings(connection)
    assert (row.before, row.after) == (BEFORE, AFTER)
    assert (row.release_before, row.release_id) == ("old", "new")
    assert (row.began_at, row.ended_at, row.until) == (NOW, NOW, NOW)
    assert row.codes == {"age"}


def test_one_that_keeps_the_champion_leaves_what_served(store: Store) -> None:
    seq = begun(store)
    with store.write() as connection:
        end(connection, seq, at=NOW, happened="kept", said={"reasons": [{"code": "drift"}]})
    with store.read() as connection:
        (row,) = read_retrainings(connection)
    assert (row.after, row.release_id) == (BEFORE, "old")
    assert row.codes == {"drift"}


def test_one_whose_process_died_is_closed_as_what_serves_tells(store: Store) -> None:
    begun(store)
    with store.write() as connection:
        assert close_dead(connection, at=NOW, serving=BEFORE, release_id="old") == 1
    begun(store)
    with store.write() as connection:
        assert close_dead(connection, at=NOW, serving=AFTER, release_id="new") == 1
        assert close_dead(connection, at=NOW, serving=AFTER, release_id="new") == 0
    with store.read() as connection:
        died, promoted = read_retrainings(connection)
    assert (died.happened, died.after) == ("died", BEFORE)
    assert (promoted.happened, promoted.after, promoted.release_id) == ("promoted", AFTER, "new")


def test_those_of_a_time_are_read_oldest_first(store: Store) -> None:
    days = [NOW + timedelta(days=day) for day in range(4)]
    for day in days:
        begun(store, day)
    with store.read() as connection:
        found = read_retrainings(connection, since=days[1], until=days[3])
    assert [row.began_at for row in found] == days[1:3]
