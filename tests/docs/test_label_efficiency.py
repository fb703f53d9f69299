"""What docs/label-efficiency.md shows, in both languages: the demo's own tag, figures that agree, plots that exist."""

import re
from pathlib import Path

import pytest
import yaml

from benchmarks.__main__ import PARTS
from core.language import Language
from core.settings import Settings
from models.needs import DECISIONS
from tags.taxonomy import load_taxonomy
from tests.command_line import ROOT

PAGES: dict[Language, Path] = {
    "en": ROOT / "docs" / "label-efficiency.md",
    "zh": ROOT / "docs" / "label-efficiency.zh-CN.md",
}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
FIGURE = re.compile(r"[+-]?\.?\d+\.?\d*")
LANGUAGES = sorted(PAGES)


def text(language: Language) -> str:
    return PAGES[language].read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tag_that_is_shown_is_the_demos(language: Language) -> None:
    (shown,) = (yaml.safe_load(body) for kind, body in BLOCK.findall(text(language)) if kind == "yaml")
    for key, said in shown.items():
        tag = load_taxonomy()[key].model_dump(mode="json")
        assert said["lifetime_days"] == tag["lifetime_days"]
        assert said["outcome"] == tag["outcome"]


def test_both_pages_tell_the_same_figures() -> None:
    found = {
        language: [FIGURE.findall(line) for line in text(language).splitlines() if line.startswith("|")]
        for language in LANGUAGES
    }
    assert found["en"] == found["zh"]
    assert len(found["en"]) > 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_plots_are_there(language: Language) -> None:
    names = re.findall(r'(?:src|srcset)="([^"]+)"', text(language))
    assert len(names) == 2
    for name in names:
        assert "<svg" in (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_of_settings_and_commands_holds(language: Language) -> None:
    page = text(language)
    assert re.search(r"`new_tag_share`[,，] ?0\.5", page)
    assert Settings().new_tag_share == 0.5
    assert DECISIONS.least == 10
    assert "labels" in PARTS
    assert "python -m benchmarks labels" in page
