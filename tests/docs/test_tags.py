"""Every command, call and definition of docs/tags.md, in its order, on the small made-up shop."""

import re
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tags.taxonomy import parse_taxonomy
from tests.command_line import ROOT, answered, environment, succeeded, tagloop_here
from tests.conftest import Shop
from tests.test_readme import PATH, START_SECONDS, free_port

PAGES = {"en": ROOT / "docs" / "tags.md", "zh": ROOT / "docs" / "tags.zh-CN.md"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(language: str, kind: str) -> list[str]:
    text = PAGES[language].read_text(encoding="utf-8")
    return [found for what, found in BLOCK.findall(text) if what == kind]


COMMANDS = [line for text in blocks("en", "sh") if "curl" not in text for line in text.splitlines()]
(CALLS,) = (text for text in blocks("en", "sh") if "curl" in text)


@pytest.fixture
def shop(loaded_shop: Shop, copy_of: Callable[[Shop], Shop], tmp_path: Path) -> Shop:
    (definitions,) = blocks("en", "yaml")
    (tmp_path / "club.yaml").write_text(definitions, encoding="utf-8")
    return copy_of(loaded_shop)


@pytest.fixture
def served(shop: Shop, tmp_path: Path) -> Iterator[tuple[int, str]]:
    """The port of a server over the shop, and a key."""
    key, port = succeeded(shop.home, "keys", "create", "docs", run=tagloop_here).strip(), free_port()
    (tmp_path / ".curlrc").write_text("fail-with-body\n", encoding="utf-8")
    server = subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "tagloop", "serve", "--port", str(port)],
        cwd=ROOT,
        env=environment(shop.home),
    )
    try:
        _wait_until_alive(port)
        yield port, key
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_alive(port: int) -> None:
    """No model serves here, so the server is never ready; definitions need none."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server did not come up")


def test_commands_do_what_the_page_says(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = {line: succeeded(shop.home, *shlex.split(line)[1:], run=tagloop_here) for line in COMMANDS}
    assert len(said) == 16
    listed = said["tagloop tags"]
    for key in ("coffee", "spend_high", "club_gold", "press"):
        assert key in listed
    assert "club_silver" in said["tagloop tags of m001"] or "club_gold" in said["tagloop tags of m001"]
    changes = said["tagloop tags history-of m001"]
    assert "club_card" in changes
    assert "person" in changes
    exported = yaml.safe_load((tmp_path / "all-tags.yaml").read_text(encoding="utf-8"))
    assert {"spend_high", "press"} <= {tag["key"] for tag in exported["tags"]}
    history = answered(shop.home, "tags", "history", "press", "--json", run=tagloop_here)
    assert [one["note"] for one in history] == ["the trial is over", None]


def test_calls_do_what_the_page_says(served: tuple[int, str], tmp_path: Path) -> None:
    port, key = served
    script = CALLS.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
    done = subprocess.run(  # noqa: S603 (the page's own calls)
        ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 (any bash will do)
        cwd=tmp_path,
        env=environment(tmp_path, TAGLOOP_KEY=key, CURL_HOME=str(tmp_path), PATH=PATH),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for part in ('"version":1', '"customers":0', '"status":"retired"', '"note":"too few"', '"spend_high"'):
        assert part in done.stdout


@pytest.mark.parametrize("language", sorted(PAGES))
def test_definitions_that_are_shown_are_valid(language: str) -> None:
    (text,) = blocks(language, "yaml")
    found = parse_taxonomy(yaml.safe_load(text))
    assert {tag.method.value for tag in found.tags} == {"model", "rule", "trigger", "import", "manual"}


def test_both_pages_show_the_same() -> None:
    for kind in ("sh", "yaml"):
        assert blocks("en", kind) == blocks("zh", kind)
