"""The client against a plain server: every request is sent once, and failures are counted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from benchmarks.server import CHECKOUT


class Handler(BaseHTTPRequestHandler):
    """Answers 200, or 404 where that is asked for; keeps connections."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"x" * 70_000  # more than one packet
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_client_times_all_requests_and_counts_failures(port: int) -> None:
    paths = ["/", "/missing"] * 5
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" for path in paths]
    asked = json.dumps({"port": port, "connections": 3, "requests": requests})
    command = [sys.executable, "-m", "benchmarks.client"]
    ran = subprocess.run(  # noqa: S603 (our own client)
        command, cwd=CHECKOUT, input=asked, capture_output=True, text=True, check=True
    )
    found = json.loads(ran.stdout)
    assert found["failed"] == 5
    assert found["seconds"] > 0
