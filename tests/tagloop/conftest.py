"""What tests of the command line share: real servers of a shop's home."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.command_line import ROOT, environment, succeeded
from tests.conftest import Shop
from tests.serving.conftest import answers


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Generous: MLflow's own server alone takes ten seconds to start, minutes where everything else runs as well.
PATIENCE_SECONDS = 300.0


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def started() -> Iterator[Callable[..., Path]]:
    """Starts a command that listens, `started(command, url)`; the file that it writes its output to."""
    with ExitStack() as stack:

        def begin(command: list[str], url: str, folder: Path, **more: str) -> Path:
            log = folder / "started.log"
            sink = stack.enter_context(log.open("wb"))
            process = subprocess.Popen(  # noqa: S603 (our own server, or MLflow's)
                command, cwd=ROOT, env=environment(folder, **more), stdout=sink, stderr=sink
            )
            stack.callback(process.wait, timeout=60)
            stack.callback(process.terminate)

            def is_up() -> bool:
                assert process.poll() is None, log.read_text()
                return answers(url)

            wait_for(is_up)
            return log

        yield begin


@pytest.fixture
def serve(started: Callable[..., Path]) -> Callable[..., httpx.Client]:
    """Starts `tagloop serve` for a shop; a client with a key for everything."""

    def begin(shop: Shop, **more: str) -> httpx.Client:
        key = succeeded(shop.home, "keys", "create", "test").strip()
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "tagloop", "serve", "--port", str(port)]
        started(command, f"{url}/health", shop.home, **more)
        return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30)

    return begin
