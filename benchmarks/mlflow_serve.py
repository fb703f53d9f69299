"""`mlflow models serve` on the registered interest model beside this server: one row each, the same clients."""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.client import HOST
from benchmarks.report import Figure
from benchmarks.server import copy_home, multiply, rate, served
from core.errors import UnavailableError
from core.language import Text
from core.settings import Settings
from models.registry import Registry

ROUNDS = 5
MANY = 32
REQUESTS = {1: 40, MANY: 160}  # of MLflow, each round
TIMES = 10  # so many more of this server
START_SECONDS = 180.0


def measure(settings: Settings) -> list[Figure]:
    """The figures `predict.vs_mlflow_serve*`.

    MLflow gets a prepared row and answers with the interest model alone. This server gets a customer's name, each
    time another one, and answers with all models: store, features, interest, churn, segment, decisions.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        ConflictError: A server answered some request with an error.
        UnavailableError: A server did not start.
    """
    body = _row(settings)
    found: dict[int, list[tuple[float, float]]] = {connections: [] for connections in REQUESTS}
    with tempfile.TemporaryDirectory(prefix="tagloop-bench-") as folder:
        copy = copy_home(settings, Path(folder) / "home")
        names = iter(multiply(copy, 8))
        with served(copy) as ours, mlflow_served(settings) as port:
            theirs = _request(port, body)
            rate(port, [theirs] * MANY, connections=MANY)
            for _ in range(ROUNDS):
                for connections, count in REQUESTS.items():
                    asked = [ours.predict(next(names)) for _ in range(TIMES * count)]
                    there = rate(port, [theirs] * count, connections=connections)
                    found[connections].append((ours.rate(asked, connections=connections), there))
    return [_figure(connections, rates) for connections, rates in found.items()]


def _figure(connections: int, rates: list[tuple[float, float]]) -> Figure:
    ours, theirs = (statistics.median(side) for side in zip(*rates, strict=True))
    return Figure(
        "predict.vs_mlflow_serve" if connections == MANY else f"predict.vs_mlflow_serve_{connections}",
        statistics.median(here / there for here, there in rates),
        Text(
            "{ours:.0f} customers a second, history to answer, against {theirs:.0f} prepared rows; {n} connections",
            {"ours": ours, "theirs": theirs, "n": connections},
        ),
        target=10,
    )


def _row(settings: Settings) -> str:
    """The first row of the example that was registered with the champion, as MLflow's server takes it."""
    registry = Registry(settings.tracking_uri, settings.artifacts_path)
    uri = registry.resolve("interest").uri
    file = registry.connect().artifacts.download_artifacts(f"{uri}/serving_input_example.json")
    example = json.loads(Path(file).read_text(encoding="utf-8"))["dataframe_split"]
    return json.dumps({"dataframe_split": {**example, "data": example["data"][:1]}})


def _request(port: int, body: str) -> str:
    head = f"POST /invocations HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}"


@contextmanager
def mlflow_served(settings: Settings) -> Iterator[int]:
    """The port of `mlflow models serve` on the champion; it ends with the block.

    Raises:
        UnavailableError: It did not answer in time.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/interest@champion"]
    command += ["--env-manager", "local", "--host", HOST, "--port", str(port)]
    # It starts what it finds on the path, which is no other environment's when this one is not activated.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "MLFLOW_TRACKING_URI": settings.tracking_uri, "PATH": path}
    process = subprocess.Popen(  # noqa: S603 (its documented command)
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        _wait(port, process)
        yield port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # the command starts the server as a child of its own
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/ping", timeout=START_SECONDS).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    raise UnavailableError("The server of the benchmark did not start")
