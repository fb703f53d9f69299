"""Which rules need models to be asked, and so cannot be settled while an event is being kept."""

from tags.rules.kinds import From
from tags.rules.rulebook import Rulebook

PREDICTIONS = (From.CHURN, From.SEGMENT, From.PROBABILITY)
_OF_TAGS = (From.TAG, From.VALUE, From.CONFIDENCE)


def foretold_tags(rulebook: Rulebook) -> frozenset[str]:
    """The tags whose rules read what models say: themselves, through the rules of other tags, or a tier beside them.

    The tiers of a one-of group are settled together, so one that needs a model makes all of them wait for it.
    """
    groups = {
        tag.key: group.key
        for group in rulebook.taxonomy.groups_of_tags
        if group.exclusive
        for tag in rulebook.taxonomy.tags_of_group(group.key)
    }
    found: set[str] = set()
    while more := _more(rulebook, groups, found):
        found |= more
    return frozenset(found)


def _more(rulebook: Rulebook, groups: dict[str, str], found: set[str]) -> set[str]:
    waiting = {groups[key] for key in found if key in groups}
    return {
        key
        for key, rule in rulebook.rules.items()
        if key not in found
        and (
            groups.get(key) in waiting
            or any(
                one.source in PREDICTIONS or (one.source in _OF_TAGS and one.key in found)
                for one in rule.reads
            )
        )
    }
