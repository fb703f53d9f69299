"""What is wrong with a rule: where in its text, what was expected there, and what to write instead."""

from collections.abc import Iterable
from difflib import get_close_matches

from core.errors import FieldError, InvalidInputError
from tags.rules.tree import NOWHERE, Place

_SHOWN = 24  # characters of the text, around the place


class RuleError(InvalidInputError):
    """A rule that cannot be read, names what does not exist, or mixes types.

    `place` says where in its text, as the numbers of the first character and of the one behind the last.
    """

    code = "invalid_rule"

    def __init__(self, message: str, /, *, place: Place = NOWHERE, **values: object) -> None:
        self.place = place
        super().__init__(message, fields=(), **values)


def excerpt(text: str, place: Place) -> str:
    """What stands at the place, cut where it is long.

    >>> excerpt("spend_84d > > 3", (12, 13))
    '>'
    """
    found = " ".join(text[slice(*place)].split())
    return found if len(found) <= _SHOWN else found[: _SHOWN - 1] + "…"


def nearest(word: str, known: Iterable[str], n: int = 3) -> str:
    """The known words that are most like it, to be shown; nothing where none is.

    >>> nearest("spend_84", ["spend_84d", "baskets_7d"])
    'spend_84d'
    """
    names = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), names, n=n, cutoff=0.5)
    return ", ".join(names[name] for name in found)


def in_field(error: RuleError, field: str) -> InvalidInputError:
    """The error as one of a definition's field, such as `rule.when`."""
    return InvalidInputError(
        error.text.message, fields=(FieldError(field, error.text, error.code),), **dict(error.text.values)
    )
