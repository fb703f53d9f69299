"""Lists in the store: whole or not there, read page by page, on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, insert, select

from core.settings import Settings
from core.storage import Store, open_store
from serving.reasons.explainer import Grouped
from serving.tables import ChurnList, ChurnScore
from serving.win_back import lists
from serving.win_back.apart import Tally
from serving.win_back.scoring import Scores

NOON = datetime(2018, 1, 1, 12, tzinfo=UTC)
NAMES = [f"顾客{number}" for number in range(23)]


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


def scores(as_of: datetime = NOON, *, spend: bool = True) -> Scores:
    risk = np.linspace(0.9, 0.1, len(NAMES))
    tally = Tally(("a",), Grouped(("a",), (), ("a",), np.zeros(1, dtype=np.intp)))
    tally.add(risk, risk, risk[:, None], risk[:, None])
    return Scores(as_of, NAMES, risk, np.full(len(NAMES), 3.5) if spend else None, tally.sums())


def counted(store: Store) -> tuple[int, int]:
    with store.read() as connection:
        return (
            connection.execute(select(func.count()).select_from(ChurnList)).scalar_one(),
            connection.execute(select(func.count()).select_from(ChurnScore)).scalar_one(),
        )


def test_a_list_comes_back_as_it_was_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "ROWS_A_WRITE", 10)
    kept = lists.keep(store, scores(), "release")
    with store.read() as connection:
        found = lists.newest(connection, "release", NOON)
        rows = lists.page(connection, kept.list_id, after=0, min_risk=0.0, limit=100)
    assert found is not None
    assert (found.list_id, found.as_of, found.customers, found.knows_amounts) == (
        kept.list_id,
        NOON,
        23,
        True,
    )
    assert [row.customer_id for row in rows] == NAMES
    assert [row.place for row in rows] == list(range(1, 24))
    assert [row.risk for row in rows] == scores().risk.tolist()
    assert rows[0].expected_loss == pytest.approx(0.9 * 3.5)
    assert found.sums.apart(0.5) == kept.sums.apart(0.5)


def test_pages_hold_each_customer_once_in_order(store: Store) -> None:
    kept, after, seen = lists.keep(store, scores(), "release"), 0, []
    with store.read() as connection:
        while rows := lists.page(connection, kept.list_id, after=after, min_risk=0.3, limit=4):
            seen += [row.customer_id for row in rows]
            after = rows[-1].place
    assert seen == [name for name, risk in zip(NAMES, scores().risk, strict=True) if risk >= 0.3]


def test_without_amounts_there_is_no_loss(store: Store) -> None:
    kept = lists.keep(store, scores(spend=False), "release")
    with store.read() as connection:
        (first,) = lists.page(connection, kept.list_id, after=0, min_risk=0.0, limit=1)
    assert (first.spend, first.expected_loss, kept.knows_amounts) == (None, None, False)


def test_the_list_before_stays_for_who_reads_it_and_older_ones_go(store: Store) -> None:
    kept = [lists.keep(store, scores(NOON + timedelta(days=day)), "release") for day in range(4)]
    with store.read() as connection:
        there = [lists.named(connection, one.list_id) is not None for one in kept]
        newest = lists.newest(connection, "release", NOON + timedelta(days=9))
    assert there == [False, False, True, True]
    assert newest is not None
    assert newest.list_id == kept[-1].list_id
    assert counted(store) == (2, 2 * len(NAMES))


def test_a_list_that_was_never_finished_is_not_there_and_goes_with_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "ROWS_A_WRITE", 10)

    def dies(table: type) -> object:
        if table is ChurnList:
            raise KeyboardInterrupt
        return insert(table)

    monkeypatch.setattr(lists, "insert", dies)
    with pytest.raises(KeyboardInterrupt):
        lists.keep(store, scores(), "release")
    with store.read() as connection:
        assert lists.newest(connection, "release", NOON) is None
    assert counted(store) == (0, len(NAMES))
    monkeypatch.undo()
    lists.keep(store, scores(), "release")
    assert counted(store) == (1, len(NAMES))


def test_lists_of_other_models_and_from_after_the_clock_are_not_the_newest(store: Store) -> None:
    lists.keep(store, scores(NOON + timedelta(days=1)), "release")
    lists.keep(store, scores(), "other")
    with store.read() as connection:
        assert lists.newest(connection, "release", NOON) is None
        assert lists.newest(connection, "other", NOON) is not None
