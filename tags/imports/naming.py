"""Finds the tag that a file means: by its key, or by its English or Chinese name."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property

from core.language import Text
from tags.definition import Status, Tag
from tags.imports.refusals import why
from tags.taxonomy import Taxonomy

SHOWN_CHARACTERS = 60


def folded(name: str) -> str:
    """A name without what people write in different ways: case, width, blanks, hyphens and underscores.

    >>> folded("Coffee_Lovers") == folded("ＣＯＦＦＥＥ lovers")
    True
    """
    return "".join(
        letter for letter in unicodedata.normalize("NFKC", name).casefold() if letter not in " _-\t\u3000"
    )


class Naming:
    """Looks tags up by what files call them; each name is looked up once, however many rows have it."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._known: dict[str, Tag | tuple[str, Text]] = {}

    def find(self, name: str) -> Tag | tuple[str, Text]:
        """The tag, or why there is none to apply: a reason and its words."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._find(name)
        return found

    def is_known(self, name: str) -> bool:
        """Whether some tag is called so, retired ones included."""
        return self._taxonomy.get(name.strip()) is not None or folded(name) in self._names

    def near(self, name: str) -> str:
        """The names most like a wrong one."""
        close = get_close_matches(folded(name), self._names, n=3)
        keys = dict.fromkeys(tag.key for one in close for tag in self._names[one])
        return ", ".join(keys) or "-"

    def _find(self, name: str) -> Tag | tuple[str, Text]:
        shown = repr(name[:SHOWN_CHARACTERS])
        exact = self._taxonomy.get(name.strip())
        called = [exact] if exact else self._names.get(folded(name), [])
        # A name may be given anew once the tag that had it is retired.
        usable = [tag for tag in called if tag.status is not Status.RETIRED]
        if len(usable) == 1:
            return usable[0]
        if usable:
            keys = ", ".join(tag.key for tag in usable)
            return "ambiguous_tag", why("ambiguous_tag", tag=shown, near=keys)
        if called:
            return "retired_tag", why("retired_tag", tag=called[0].key)
        return "unknown_tag", why("unknown_tag", tag=shown, near=self.near(name))

    @cached_property
    def _names(self) -> Mapping[str, list[Tag]]:
        names: dict[str, list[Tag]] = defaultdict(list)
        for tag in self._taxonomy.tags:
            for name in dict.fromkeys(map(folded, (tag.key, tag.name.en, tag.name.zh))):
                names[name].append(tag)
        return names
