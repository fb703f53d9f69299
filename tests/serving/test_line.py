"""Calls that come while the event loop is busy are answered together, and none of them feels the others."""

import asyncio
from collections.abc import Sequence

import pytest

from serving.line import CALLS_AT_ONCE, Line


class Counter:
    """Answers calls with their names, and remembers which it answered together."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []

    def __call__(self, calls: Sequence[Sequence[str]]) -> list[bytes]:
        self.together.append([" ".join(names) for names in calls])
        if any("wrong" in names for names in calls):
            raise ValueError("what is stored is damaged")
        return [" ".join(names).encode() for names in calls]


def ask(counter: Counter, *calls: Sequence[str]) -> list[bytes | BaseException]:
    """What each of the calls is told that are made in one turn of the loop."""

    async def all_at_once() -> list[bytes | BaseException]:
        line = Line(counter)
        return await asyncio.gather(*map(line.ask, calls), return_exceptions=True)

    return asyncio.run(all_at_once())


def test_calls_of_one_moment_are_answered_together_each_with_its_own_answer() -> None:
    counter = Counter()
    assert ask(counter, ["a"], ["b", "c"], ["d"]) == [b"a", b"b c", b"d"]
    assert counter.together == [["a", "b c", "d"]]


def test_a_call_that_comes_later_is_answered_alone() -> None:
    counter = Counter()

    async def one_after_the_other() -> None:
        line = Line(counter)
        assert [await line.ask([name]) for name in "ab"] == [b"a", b"b"]

    asyncio.run(one_after_the_other())
    assert counter.together == [["a"], ["b"]]


def test_a_long_line_is_answered_in_parts_so_that_others_get_a_turn() -> None:
    counter = Counter()
    names = [str(number) for number in range(2 * CALLS_AT_ONCE + 1)]
    assert ask(counter, *([name] for name in names)) == [name.encode() for name in names]
    assert list(map(len, counter.together)) == [CALLS_AT_ONCE, CALLS_AT_ONCE, 1]


def test_only_the_call_that_fails_alone_is_told_so() -> None:
    first, wrong, last = ask(Counter(), ["a"], ["wrong"], ["b"])
    assert (first, last) == (b"a", b"b")
    assert isinstance(wrong, ValueError)


def test_a_caller_who_went_away_is_not_answered_and_stops_nobody() -> None:
    counter = Counter()

    async def leave() -> bytes:
        line = Line(counter)
        gone, stays = asyncio.ensure_future(line.ask(["gone"])), asyncio.ensure_future(line.ask(["stays"]))
        await asyncio.sleep(0)  # both stand in the line now
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await stays

    assert asyncio.run(leave()) == b"stays"
    assert counter.together == [["stays"]]
