"""What servers do over and over: rounds in a thread, of which none ends the thread."""

from queue import SimpleQueue
from threading import Event

from structlog.testing import capture_logs

from core.errors import NotReadyError
from serving.loop import Loop, attempt

PATIENCE = 20.0


def test_rounds_follow_each_other_until_stopped_and_the_end_comes_last() -> None:
    done: SimpleQueue[str] = SimpleQueue()

    def go_round() -> float:
        done.put("round")
        return 0.001

    loop = Loop("test", go_round, at_end=lambda: done.put("end"))
    loop.start()
    assert [done.get(timeout=PATIENCE) for _ in range(3)] == ["round"] * 3
    loop.stop()
    rest = [done.get() for _ in range(done.qsize())]
    assert rest == ["round"] * (len(rest) - 1) + ["end"]


def test_stopping_waits_for_the_round_that_is_under_way_and_begins_no_other() -> None:
    begun, seen = Event(), list[bool]()

    def go_round() -> float:
        begun.set()
        while not loop.is_stopping:
            pass
        seen.append(loop.is_stopping)
        return 0.0

    loop = Loop("test", go_round)
    loop.start()
    assert begun.wait(PATIENCE)
    loop.stop()
    assert seen == [True]


def test_a_step_that_fails_is_logged_by_its_name_and_the_others_are_done() -> None:
    def wait() -> None:
        raise NotReadyError("later")

    def break_down() -> None:
        raise ZeroDivisionError

    with capture_logs() as logged:
        found = [attempt("waits", wait), attempt("breaks", break_down), attempt("works", lambda: 3)]
    assert found == [None, None, 3]
    assert [(one["event"], one["log_level"]) for one in logged] == [("waits", "warning"), ("breaks", "error")]
