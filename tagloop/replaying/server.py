"""The server of a replay, in a process of its own as in a shop, and a caller that speaks to it."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import ConflictError, UnavailableError
from core.settings import Settings

HOST = "127.0.0.1"
START_SECONDS = 600.0
ANSWER_SECONDS = 120.0
CHECKOUT = Path(__file__).parents[2]


@dataclass
class Caller:
    """Somebody who calls the server with a key of their own, over one connection that is kept."""

    port: int
    token: str
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def get(self, path: str) -> Any:
        """What the server answers to a GET, as JSON."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: object) -> Any:
        """What the server answers to a POST, as JSON."""
        return self._ask("POST", path, json.dumps(body).encode())

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        try:
            status, said = self._said(method, path, body)
        except (OSError, http.client.HTTPException) as error:
            raise UnavailableError(
                "The replay's server does not answer {path}: {reason}",
                path=path,
                reason=str(error) or repr(error),
            ) from error
        if status != http.HTTPStatus.OK:
            raise ConflictError(
                "The replay's server answered {path} with {status}: {said}",
                path=path,
                status=status,
                said=said.decode(errors="replace"),
            )
        return json.loads(said)

    def _said(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """Status and body. A kept connection that the server has given up meanwhile is made anew, once.

        Every call of a replay may be sent twice: events and decisions bring ids of their own.
        """
        if self._connection is not None:
            try:
                return self._once(method, path, body)
            except (OSError, http.client.HTTPException):
                self.close()
        self._connection = http.client.HTTPConnection(HOST, self.port, timeout=ANSWER_SECONDS)
        try:
            return self._once(method, path, body)
        except BaseException:
            self.close()
            raise

    def _once(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        assert self._connection is not None  # noqa: S101 (both callers made it)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """The port of a server of that home; it ends with the block.

    Raises:
        UnavailableError: It did not answer in time.
    """
    port = _free_port()
    command = [sys.executable, "-m", "tagloop", "serve", "--host", HOST, "--port", str(port)]
    log = (settings.home / "server.log").open("ab")
    with (
        log,
        subprocess.Popen(  # noqa: S603 (our own command)
            command, cwd=CHECKOUT, env=_environment(settings), stdout=log, stderr=log
        ) as process,
    ):
        try:
            _wait(port, process, settings)
            yield port
        finally:
            process.terminate()


def _environment(settings: Settings) -> dict[str, str]:
    """This process's, but that nothing but the home's own file says how Tagloop is set."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TAGLOOP_")}
    return {**inherited, "TAGLOOP_HOME": str(settings.home.absolute())}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]", settings: Settings) -> None:
    caller, deadline = Caller(port, ""), time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            caller.get("/health")
        except UnavailableError:
            time.sleep(0.1)
        else:
            caller.close()
            return
    raise UnavailableError(
        "The replay's server did not start: {log} says why", log=settings.home / "server.log"
    )
