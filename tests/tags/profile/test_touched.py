"""Marks of customers to be looked at again: none is lost that comes while somebody looks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import Store, open_store
from features import counters
from tags.profile.book import put
from tags.profile.claims import Claim, Source
from tags.profile.touched import COUNTER, forget, mark, touched, touched_since
from tests.tags.profile.worlds import EVERYTHING, START


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


def test_a_mark_that_comes_while_somebody_looks_stays(store: Store) -> None:
    with store.write() as connection:
        mark(connection, ["a", "b", "c"])
        seen = counters.value(connection, COUNTER)
        mark(connection, ["b"])
        assert touched_since(connection, ["a", "b", "c"], seen) == {"b"}
        forget(connection, ["a", "b"], seen)
        assert touched(connection, 10) == ["c", "b"]


@pytest.mark.parametrize(
    ("source", "is_marked"), [(Source.PERSON, True), (Source.IMPORT, True), (Source.RULE, False)]
)
def test_what_rules_cannot_know_by_themselves_leaves_a_mark(
    store: Store, source: Source, *, is_marked: bool
) -> None:
    claim = Claim(None, "a", "tea", 1, source, "1", carries=True, as_of=START)
    with store.write() as connection:
        put(connection, [claim], taxonomy=EVERYTHING, now=START)
        assert touched(connection, 10) == (["a"] if is_marked else [])
