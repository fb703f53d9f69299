"""What docs/rules.md shows, in both languages: its rules make sense, its table is whole, its commands run."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from core.language import Language
from tags.definition import Rule
from tags.rules.checking import check
from tags.rules.functions import FUNCTIONS
from tags.rules.names import names_of
from tags.rules.reading import parse
from tags.rules.rulebook import Rulebook
from tags.taxonomy import load_taxonomy
from tests.command_line import ROOT, succeeded, tagloop_here
from tests.conftest import Shop
from tests.tags.rules.rules import SPEC
from tests.tags.rules.worlds import rule_tag, taxonomy_of

PAGES: dict[Language, Path] = {"en": ROOT / "docs" / "rules.md", "zh": ROOT / "docs" / "rules.zh-CN.md"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
LANGUAGES = sorted(PAGES)


def blocks(language: Language, kind: str) -> list[str]:
    return [
        text.strip()
        for what, text in BLOCK.findall(PAGES[language].read_text(encoding="utf-8"))
        if what == kind
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_that_is_shown_makes_sense(language: Language) -> None:
    names = names_of(SPEC, load_taxonomy())
    rules = [
        line.replace("'45-54'", "'35-44'") for text in blocks(language, "sql") for line in text.splitlines()
    ]
    assert len(rules) > 5
    for rule in rules:
        check(parse(rule), names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_holds_every_function_with_its_meaning(language: Language) -> None:
    page = PAGES[language].read_text(encoding="utf-8")
    shown = [
        f"| `{one.written}` | {one.gives.value} | {one.meaning.render(language)} |"
        for one in FUNCTIONS.values()
    ]
    assert [line for line in shown if line not in page] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_definition_that_is_shown_can_be_used(language: Language) -> None:
    (text,) = blocks(language, "yaml")
    given = yaml.safe_load(text)
    rule = Rule(**given["rule"])
    tag = rule_tag("tier", rule.when, rule.value, values=given["values"])
    assert Rulebook(taxonomy_of(tag), SPEC).broken == {}


def test_both_pages_show_the_same() -> None:
    for kind in ("sql", "sh", "json", "yaml"):
        assert blocks("en", kind) == blocks("zh", kind)


def test_the_commands_run(loaded_shop: Shop) -> None:
    said = [
        succeeded(loaded_shop.home, *shlex.split(line)[1:], run=tagloop_here)
        for text in blocks("en", "sh")
        for line in text.splitlines()
    ]
    assert "True of " in said[0]
    assert "would gain the tag" in said[0]
    assert "weekend_share_84d" in said[1]


def test_the_commands_speak_chinese(loaded_shop: Shop) -> None:
    said = succeeded(loaded_shop.home, "tags", "test", "spend_84d > 100", run=tagloop_here, TAGLOOP_LANG="zh")
    assert "位会得到该标签" in said
    assert "周末" in succeeded(
        loaded_shop.home, "tags", "names", "weekend", run=tagloop_here, TAGLOOP_LANG="zh"
    )
