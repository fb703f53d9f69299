"""Both languages say everything: each text of the source has a Chinese entry with the same placeholders."""

import json
from string import Formatter

import pytest

from tests.core.texts import ROOT, literals, said

FILE = ROOT / "core" / "translations" / "zh.json"
OF_LIBRARIES = {"Successful Response"}  # FastAPI's own, shown in the API's description


@pytest.fixture(scope="module")
def chinese() -> dict[str, str]:
    entries: dict[str, str] = json.loads(FILE.read_text(encoding="utf-8"))
    return entries


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_text_has_a_chinese_entry(chinese: dict[str, str]) -> None:
    missing = {found.text: found.place for found in said() if found.text and found.text not in chinese}
    assert missing == {}


def test_no_text_is_made_up_of_parts() -> None:
    """A text glued together in the code cannot be translated: it has to have {placeholders}."""
    assert [found.place for found in said() if found.text is None] == []


def test_no_entry_is_left_over(chinese: dict[str, str]) -> None:
    assert sorted(set(chinese) - literals() - OF_LIBRARIES) == []


def test_both_languages_have_the_same_placeholders(chinese: dict[str, str]) -> None:
    differ = {en: zh for en, zh in chinese.items() if placeholders(en) != placeholders(zh)}
    assert differ == {}


def test_no_key_is_there_twice() -> None:
    pairs: list[tuple[str, str]] = json.loads(FILE.read_text(encoding="utf-8"), object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert sorted({key for key in keys if keys.count(key) > 1}) == []
