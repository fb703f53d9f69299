"""What a shop calls the attributes, channels and event types that a pack speaks of."""

from collections.abc import Mapping
from typing import cast, get_args

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.spec import FeatureSpec
from tags.packs.pack import Pack, Sort, Word

Choices = Mapping[Sort, Mapping[str, str]]
"""By sort and word of the pack the shop's own name."""


def named(pack: Pack, spec: FeatureSpec, choices: Choices) -> dict[str, str]:
    """By placeholder the shop's name: the one chosen, or the word itself, or an alias; without those it lacks.

    Raises:
        InvalidInputError: A choice names a word that the pack does not have, or a name that the shop does not have.
    """
    there = names_there(spec)
    faults = list(_faults(pack, there, choices))
    if faults:
        raise InvalidInputError("{count} names are not as expected", count=len(faults), fields=tuple(faults))
    found = {}
    for word in pack.words:
        chosen = choices.get(word.sort, {}).get(word.key) or _own(word, there[word.sort])
        if chosen is not None:
            found[word.placeholder] = chosen
    return found


def names_there(spec: FeatureSpec) -> Mapping[Sort, tuple[str, ...]]:
    """The names of a shop's attributes, channels and event types."""
    return {
        "attribute": tuple(one.key for one in spec.attributes),
        "channel": spec.channels,
        "event": tuple(spec.roles),
    }


def _own(word: Word, there: tuple[str, ...]) -> str | None:
    if word.key in there:
        return word.key
    lowered = {name.lower(): name for name in there}
    return next((lowered[one.lower()] for one in (word.key, *word.aliases) if one.lower() in lowered), None)


def _faults(pack: Pack, there: Mapping[Sort, tuple[str, ...]], choices: Choices) -> list[FieldError]:
    found = []
    for sort in get_args(Sort):
        words = [word.key for word in pack.words if word.sort == sort]
        for key, name in choices.get(cast("Sort", sort), {}).items():
            field = f"{sort}.{key}"
            own = there[cast("Sort", sort)]
            if key not in words:
                text = Text(
                    "the pack asks for no such word; it asks for {known}", {"known": ", ".join(words) or "-"}
                )
                found.append(FieldError(field, text, "unknown_name"))
            elif name not in own:
                text = Text(
                    "the shop has no {got}; it has {known}",
                    {"got": repr(name), "known": ", ".join(own) or "-"},
                )
                found.append(FieldError(field, text, "unknown_name"))
    return found
