"""What docs/exchange.md shows, in both languages: its commands run on its file, its mapping and its call make sense."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from core.language import Language
from serving.api.schemas.imports import ImportRequest
from tags.imports.shape import Shape
from tests.command_line import ROOT, succeeded, tagloop_here
from tests.conftest import Shop

PAGES: dict[Language, Path] = {"en": ROOT / "docs" / "exchange.md", "zh": ROOT / "docs" / "exchange.zh-CN.md"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(language: Language, kind: str) -> list[str]:
    return [text for what, text in BLOCK.findall(PAGES[language].read_text(encoding="utf-8")) if what == kind]


def test_both_pages_show_the_same() -> None:
    for kind in ("csv", "sh", "json", "yaml"):
        assert blocks("en", kind) == blocks("zh", kind) != []


def test_the_mapping_and_the_call_make_sense() -> None:
    (mapping,), (call,) = blocks("en", "yaml"), blocks("en", "json")
    assert Shape.model_validate(yaml.safe_load(mapping)).no_means == "nothing"
    assert len(ImportRequest.model_validate_json(call).rows) == 1


def test_the_commands_run_on_the_file_that_is_shown(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = copy_of(loaded_shop)
    monkeypatch.chdir(tmp_path)
    (file,) = blocks("en", "csv")
    (tmp_path / "tags.csv").write_text(file, encoding="utf-8")
    said = [
        succeeded(shop.home, *shlex.split(line)[1:], run=tagloop_here)
        for text in blocks("en", "sh")
        for line in text.splitlines()
    ]
    assert "What would become of the rows" in said[0]
    assert "undo it with: tagloop tags undo imp_" in said[1]
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8-sig").count("\n") == 5
    assert "tags.csv" in said[2]
    assert "whsec_" in said[3]
    assert "crm.example.com" in said[4]
    assert "The calls are in plan.jsonl" in said[5]
    assert "calls are noted as sent" in said[6]
