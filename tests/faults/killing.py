"""Kills real processes: at moments spread over the time that their work takes, and at the bounds of its stages."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from tests.faults.moments import Moment
from tests.forked import processes

KILLS = 50
WAIT_SECONDS = 300.0

Job = Callable[..., None]


class Running:
    """A job in a process of its own, which has said that it begins: what it has to open is open.

    With `dies` it kills itself at that moment.
    """

    def __init__(self, job: Job, *given: Any, dies: Moment | None = None) -> None:
        begun, tell = processes.Pipe(duplex=False)
        self.process: BaseProcess = processes.Process(target=_run, args=(tell, job, given, dies))
        self.process.start()
        tell.close()
        assert begun.poll(WAIT_SECONDS), "the process did not begin"
        begun.recv()

    def kill_after(self, seconds: float) -> bool:
        """Whether the process was still at work then, and so was killed."""
        self.process.join(seconds)
        if self.process.exitcode is None:
            self.process.kill()
        self.process.join()
        assert self.process.exitcode in {0, -signal.SIGKILL}, f"it failed by itself: {self.process.exitcode}"
        return self.process.exitcode == -signal.SIGKILL

    def dies(self) -> None:
        """Wait until it has killed itself."""
        self.process.join(WAIT_SECONDS)
        assert self.process.exitcode == -signal.SIGKILL, f"it came past that moment: {self.process.exitcode}"

    def wait(self) -> None:
        """Wait for its end, which has to be a good one."""
        self.process.join(WAIT_SECONDS)
        assert self.process.exitcode == 0, self.process.exitcode


class Start(Protocol):
    """Begins the work once more, in a process that may have to kill itself at a moment."""

    def __call__(self, dies: Moment | None = None) -> Running: ...


def _run(tell: Connection, job: Job, given: tuple[Any, ...], dies: Moment | None) -> None:
    def begin() -> None:
        if dies:
            dies.arm()
        tell.send(None)

    job(begin, *given)


def kill_at(start: Start, after: Callable[[], str], stages: Mapping[Moment, str]) -> int:
    """Kill a process at each moment, and see that the kill hit the stage that belongs to it; how many these were."""
    for moment, stage in stages.items():
        start(moment).dies()
        found = after()
        assert found == stage, f"{moment} hit: {found}"
    return len(stages)


def kill_often(
    start: Start,
    after: Callable[[], str],
    *,
    seconds: float,
    times: int = KILLS,
    seed: int = 0,
) -> Counter[str]:
    """Kill at least `times` processes that were at work, at moments spread over `seconds`.

    Args:
        start: Begins the work once more.
        after: Checks what a kill left behind, and names the stage that it hit.
        seconds: How long the work takes undisturbed.
        times: How many kills have to hit.
        seed: Of the moments.

    Returns:
        How often each stage was hit.
    """
    stages: Counter[str] = Counter()
    for share in _shares(times, seed):
        if start().kill_after(share * seconds):
            stages[after()] += 1
            seconds *= 1.02
        else:
            seconds *= 0.9  # it was quicker this time: a shared machine is not always equally fast
        if stages.total() == times:
            return stages
    raise AssertionError(f"only {stages.total()} kills hit: {stages}")


def _shares(times: int, seed: int) -> Iterator[float]:
    """Numbers from 0 to 1, one in each of `times` equal parts and in random order, three times over."""
    dice = random.Random(seed)  # noqa: S311 (no secret)
    for _ in range(3):
        shares = [(part + dice.random()) / times for part in range(times)]
        dice.shuffle(shares)
        yield from shares


def seconds_of(start: Start, *, times: int = 2) -> float:
    """How long the work takes undisturbed: the longest of some times."""
    taken = []
    for _ in range(times):
        running = start()
        begun = time.monotonic()
        running.wait()
        taken.append(time.monotonic() - begun)
    return max(taken)
