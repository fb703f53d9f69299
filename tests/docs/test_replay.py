"""What docs/replay.md shows, in both languages: every command is one that the program understands."""

import re
import shlex
from pathlib import Path

import pytest

from tests.command_line import ROOT, tagloop_here

PAGES = [ROOT / "docs" / name for name in ("replay.md", "replay.zh-CN.md")]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINES = [line for text in BLOCK.findall(PAGES[0].read_text(encoding="utf-8")) for line in text.splitlines()]
REPLAYS = [line for line in LINES if line.startswith("tagloop replay")]


def test_both_pages_show_the_same() -> None:
    english, chinese = (BLOCK.findall(page.read_text(encoding="utf-8")) for page in PAGES)
    assert english == chinese
    assert len(REPLAYS) == 6


@pytest.mark.parametrize("line", REPLAYS)
def test_the_command_is_understood(line: str, tmp_path: Path) -> None:
    """In a home without data it ends with what to do first, and not with an option that does not exist."""
    done = tagloop_here(tmp_path / "home", *shlex.split(line)[1:])
    assert done.returncode == 1, done.stderr
    expected = "There is no store" if "--from" in line else "There is no replay in"
    assert expected in done.stderr
    assert not (tmp_path / "home").exists()
