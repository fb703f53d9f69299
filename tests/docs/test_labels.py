"""What docs/labels.md shows, in both languages: its commands run, and it speaks of tests and columns that are there."""

import re
import shlex
from pathlib import Path

import pytest

from review.tables import OutcomeLabel
from tests.command_line import ROOT, tagloop_here
from tests.conftest import Shop

PAGES = [ROOT / "docs" / "labels.md", ROOT / "docs" / "labels.zh-CN.md"]
COMMANDS = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_commands_run(page: Path, loaded_shop: Shop) -> None:
    lines = [
        line for block in COMMANDS.findall(page.read_text(encoding="utf-8")) for line in block.splitlines()
    ]
    assert lines == ["tagloop review errors"]
    for line in lines:
        done = tagloop_here(loaded_shop.home, *shlex.split(line)[1:])
        assert done.returncode == 0, done.stderr


def test_both_pages_say_as_much_and_name_what_is_there() -> None:
    english, chinese = (page.read_text(encoding="utf-8") for page in PAGES)
    assert english.count("\n## ") == chinese.count("\n## ")
    assert english.count("\n|") == chinese.count("\n|")
    for page in (english, chinese):
        assert OutcomeLabel.__tablename__ in page
        assert all((ROOT / name).exists() for name in re.findall(r"`(tests/[^`]+\.py)`", page))
