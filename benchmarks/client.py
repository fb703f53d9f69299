"""A small HTTP client in a process of its own: sends prepared requests over kept-alive connections and times them.

Reads `{"port", "connections", "requests"}` as JSON from standard input and prints `{"seconds", "failed"}`.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator

HOST = "127.0.0.1"
_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"


class Answers(asyncio.Protocol):
    """Reads the answers on one connection; what follows from one, a subclass says."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (TCP gives no other)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Tell of the answer once all of it is there."""
        self._buffer += data
        head, found, body = self._buffer.partition(_END_OF_HEAD)
        if found and len(body) >= _content_length(head):
            self._buffer = b""
            self.answered(well=b" 200 " in head[:16])

    def answered(self, *, well: bool) -> None:
        """A whole answer is there; `well` if its status is 200."""
        raise NotImplementedError


class Sender(Answers):
    """One connection: takes the next request as soon as the answer to the last one is there."""

    def __init__(self, requests: Iterator[bytes], done: "asyncio.Future[int]") -> None:
        super().__init__()
        self._requests = requests
        self._done = done
        self._failed = 0

    def send_next(self) -> None:
        """Send the next request, or end."""
        request = next(self._requests, None)
        if request is None:
            self.transport.close()
            self._done.set_result(self._failed)
        else:
            self.transport.write(request)

    def answered(self, *, well: bool) -> None:
        """Count and go on."""
        self._failed += not well
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so if there was more to send."""
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("the server closed the connection"))


def _content_length(head: bytes) -> int:
    start = head.lower().index(_LENGTH) + len(_LENGTH)
    return int(head[start:].split(b"\r\n", 1)[0])


async def run(port: int, connections: int, requests: list[str]) -> dict[str, float]:
    """Send all requests; seconds from the first to the last answer, and how many were not answered with 200."""
    loop = asyncio.get_running_loop()
    left = iter([request.encode() for request in requests])
    senders, ends = [], []
    for _ in range(connections):
        done: asyncio.Future[int] = loop.create_future()
        _, sender = await loop.create_connection(lambda end=done: Sender(left, end), HOST, port)  # type: ignore[misc]
        senders.append(sender)
        ends.append(done)
    start = time.perf_counter()
    for sender in senders:
        sender.send_next()
    failed = await asyncio.gather(*ends)
    return {"seconds": time.perf_counter() - start, "failed": sum(failed)}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(**json.load(sys.stdin)))))
