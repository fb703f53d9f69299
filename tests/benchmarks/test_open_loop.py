"""The client that keeps time: one slow answer holds up no other request, and its own wait counts whole."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest

from benchmarks.server import CHECKOUT

PER_SECOND = 50


class Handler(BaseHTTPRequestHandler):
    """Answers at once, but for /hold, which it answers when /release was asked for, and /missing, with 404."""

    protocol_version = "HTTP/1.1"
    released = Event()

    def do_GET(self) -> None:
        if self.path == "/release":
            self.released.set()
        if self.path == "/hold":
            assert self.released.wait(30)
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Handler.released.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def measured(port: int, *paths: str) -> Any:
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" for path in paths]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.open_loop"],
        cwd=CHECKOUT,
        input=json.dumps({"port": port, "per_second": PER_SECOND, "requests": requests}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


def test_slow_answer_counts_from_when_it_was_due_and_holds_up_nobody(port: int) -> None:
    found = measured(port, "/hold", *["/"] * 9, "/release")
    assert len(found["milliseconds"]) == 11
    assert max(found["milliseconds"]) >= 10 / PER_SECOND * 1000  # /release was due so long after /hold
    assert found["failed"] == 0


def test_answers_other_than_200_are_counted(port: int) -> None:
    assert measured(port, "/", "/missing", "/missing")["failed"] == 2
