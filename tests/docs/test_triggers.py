"""What docs/triggers.md shows, in both languages: definitions that can be used, days that are read, a command."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.language import Language
from features.contract import STANDARD_TYPES
from tags.rules.names import names_of
from tags.taxonomy import parse_taxonomy
from tags.triggers.conditions import check_trigger, names_for_triggers
from tags.triggers.triggers import triggers_of, unknown_words
from tags.triggers.yearly import yearly_day
from tests.command_line import ROOT, succeeded
from tests.conftest import Shop
from tests.tags.rules.rules import SPEC

PAGES: dict[Language, Path] = {
    "en": ROOT / "docs" / "triggers.md",
    "zh": ROOT / "docs" / "triggers.zh-CN.md",
}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LANGUAGES = sorted(PAGES)


def blocks(language: Language, kind: str) -> list[str]:
    text = PAGES[language].read_text(encoding="utf-8")
    return [found.strip() for what, found in BLOCK.findall(text) if what == kind]


def definitions(language: Language) -> dict[str, dict[str, Any]]:
    return {key: own for text in blocks(language, "yaml") for key, own in yaml.safe_load(text).items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_trigger_that_is_shown_can_be_used(language: Language) -> None:
    words = {"en": "x", "zh": "某"}
    shown = definitions(language)
    tags = [
        {"key": key, "name": words, "definition": words, "method": "trigger", **own}
        for key, own in shown.items()
    ]
    groups = [{"key": "spend", "name": words, "exclusive": True}]
    taxonomy = parse_taxonomy({"tags": tags, "groups": groups})
    names = names_for_triggers(names_of(SPEC, taxonomy))
    for tag in taxonomy.tags:
        check_trigger(tag, names)
        assert tag.trigger is not None
        assert unknown_words(tag.trigger, STANDARD_TYPES, "trigger") == []
    triggers = triggers_of(taxonomy, STANDARD_TYPES)
    known = {*triggers.at_once, *triggers.waiting, *(tag.key for tag in (*triggers.yearly, *triggers.moves))}
    assert known == set(shown)


def test_both_languages_show_the_same_definitions() -> None:
    assert definitions("en") == definitions("zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_days_that_are_shown_are_read(language: Language) -> None:
    page = PAGES[language].read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if line.startswith("`date`"))
    days = [text for text in re.findall(r"`([^`]+)`", line) if any(sign.isdigit() for sign in text)]
    assert len(days) == 5
    assert {yearly_day(day) for day in days} == {(6, 15)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_command_that_is_shown_runs(language: Language, loaded_shop: Shop, copy_of: Any) -> None:
    shop = copy_of(loaded_shop)
    for line in "\n".join(blocks(language, "sh")).splitlines():
        program, *arguments = shlex.split(line)
        assert program == "tagloop"
        assert "0" in succeeded(shop.home, *arguments)
