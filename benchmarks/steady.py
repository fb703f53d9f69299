"""Predictions at a steady rate, large calls, and both at once: what a caller waits at worst."""

import statistics
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice, repeat
from pathlib import Path

import numpy as np

from benchmarks.report import Figure
from benchmarks.server import Server, copy_home, multiply, served
from core.language import Text
from core.settings import Settings

PER_SECOND = 300
SLICES, SLICE_SECONDS = 5, 4
Slices = Sequence[Sequence[float]]  # the milliseconds of each slice's requests
CUSTOMERS_A_CALL = 500
CALLS = 24
DOUBLES = 6  # so that no customer is asked for twice: every answer is worked out, none was kept


def measure(settings: Settings) -> list[Figure]:
    """The figures on how steady predictions are, on a copy of the home with six times as many customers.

    Single calls come at 300 a second, each for another customer, in slices of some seconds, and before each slice as
    many empty ones, for what the client and the machine take of the time: where a machine stalls now and then, the
    median slice tells of the server and the worst one of the machine. The large calls ask for 500 customers each,
    over one connection. Then both at once.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        ConflictError: The server answered some request with an error.
        UnavailableError: The server did not start.
    """
    with tempfile.TemporaryDirectory(prefix="tagloop-bench-") as folder:
        copy = copy_home(settings, Path(folder) / "home")
        names = multiply(copy, DOUBLES)
        with served(copy) as server:
            singles = cycle(server.predict(name) for name in names)
            empties = repeat(server.noop())
            calls = _calls(server, names)
            server.rate(calls[:2], connections=1)
            empty, alone = zip(
                *[(_slice(server, empties), _slice(server, singles)) for _ in range(SLICES)], strict=True
            )
            customers = CUSTOMERS_A_CALL * server.rate(calls, connections=1)
            with endless(server, calls):
                beside = [_slice(server, singles) for _ in range(SLICES)]
    return [*_figures(alone, beside, customers), _of_client(empty)]


def _slice(server: Server, requests: Iterator[str]) -> list[float]:
    return server.latencies(list(islice(requests, PER_SECOND * SLICE_SECONDS)), per_second=PER_SECOND)


def _calls(server: Server, names: Sequence[str]) -> list[str]:
    ring = cycle(names)
    return [server.predict_all(list(islice(ring, CUSTOMERS_A_CALL))) for _ in range(CALLS)]


@contextmanager
def endless(server: Server, calls: Sequence[str]) -> Iterator[None]:
    """Large calls one after the other, until the block ends."""
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            server.rate(calls[:8], connections=1)

    caller = threading.Thread(target=ask)
    caller.start()
    try:
        yield
    finally:
        ended.set()
        caller.join()


def _figures(alone: Slices, beside: Slices, customers: float) -> list[Figure]:
    return [
        Figure(
            "predict.p99_ms_at_300",
            _p99(alone),
            Text("{rate} calls a second, each for another customer: {spread}", _spread(alone)),
            target=10,
            at_most=True,
        ),
        Figure(
            "predict.batch_customers_per_second",
            customers,
            Text("{n} customers a call, none of whom was asked for before", {"n": CUSTOMERS_A_CALL}),
            target=5_000,
        ),
        Figure(
            "predict.p99_ms_at_300_beside_batches",
            _p99(beside),
            Text("the same beside an endless caller of {n} customers: {spread}", _spread(beside)),
            target=100,
            at_most=True,
        ),
    ]


def _of_client(empty: Slices) -> Figure:
    return Figure(
        "predict.empty_p99_ms_at_300",
        _p99(empty),
        Text(
            "empty GETs at the same rate, for what the client and the machine take: {spread}", _spread(empty)
        ),
    )


def _p99(slices: Slices) -> float:
    return statistics.median(_p99_of_each(slices))


def _p99_of_each(slices: Slices) -> list[float]:
    return [float(np.percentile(milliseconds, 99)) for milliseconds in slices]


def _spread(slices: Slices) -> dict[str, object]:
    half, worst = (float(np.percentile(np.concatenate(slices), of)) for of in (50, 100))
    p99 = _p99_of_each(slices)
    spread = f"50% {half:.1f} ms, 99% {min(p99):.1f} – {max(p99):.1f} ms, 100% {worst:.1f} ms"
    return {"rate": PER_SECOND, "n": CUSTOMERS_A_CALL, "spread": spread}
