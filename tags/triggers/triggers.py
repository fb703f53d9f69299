"""The tags that triggers give, as the definitions say now, sorted by what each waits for."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from core.errors import FieldError
from core.language import Text
from features.contract import Role
from tags.definition import Tag
from tags.taxonomy import Taxonomy
from tags.trigger import Trigger
from tags.triggers.waiting import Kinds

_ROLES = frozenset(role.value for role in Role)


@dataclass(frozen=True, eq=False)
class Triggers:
    """The triggers of the tags that customers can carry.

    Attributes:
        taxonomy: The definitions.
        at_once: By tag the event types that give it when they come.
        waiting: By tag the event types that begin its wait, and those that call it off.
        yearly: The tags of a day of the year.
        moves: The tags of moves between the tiers of a group.
    """

    taxonomy: Taxonomy
    at_once: Mapping[str, frozenset[str]]
    waiting: Mapping[str, Kinds]
    yearly: tuple[Tag, ...]
    moves: tuple[Tag, ...]

    def trigger(self, tag: str) -> Trigger:
        """What gives the tag."""
        found = self.taxonomy[tag].trigger
        if found is None:
            raise ValueError(f"{tag} is no tag of a trigger")
        return found


def triggers_of(taxonomy: Taxonomy, roles: Mapping[str, Role]) -> Triggers:
    """The triggers of the current definitions; `roles` says how each registered event type counts.

    A word that names neither a type nor a role stands for nothing yet: the shop may register the type later.
    """
    at_once: dict[str, frozenset[str]] = {}
    waiting: dict[str, Kinds] = {}
    for tag in taxonomy.current:
        trigger = tag.trigger
        if trigger is None or not trigger.events:
            continue
        begin = types_of(trigger.events, roles)
        if trigger.after is None and trigger.after_days is None:
            at_once[tag.key] = begin
        else:
            waiting[tag.key] = Kinds(begin, types_of(trigger.unless, roles))
    given = [tag for tag in taxonomy.current if tag.trigger is not None]
    return Triggers(
        taxonomy,
        at_once,
        waiting,
        yearly=tuple(tag for tag in given if tag.trigger and tag.trigger.date),
        moves=tuple(tag for tag in given if tag.trigger and tag.trigger.crosses),
    )


def types_of(words: tuple[str, ...], roles: Mapping[str, Role]) -> frozenset[str]:
    """The event types that words name; a word that is both a role and a type is the role."""
    return frozenset(
        name
        for word in words
        for name in ([n for n, role in roles.items() if role == word] if word in _ROLES else [word])
    )


def unknown_words(trigger: Trigger, roles: Mapping[str, Role], field: str) -> list[FieldError]:
    """What is wrong with the event types and roles that a trigger names; `field` is its place in the definition."""
    known = sorted({*roles, *_ROLES})
    return [
        FieldError(
            f"{field}.{part}.{place}",
            Text(
                "{word} is neither a registered event type nor a role; nearest: {near}. A shop registers its own "
                "types in its mapping, under event_types",
                {"word": repr(word), "near": ", ".join(get_close_matches(word, known, n=3) or known)},
            ),
            "unknown_event_type",
        )
        for part in ("events", "unless")
        for place, word in enumerate(getattr(trigger, part))
        if word not in roles and word not in _ROLES
    ]
