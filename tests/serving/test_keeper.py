"""Calls that wait together are kept together, in order, and none feels what is wrong with another."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from threading import Event as Signal

import pytest

from core.errors import ConflictError, UnavailableError
from features.contract import Event
from features.intake import Receipt
from serving.keeper import COMPANY, EVENTS_AT_ONCE, Keeper

NOW = datetime(2024, 3, 1, tzinfo=UTC)
Calls = Sequence[Sequence[Event]]


class Book:
    """Keeps calls as told, once it may go on, and remembers which it kept together."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []
        self.may_go_on = Signal()
        self.is_busy = Signal()
        self.failure: Callable[[Calls], Exception | None] = lambda _: None

    def __call__(self, calls: Calls) -> list[Receipt]:
        self.is_busy.set()
        assert self.may_go_on.wait(30)
        self.together.append([" ".join(event.event_id for event in call) for call in calls])
        if error := self.failure(calls):
            raise error
        return [Receipt(len(call), 0) for call in calls]


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def keeper(book: Book) -> Iterator[Keeper]:
    made = Keeper(book)
    yield made
    book.may_go_on.set()
    made.close()


def events(*names: str, count: int = 1) -> list[Event]:
    """Events such as `ann1`, of the customer whose name stands before the number."""
    return [
        Event(f"{name}+{number}" if number else name, name.rstrip("0123456789"), NOW, NOW, "visit")
        for name in names
        for number in range(count)
    ]


def keep_meanwhile(book: Book, keeper: Keeper, *calls: Sequence[Event]) -> list[Receipt | BaseException]:
    """What becomes of calls that come while another is being kept."""
    first = keeper.submit(events("first"))
    assert book.is_busy.wait(30)
    futures = [keeper.submit(call) for call in calls]
    book.may_go_on.set()
    assert first.result(30) == Receipt(1, 0)
    assert book.together[0] == ["first"]
    del book.together[0]
    return [future.exception(30) or future.result() for future in futures]


def test_calls_that_come_meanwhile_are_kept_together_next(book: Book, keeper: Keeper) -> None:
    told = keep_meanwhile(book, keeper, events("ann1"), events("bo1", "bo2"), events("cy1"))
    assert told == [Receipt(1, 0), Receipt(2, 0), Receipt(1, 0)]
    assert book.together == [["ann1", "bo1 bo2", "cy1"]]


def test_in_a_busy_time_a_call_waits_a_moment_for_company(
    book: Book, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.keeper.LINGER_SECONDS", 30)
    keep_meanwhile(book, keeper, events("ann1"), events("bo1"))
    futures = [keeper.submit(events(f"{name}1")) for name in ("cy", "di", "ed", "flo")]
    assert [future.result(10) for future in futures] == [Receipt(1, 0)] * COMPANY
    assert book.together == [["ann1", "bo1"], ["cy1", "di1", "ed1", "flo1"]]


def test_when_no_company_came_the_next_call_does_not_wait(
    book: Book, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.keeper.LINGER_SECONDS", 0.05)
    keep_meanwhile(book, keeper, events("ann1"), events("bo1"))
    keeper.submit(events("cy1")).result(30)
    monkeypatch.setattr("serving.keeper.LINGER_SECONDS", 30)
    assert keeper.submit(events("di1")).result(10) == Receipt(1, 0)


def test_calls_about_one_customer_are_kept_one_after_the_other_in_their_order(
    book: Book, keeper: Keeper
) -> None:
    calls = [events("ann1"), events("ann2", "bo1"), events("bo2"), events("cy1"), events("ann3")]
    keep_meanwhile(book, keeper, *calls)
    assert book.together == [["ann1", "cy1"], ["ann2 bo1"], ["bo2", "ann3"]]


def test_no_more_than_so_many_events_are_kept_together(book: Book, keeper: Keeper) -> None:
    half = EVENTS_AT_ONCE // 2
    keep_meanwhile(book, keeper, *(events(name, count=half) for name in ("ann", "bo", "cy")))
    assert [len(calls) for calls in book.together] == [2, 1]


def test_only_a_call_that_fails_alone_has_failed(book: Book, keeper: Keeper) -> None:
    def failure(calls: Calls) -> Exception | None:
        return ConflictError("used before") if any(call[0].event_id == "bo1" for call in calls) else None

    book.failure = failure
    ann, bo, cy = keep_meanwhile(book, keeper, events("ann1"), events("bo1"), events("cy1"))
    assert (ann, cy) == (Receipt(1, 0), Receipt(1, 0))
    assert isinstance(bo, ConflictError)
    assert book.together == [["ann1", "bo1", "cy1"], ["ann1"], ["bo1"], ["cy1"]]


def test_store_that_is_away_is_asked_once_for_all(book: Book, keeper: Keeper) -> None:
    book.failure = lambda calls: UnavailableError("away") if calls[0][0].event_id != "first" else None
    told = keep_meanwhile(book, keeper, events("ann1"), events("bo1"))
    assert [type(one) for one in told] == [UnavailableError, UnavailableError]
    assert book.together == [["ann1", "bo1"]]


def test_caller_who_went_away_before_its_turn_is_left_out(book: Book, keeper: Keeper) -> None:
    first = keeper.submit(events("first"))
    assert book.is_busy.wait(30)
    gone, there = keeper.submit(events("ann1")), keeper.submit(events("bo1"))
    assert gone.cancel()
    book.may_go_on.set()
    assert [future.result(30) for future in (first, there)] == [Receipt(1, 0)] * 2
    assert book.together == [["first"], ["bo1"]]


def test_closing_keeps_whoever_waits(book: Book) -> None:
    keeper = Keeper(book)
    waiting = [keeper.submit(events("ann1")), keeper.submit(events("ann2"))]
    book.may_go_on.set()
    keeper.close()
    assert [future.result(0) for future in waiting] == [Receipt(1, 0)] * 2
