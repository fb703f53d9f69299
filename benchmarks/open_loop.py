"""A client that keeps time: sends requests at a fixed rate, whether or not the ones before were answered.

Each latency counts from the instant at which the request was due, so that a request which has to wait for a slow
one before it counts its waiting too. Reads `{"port", "per_second", "requests"}` as JSON from standard input and
prints `{"milliseconds", "failed"}`.
"""

import asyncio
import json
import sys
import time
from collections import deque

from benchmarks.client import HOST, Answers

CONNECTIONS = 64


class Sender(Answers):
    """One of the connections; free between an answer and the next request."""

    def __init__(self, pool: "Pool") -> None:
        super().__init__()
        self._pool = pool
        self._due = 0.0

    def send(self, request: bytes, due: float) -> None:
        """Send what was due at an instant."""
        self._due = due
        self.transport.write(request)

    def answered(self, *, well: bool) -> None:
        """Note the time and be free."""
        self._pool.milliseconds.append((time.perf_counter() - self._due) * 1000)
        self._pool.failed += not well
        self._pool.freed(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """A server that hangs up fails the whole measurement."""
        self._pool.lost(exc)


class Pool:
    """Hands requests to free connections; those that find none wait in line."""

    def __init__(self, total: int) -> None:
        self.milliseconds: list[float] = []
        self.failed = 0
        self.free: deque[Sender] = deque()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting: deque[tuple[bytes, float]] = deque()
        self._total = total

    def send(self, request: bytes, due: float) -> None:
        """Send the request, or let it wait."""
        if self.free:
            self.free.popleft().send(request, due)
        else:
            self._waiting.append((request, due))

    def freed(self, sender: Sender) -> None:
        """Give the connection the next request that waits."""
        if self._waiting:
            sender.send(*self._waiting.popleft())
        else:
            self.free.append(sender)
        if len(self.milliseconds) == self._total and not self.done.done():
            self.done.set_result(None)

    def lost(self, error: Exception | None) -> None:
        """End with an error, unless all is done."""
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server closed the connection"))


async def run(port: int, per_second: float, requests: list[str]) -> dict[str, object]:
    """Send them all; the latencies in the order of the answers, and how many were not answered with 200."""
    loop = asyncio.get_running_loop()
    pool = Pool(len(requests))
    for _ in range(CONNECTIONS):
        _, sender = await loop.create_connection(lambda: Sender(pool), HOST, port)
        pool.free.append(sender)
    start = time.perf_counter()
    for number, request in enumerate(requests):
        due = start + number / per_second
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        pool.send(request.encode(), due)
    await pool.done
    return {"milliseconds": pool.milliseconds, "failed": pool.failed}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(**json.load(sys.stdin)))))
