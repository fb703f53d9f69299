"""Decisions quicker than reading: looked at, then counted as if never held, or dropped for others to decide."""

import pytest
from sqlalchemy import func, select

from review.held import discard, held_decisions, let_count
from review.pace import LOOKED_BACK
from review.tables import Label
from tests.review.conftest import Desk, suggested


@pytest.fixture
def rushed(desk: Desk) -> Desk:
    """Two decisions of lin's are held."""
    desk.suggest(suggested(100))
    desk.plan()
    for leased in desk.next("lin", LOOKED_BACK + 1):
        desk.answer("lin", leased, milliseconds=200)
    return desk


def n_labels(desk: Desk) -> int:
    with desk.store.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(Label)) or 0)


def test_held_decisions_are_listed_by_reviewer(rushed: Desk) -> None:
    with rushed.store.read() as connection:
        assert len(held_decisions(connection)) == 2
        assert held_decisions(connection, "wang") == []


def test_those_let_count_become_labels_and_close_their_tasks(rushed: Desk) -> None:
    before = n_labels(rushed)
    with rushed.store.write() as connection:
        found = held_decisions(connection, "lin")
        let_count(connection, found, rushed.taxonomy, rushed.settings, now=rushed.now)
    assert n_labels(rushed) == before + 2
    pairs = {(one.customer_id, one.tag) for one in found}
    assert not pairs & {(one.task.customer_id, one.task.tag) for one in rushed.next("wang", 100)}
    with rushed.store.read() as connection:
        assert held_decisions(connection) == []


def test_those_dropped_never_count_and_others_get_the_tasks(rushed: Desk) -> None:
    before = n_labels(rushed)
    with rushed.store.write() as connection:
        found = held_decisions(connection)
        discard(connection, found, now=rushed.now)
    assert n_labels(rushed) == before
    pairs = {(one.customer_id, one.tag) for one in found}
    assert pairs <= {(one.task.customer_id, one.task.tag) for one in rushed.next("wang", 100)}
    with rushed.store.read() as connection:
        assert held_decisions(connection) == []
