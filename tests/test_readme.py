"""Every command of the README does what the README says, on the demo's data and server."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command_line import ROOT, environment, succeeded
from tests.homes import copy_home

START_SECONDS = 120
PATH = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ["PATH"]])
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
RUN_ELSEWHERE = ("make demo", "make test")  # the one by a test below, the other by CI itself
# What blocks print, by their last line; the demo's data are there already, and loading them again changes nothing.
SAID = {"tagloop rejects": "Events accepted 0 Duplicates 1,477,998"}
WRITTEN = ("features.parquet", "scores.parquet", "scores.csv")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Demo:
    """A served copy of the demo's home, and a checkout-like folder to run the README's commands in."""

    home: Path
    folder: Path
    port: int
    key: str

    def run(self, block: str) -> str:
        script = block.replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        done = subprocess.run(  # noqa: S603 (the README's own commands)
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 (any bash will do)
            cwd=self.folder,
            env=environment(self.home, TAGLOOP_KEY=self.key, CURL_HOME=str(self.folder), PATH=PATH),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def demo(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    home = tmp_path_factory.mktemp("readme") / "home"
    copy_home(demo_home, home)
    key = succeeded(home, "keys", "create", "readme").strip()
    port = free_port()
    server = subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "tagloop", "serve", "--port", str(port)], cwd=ROOT, env=environment(home)
    )
    try:
        wait_until_up(port)
        yield Demo(home, checkout(tmp_path_factory.mktemp("checkout")), port, key)
    finally:
        server.terminate()
        server.wait(timeout=30)


def checkout(folder: Path) -> Path:
    """A folder that looks like the checkout, in which written files do no harm."""
    for entry in ROOT.iterdir():
        if entry.name not in {"var", ".git", *WRITTEN}:
            (folder / entry.name).symlink_to(entry)
    (folder / ".curlrc").write_text("fail-with-body\n", encoding="utf-8")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server did not come up")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0][:40])
def test_every_command_of_the_readme_runs(demo: Demo, block: str) -> None:
    here = [line for line in block.splitlines() if not line.startswith(RUN_ELSEWHERE)]

    said = demo.run("\n".join(here))

    assert SAID.get(here[-1] if here else "", "") in " ".join(said.split())


def test_the_python_of_the_readme_predicts_every_tag(demo: Demo) -> None:
    told = demo.run(
        f"python - <<'END'\n{PYTHON[0].rstrip().replace('model.predict', 'print(model.predict')}.shape)\nEND"
    )

    assert told.split()[-1] == "22)"


def test_the_predict_command_answers_with_tags_and_their_confidence(demo: Demo) -> None:
    answer = demo.run(next(block for block in BLOCKS if "/v1/predict" in block))

    assert '"confidence"' in answer
    assert '"churn"' in answer


def test_make_demo_is_up_again_in_seconds_and_shows_how_to_ask(demo: Demo) -> None:
    port = free_port()
    ready = ROOT / ".venv" / ".ready"
    if not ready.exists():
        raise AssertionError("run the tests through `make test`, which makes .venv")
    log = demo.folder / "demo.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            ["make", "demo"],  # noqa: S607 (any make will do)
            cwd=ROOT,
            env=environment(demo.home, TAGLOOP_PORT=str(port)),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        wait_until_up(port)
        wait_for(log, "/v1/predict")
    finally:
        os.killpg(server.pid, 15)
        server.wait(timeout=30)


def wait_for(file: Path, text: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while text not in file.read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, file.read_text(encoding="utf-8")
        time.sleep(0.2)


def test_ci_runs_what_the_readme_names() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert {"make check", "make test"} <= set(script.splitlines())


def test_the_page_of_features_is_up_to_date(tmp_path: Path) -> None:
    assert succeeded(tmp_path, "features", "--page") == (ROOT / "docs/features.md").read_text(
        encoding="utf-8"
    )
