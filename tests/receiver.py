"""A real HTTP receiver of webhooks on this machine, which answers as a test wants."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, secret: str) -> Any:
        """What it says, once the signature and its time are found to be right."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Keeps what came; answers with the next of `statuses`, and with 204 where none is left."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def changes(self, secret: str) -> list[int]:
        """The numbers of all changes in the order in which they were taken."""
        with self.lock:
            bodies = [one.verified(secret) for one in self.received]
        return [
            change["seq"]
            for body in bodies
            if body["type"] == "tags.changed"
            for change in body["data"]["changes"]
        ]


@contextmanager
def running_receiver(port: int = 0) -> Iterator[Receiver]:
    """A receiver that listens while the block runs."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with receiver.lock:
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                received = {name.lower(): value for name, value in self.headers.items()}
                if status < 300:
                    receiver.received.append(Received(self.path, received, body))
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
