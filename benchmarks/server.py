"""A real server on a copy of a home, and a client in another process that asks it."""

import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.client import HOST
from core.errors import ConflictError, InvalidInputError, UnavailableError
from core.settings import Settings
from core.storage import open_store
from serving.keys import Scope, create_key

CONNECTIONS = 8
START_SECONDS = 60.0
CHECKOUT = Path(__file__).parents[1]  # whence `benchmarks` is found
NO_FLUSH_SECONDS = "3600"  # moving events to the lake is not part of a prediction


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    port: int
    token: str
    process_id: int

    def call(self, path: str, body: object = None) -> Any:
        """One answer, as JSON."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{HOST}:{self.port}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:  # noqa: S310 (127.0.0.1)
            return json.load(answer)

    def rate(self, requests: Sequence[str], *, connections: int = CONNECTIONS) -> float:
        """Answers a second to those requests, sent by a process of their own.

        Raises:
            ConflictError: Some were not answered with 200.
        """
        return rate(self.port, requests, connections=connections)

    def latencies(self, requests: Sequence[str], *, per_second: float) -> list[float]:
        """Milliseconds from when each request was due to its answer, in the order of the answers.

        Raises:
            ConflictError: Some were not answered with 200.
        """
        asked = {"port": self.port, "per_second": per_second, "requests": list(requests)}
        found: list[float] = run_client("benchmarks.open_loop", asked)["milliseconds"]
        return found

    def memory_mb(self) -> tuple[float, float]:
        """The most memory that its process ever had, and what it has now; not a number where Linux does not tell."""
        file = Path(f"/proc/{self.process_id}/status")
        told = file.read_text(encoding="ascii") if file.exists() else "VmHWM: nan\nVmRSS: nan\n"
        peak, now = (float(told.split(f"{name}:")[1].split()[0]) / 1024 for name in ("VmHWM", "VmRSS"))
        return peak, now

    def processor_seconds(self) -> float:
        """What its process has used of processors so far; not a number where Linux does not tell."""
        file = Path(f"/proc/{self.process_id}/stat")
        if not file.exists():
            return float("nan")
        told = file.read_text(encoding="ascii").rpartition(")")[2].split()  # its name may hold spaces
        return sum(map(int, told[11:13])) / os.sysconf("SC_CLK_TCK")

    def noop(self) -> str:
        """An empty request."""
        return f"GET /health HTTP/1.1\r\nHost: {HOST}\r\n\r\n"

    def predict(self, customer_id: str) -> str:
        """A request for one stored customer."""
        return self.predict_all([customer_id])

    def predict_all(self, customer_ids: Sequence[str]) -> str:
        """A request for those stored customers."""
        return self.post("/v1/predict", {"customers": [{"customer_id": name} for name in customer_ids]})

    def post(self, path: str, content: object) -> str:
        """A request that sends something."""
        body = json.dumps(content)
        head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.token}\r\n"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"

    def change(self, customer_ids: Sequence[str], item_id: str, label: str) -> None:
        """Send one purchase of each customer; an event of the same label counts once."""
        at = datetime.fromisoformat(self.call("/health")["now"]) - timedelta(minutes=1)
        purchase = {"occurred_at": at.isoformat(), "type": "purchase", "item_id": item_id, "amount": "2.50"}
        events = [
            {**purchase, "customer_id": name, "event_id": f"{label} {name}", "order_id": f"{label} {name}"}
            for name in customer_ids
        ]
        self.call("/v1/events", {"events": events})


def rate(port: int, requests: Sequence[str], *, connections: int) -> float:
    """Answers a second of whatever listens there.

    Raises:
        ConflictError: Some requests were not answered with 200.
    """
    found = run_client(
        "benchmarks.client", {"port": port, "connections": connections, "requests": list(requests)}
    )
    return len(requests) / float(found["seconds"])


def run_client(module: str, asked: dict[str, object]) -> Any:
    """What a client says that runs in a process of its own.

    Raises:
        ConflictError: Some requests were not answered with 200.
    """
    ran = subprocess.run(  # noqa: S603 (ours)
        [sys.executable, "-m", module],
        cwd=CHECKOUT,
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(ran.stdout)
    if found["failed"]:
        raise ConflictError("{count} requests of the benchmark failed", count=found["failed"])
    return found


def copy_home(settings: Settings, home: Path) -> Settings:
    """A home with copies of the store, the lake and the releases; the settings of the copy.

    Raises:
        InvalidInputError: The store is not the SQLite file in the home.
    """
    copied = copy_store(settings, home)
    for folder in (settings.lake_path, settings.releases_path):
        shutil.copytree(folder, home / folder.name)
    return copied


def copy_store(settings: Settings, home: Path) -> Settings:
    """A home with copies of the store and the settings file only; the settings of the copy.

    Raises:
        InvalidInputError: The store is not the SQLite file in the home.
    """
    file = settings.home / "tagloop.db"
    if settings.database_url is not None:
        raise InvalidInputError("The benchmark copies the home, so its store has to be the SQLite file in it")
    home.mkdir(parents=True)
    with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(home / file.name)) as new:
        old.backup(new)
    if (settings.home / "tagloop.toml").exists():
        shutil.copy(settings.home / "tagloop.toml", home)
    return settings.model_copy(update={"home": home})


def multiply(settings: Settings, times: int) -> list[str]:
    """Give the copied home `times` as many customers, each a double of an old one; the names of all, mixed."""
    with closing(sqlite3.connect(settings.home / "tagloop.db")) as store, store:
        for number in range(2, times + 1):
            for table, others in (("histories", "n_events, packed"), ("customers", "first_seen_at")):
                doubled = f"SELECT customer_id || '~{number}', {others} FROM {table} WHERE customer_id NOT LIKE '%~%'"
                store.execute(f"INSERT INTO {table} {doubled}")
        names = [
            str(row[0]) for row in store.execute("SELECT customer_id FROM histories ORDER BY customer_id")
        ]
    random.Random(0).shuffle(names)  # noqa: S311 (no secret)
    return names


@contextmanager
def served(settings: Settings) -> Iterator[Server]:
    """A server of that home with one worker, and a key for it; it ends with the block.

    Raises:
        UnavailableError: It did not answer in time.
    """
    store = open_store(settings)
    with closing(store), store.write() as connection:
        key = create_key(connection, "benchmark", list(Scope), now=settings.make_clock().now())
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "tagloop", "serve", "--host", HOST, "--port", str(port)]
    environment = {
        **os.environ,
        "TAGLOOP_HOME": str(settings.home.absolute()),
        "TAGLOOP_FLUSH_SECONDS": NO_FLUSH_SECONDS,
        "TAGLOOP_DATABASE_URL": settings.store_url,
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 (ours)
    try:
        server = Server(port, key.token, process.pid)
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait()


def _wait(server: Server, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.call("/health")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    raise UnavailableError("The server of the benchmark did not start")
