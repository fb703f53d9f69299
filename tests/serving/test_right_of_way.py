"""Large calls wait for gaps between single ones, and not for ever."""

import time
from threading import Thread

import pytest

from serving.right_of_way import GAP_SECONDS, LATELY_SECONDS, PATIENCE_SECONDS, RightOfWay


class Hand:
    """A clock that moves when somebody sleeps; `calls` single calls come, one at each look."""

    def __init__(self, calls: int = 0) -> None:
        self.seconds = 0.0
        self.calls = calls
        self.way = RightOfWay(lambda: self.seconds, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        if self.calls:
            self.calls -= 1
            self.way.single_call()

    def waited(self) -> float:
        begun = self.seconds
        with self.way.gap():
            return self.seconds - begun


def test_nobody_waits_where_no_single_call_came() -> None:
    hand = Hand()
    assert not hand.way.is_busy
    assert hand.waited() == 0


def test_a_piece_waits_for_a_gap_after_the_last_single_call() -> None:
    hand = Hand(calls=3)
    hand.way.single_call()
    assert hand.waited() == pytest.approx(3 * GAP_SECONDS / 4 + GAP_SECONDS)


def test_a_piece_goes_on_though_single_calls_never_end() -> None:
    hand = Hand(calls=1_000_000)
    hand.way.single_call()
    assert hand.waited() == pytest.approx(PATIENCE_SECONDS)


def test_large_calls_go_on_as_before_once_no_single_call_came_for_long() -> None:
    hand = Hand()
    hand.way.single_call()
    hand.seconds += LATELY_SECONDS
    assert not hand.way.is_busy
    assert hand.waited() == 0


def test_pieces_take_turns_while_single_calls_come() -> None:
    way = RightOfWay()
    inside: list[int] = []
    most: list[int] = []
    way.single_call()

    def piece() -> None:
        with way.gap():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.005)
            inside.pop()

    threads = [Thread(target=piece) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
