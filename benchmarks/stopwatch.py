"""Times calls side by side, so that a noisy moment of the machine falls on each of them alike."""

import statistics
import time
from collections.abc import Callable, Mapping


def medians(rivals: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """The median seconds of each rival over rounds in which each has its turn."""
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds):
        for name, rival in rivals.items():
            times[name].append(seconds(rival))
    return {name: statistics.median(found) for name, found in times.items()}


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
