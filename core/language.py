"""Every text that a person sees, in English and Simplified Chinese.

The English text is the key; `core/translations/zh.json` holds the Chinese one. A test walks the code and fails
when a text has no Chinese entry.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Literal

Language = Literal["en", "zh"]


@cache
def _chinese() -> Mapping[str, str]:
    source = resources.files("core").joinpath("translations/zh.json")
    entries: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    return entries


def translate(message: str, language: Language = "en", /, **values: object) -> str:
    """The message in the language, its `{names}` filled in.

    >>> translate("{count} tags, version {version}", "zh", count=22, version="5d1f")
    '22 个标签，版本 5d1f'
    """
    template = _chinese().get(message, message) if language == "zh" else message
    return template.format(**values) if values else template


@dataclass(frozen=True)
class Text:
    """A message with its values, rendered once the reader's language is known."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def render(self, language: Language = "en") -> str:
        """The text in that language."""
        return translate(self.message, language, **dict(self.values))

    def in_each(self) -> dict[str, str]:
        """The text by language, for what is kept or sent before its reader is known."""
        return {"en": self.render("en"), "zh": self.render("zh")}

    def __str__(self) -> str:
        return self.render()


def preferred(header: str | None) -> Language:
    """The language that an HTTP `Accept-Language` header (or a locale name) asks for first.

    >>> preferred("zh-CN,zh;q=0.9,en;q=0.8"), preferred("de, zh;q=0.5"), preferred("de"), preferred(None)
    ('zh', 'zh', 'en', 'en')
    """
    for _, name in sorted(_weighted(header or ""), key=lambda pair: -pair[0]):
        if name.startswith("zh"):
            return "zh"
        if name.startswith("en"):
            return "en"
    return "en"


def _weighted(header: str) -> list[tuple[float, str]]:
    choices = []
    for part in header.lower().split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            choices.append((float(quality) if quality else 1.0, name))
        except ValueError:
            continue
    return choices


def terminal_language() -> Language:
    """The language of the terminal: `TAGLOOP_LANG` first, then the locale."""
    for name in ("TAGLOOP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return preferred(value.replace("_", "-"))
    return "en"
