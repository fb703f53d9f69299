"""The waits in the store: kept whole, replaced, found when their time has come; on both databases."""

from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta

from core.storage import Store
from tags.triggers.due import due_by, replace, waits_of
from tags.triggers.waiting import Wait

NOON = datetime(2017, 11, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANN = Wait("ann", "left_cart", 2, "c1", NOON, NOON + 24 * HOUR, {"event_id": "c1", "amount": "3.50"})
BO = changed(ANN, customer_id="bo", due_at=NOON + 23 * HOUR)


def kept(store: Store) -> list[Wait]:
    with store.read() as connection:
        return sorted(waits_of(connection, ["ann", "bo"]), key=lambda wait: (wait.customer_id, wait.cause))


def test_waits_come_back_as_they_were_put(store: Store) -> None:
    with store.write() as connection:
        replace(connection, [], [ANN, BO])
    assert kept(store) == [ANN, BO]
    with store.read() as connection:
        assert waits_of(connection, ["bo"]) == [BO]
        assert waits_of(connection, []) == []


def test_replacing_removes_what_is_gone_and_leaves_what_stays(store: Store) -> None:
    later = changed(ANN, cause="c2", began_at=NOON + HOUR)
    with store.write() as connection:
        replace(connection, [], [ANN, BO])
        replace(connection, [ANN, BO], [BO, later])
    assert kept(store) == [later, BO]
    moved = changed(BO, due_at=NOON + 30 * HOUR)
    with store.write() as connection:
        replace(connection, [BO, later], [moved])
    assert kept(store) == [moved]


def test_many_thousands_are_removed_in_one_go(store: Store) -> None:
    waits = [changed(ANN, cause=f"c{number}") for number in range(2_500)]
    with store.write() as connection:
        replace(connection, [], waits)
        replace(connection, waits, [])
    assert kept(store) == []


def test_due_are_those_whose_time_has_come_the_longest_due_first(store: Store) -> None:
    with store.write() as connection:
        replace(connection, [], [ANN, BO])
        assert due_by(connection, NOON + 23 * HOUR - timedelta(microseconds=1), most=9) == []
        assert due_by(connection, NOON + 23 * HOUR, most=9) == [BO]
        assert due_by(connection, NOON + 24 * HOUR, most=9) == [BO, ANN]
        assert due_by(connection, NOON + 24 * HOUR, most=1) == [BO]
