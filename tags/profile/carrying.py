"""What the definitions let customers carry: which tags are in force, for whom, and which exclude one another."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tags.definition import Status
from tags.profile.claims import Source
from tags.taxonomy import Taxonomy

AUTOMATIC = frozenset({Source.RULE, Source.TRIGGER, Source.MODEL})
"""Sources that a pilot limits to its sample; people and imports name customers one by one."""


@dataclass(frozen=True)
class Carrying:
    """The part of the taxonomy that resolving asks for, looked up once.

    Attributes:
        active: The tags that everybody may carry.
        pilots: By tag on trial who is in its sample; others may carry it only if a person or an import says so.
        groups: By tag of a one-of group the group's key and the tag's place in it, 0 the highest.
    """

    active: frozenset[str]
    pilots: Mapping[str, Callable[[str], bool]]
    groups: Mapping[str, tuple[str, int]]

    def lets(self, customer_id: str, tag: str, source: str) -> bool:
        """Whether that customer may carry the tag because that source says so."""
        if tag in self.active:
            return True
        is_in_sample = self.pilots.get(tag)
        return is_in_sample is not None and (source not in AUTOMATIC or is_in_sample(customer_id))


_last: list[tuple[Taxonomy, Carrying]] = []


def carrying_of(taxonomy: Taxonomy) -> Carrying:
    """What the current definitions let customers carry; worked out once for a taxonomy that is asked again."""
    for known, carrying in _last:
        if known is taxonomy:
            return carrying
    found = _carrying_of(taxonomy)
    _last[:] = [(taxonomy, found), *_last[:1]]
    return found


def _carrying_of(taxonomy: Taxonomy) -> Carrying:
    groups = {
        tag.key: (group.key, place)
        for group in taxonomy.groups_of_tags
        if group.exclusive
        for place, tag in enumerate(reversed(taxonomy.tags_of_group(group.key)))
    }
    return Carrying(
        active=frozenset(tag.key for tag in taxonomy.tags if tag.status is Status.ACTIVE),
        pilots={tag.key: tag.is_in_pilot for tag in taxonomy.tags if tag.status is Status.PILOT},
        groups=groups,
    )
