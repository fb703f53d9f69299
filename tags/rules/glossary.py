"""The names and functions of the language, to be looked up."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.language import Language
from tags.rules.functions import EVENT_FUNCTIONS, FUNCTIONS
from tags.rules.names import Names
from tags.rules.tree import written


@dataclass(frozen=True)
class Entry:
    """One name or function: how it is written, the type of what it gives, and what that is."""

    name: str
    kind: str
    meaning: str
    levels: tuple[str, ...] = ()


def entries(names: Names, language: Language) -> list[Entry]:
    """Everything that can be named, functions first."""
    functions = {**FUNCTIONS, **(EVENT_FUNCTIONS if names.of_event else {})}
    return [
        *(Entry(one.written, one.gives.value, one.meaning.render(language)) for one in functions.values()),
        *(Entry(written(one.name), one.kind.value, one.meaning(language), one.levels) for one in names),
    ]


def search(found: Sequence[Entry], words: str) -> list[Entry]:
    """The entries that have every word in their name, meaning or levels, in any case; names that begin so first.

    >>> some = [Entry("abs(a)", "number", "without sign"), Entry("spend_84d", "number", "Amount paid")]
    >>> [one.name for one in search(some, "PAID")]
    ['spend_84d']
    """
    wanted = words.lower().split()
    told = [one for one in found if all(word in _all_of(one) for word in wanted)]
    return sorted(told, key=lambda one: not one.name.lower().startswith(tuple(wanted[:1]) or ("",)))


def _all_of(entry: Entry) -> str:
    return " ".join((entry.name, entry.meaning, *entry.levels)).lower()
