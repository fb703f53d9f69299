"""What docs/monitoring-proof.md says, in both languages: the same figures, and changes that are measured."""

import re

from benchmarks.drift import CALIBRATION, UNCHANGED
from benchmarks.drifting.breaks import BREAKS
from tests.command_line import ROOT

PAGES = [ROOT / "docs" / f"monitoring-proof{ending}.md" for ending in ("", ".zh-CN")]
NUMBER = re.compile(r"\d*\.?\d+%?")


def table(text: str) -> list[list[str]]:
    """The numbers of each row; a comma or a word between them may differ."""
    return [NUMBER.findall(line) for line in text.splitlines() if line.startswith("| ")]


def test_both_languages_tell_the_same_figures() -> None:
    english, chinese = (table(page.read_text(encoding="utf-8")) for page in PAGES)
    assert [sorted(row) for row in english] == [sorted(row) for row in chinese]


def test_every_change_that_is_named_is_measured_and_the_other_way_round() -> None:
    for page in PAGES:
        named = set(re.findall(r"\(`([a-z_]+)`", page.read_text(encoding="utf-8"))) | set(
            re.findall(r"（`([a-z_]+)`", page.read_text(encoding="utf-8"))
        )
        assert {*BREAKS, CALIBRATION, UNCHANGED} <= named
