"""A roll in memory says what a look at every customer says, whatever happened in between."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from core.settings import Settings
from core.storage import Store, open_store
from tags.audience import kept
from tags.audience.filter import Filter, Wanted
from tags.audience.finding import search
from tags.audience.kept import KeptRoll
from tags.profile.claims import NEVER
from tests.tags.audience.spans import HOUR, START, Oracle, add_customers, begin, stop

TAGS = ("coffee", "tea")
NAMES = [f"c{number}" for number in range(6)]
COFFEE = Filter(all=(Wanted("coffee"),))

Step = tuple[str, str, str, int | None, float | None, str | None]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "begin", "stop", "wait", "come"]),
        st.sampled_from(TAGS),
        st.sampled_from(NAMES),
        st.one_of(st.none(), st.integers(1, 5)),
        st.one_of(st.none(), st.sampled_from([0.5, 0.9])),
        st.one_of(st.none(), st.sampled_from(["x", "y"])),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path_factory.mktemp("kept")))
    yield opened
    opened.close()


@contextmanager
def undone(store: Store) -> Iterator[Connection]:
    """A connection of which nothing stays."""
    with store.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection
        connection.rollback()


@settings(max_examples=60)
@given(steps=STEPS, most=st.sampled_from([0, 50_000]))
def test_it_says_what_a_look_at_every_customer_says(store: Store, steps: list[Step], most: int) -> None:
    searches = [
        COFFEE,
        Filter(none=(Wanted("tea"),)),
        Filter(any=(Wanted("coffee"), Wanted("tea")), min_confidence=0.8),
        Filter(all=(Wanted("tea", "x"),)),
    ]
    original, kept.MOST_AT_ONCE = kept.MOST_AT_ONCE, most
    roll, now, known = KeptRoll(), START, NAMES
    with undone(store) as connection:
        add_customers(connection, known)
        for kind, tag, name, hours, sure, value in [*steps, ("wait", "tea", "c0", None, None, None)]:
            now += HOUR
            if kind == "begin":
                until = NEVER if hours is None else now + hours * HOUR
                begin(connection, tag, name, now, until=until, confidence=sure, value=value)
            elif kind == "stop":
                stop(connection, tag, name, now)
            elif kind == "come":
                known = [*known, f"new {len(known)}"]
                add_customers(connection, known[-1:])
            oracle = Oracle().read(connection)
            there = sorted({*known, *(who for _, who, *_ in oracle.spans)})
            with roll.now(connection, now, tags=TAGS, everybody=True) as found:
                got = [found.page(search(one, found, connection), None, 100) for one in searches]
            assert got == [
                [who for who in there if oracle.carries(who, "coffee", now)],
                [who for who in there if not oracle.carries(who, "tea", now)],
                [who for who in there if any(oracle.carries(who, one, now, 0.8) for one in TAGS)],
                [who for who in there if oracle.carries(who, "tea", now, value="x")],
            ]
    kept.MOST_AT_ONCE = original


def test_only_what_changed_is_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    roll = KeptRoll()
    with undone(store) as connection:
        begin(connection, "coffee", "c1", START)
        with roll.now(connection, START, tags=["coffee"], everybody=False):
            pass
        monkeypatch.setattr("tags.audience.roll.read_carriers", _must_not_be_called)
        monkeypatch.setattr("tags.audience.kept.read_roll", _must_not_be_called)
        begin(connection, "coffee", "c2", START + HOUR)
        assert coffee(roll, connection) == ["c1", "c2"]


def test_changes_that_are_no_longer_kept_are_made_up_for(store: Store) -> None:
    roll = KeptRoll()
    with undone(store) as connection:
        begin(connection, "coffee", "c1", START)
        with roll.now(connection, START, tags=["coffee"], everybody=False):
            pass
        begin(connection, "coffee", "c2", START + HOUR)
        connection.exec_driver_sql("DELETE FROM tag_changes")
        assert coffee(roll, connection) == ["c1", "c2"]


def coffee(roll: KeptRoll, connection: Connection) -> list[str]:
    with roll.now(connection, START + HOUR, tags=["coffee"], everybody=False) as found:
        return found.page(search(COFFEE, found, connection), None, 9)


def _must_not_be_called(*_: object) -> None:
    raise AssertionError("it was read from the beginning")
