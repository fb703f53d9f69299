"""Values as YAML on one line, as a person would write them."""

import re
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[^\W\d_][\w .+/-]*")
_MEANS_SOMETHING = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def plain(text: str) -> str:
    """A text, quoted where YAML would take it for something else.

    >>> plain("下单时间"), plain("a: b"), plain("2017"), plain("no")
    ('下单时间', '"a: b"', '"2017"', '"no"')
    """
    if _WORD.fullmatch(text) and not text.endswith(" ") and text.lower() not in _MEANS_SOMETHING:
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


def listed(texts: Iterable[str]) -> str:
    """Texts as a list.

    >>> listed(["pv", "1"])
    '[pv, "1"]'
    """
    return f"[{', '.join(map(plain, texts))}]"


def keyed(entries: Mapping[str, str]) -> str:
    """Entries whose values are YAML already.

    >>> keyed({"column": "day", "format": "YYYYMMDD"})
    '{column: day, format: YYYYMMDD}'
    """
    return "{" + ", ".join(f"{plain(key)}: {value}" for key, value in entries.items()) + "}"
