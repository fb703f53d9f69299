"""Which rule comes before which: a tag whose rule looks at other tags is worked out after them."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from core.errors import FieldError, InvalidInputError
from core.language import Text
from tags.definition import Method
from tags.rules.errors import RuleError
from tags.rules.reading import parse
from tags.rules.tree import Expression, Name, Node, children
from tags.taxonomy import Taxonomy

OF_TAGS = ("tag.", "value.", "confidence.")
CYCLE = "cycle"


def tags_named(expression: Expression) -> tuple[str, ...]:
    """The keys of the tags that a rule looks at, without checking that they exist.

    >>> tags_named(parse("tag.coffee and value.tier = 'gold' and spend_84d > 3"))
    ('coffee', 'tier')
    """
    found: dict[str, None] = {}
    ahead: list[Node] = [expression.root]
    while ahead:
        node = ahead.pop()
        if isinstance(node, Name) and node.name.startswith(OF_TAGS):
            found[node.name.partition(".")[2]] = None
        ahead += reversed(children(node))
    return tuple(found)


def order_of(taxonomy: Taxonomy) -> tuple[str, ...]:
    """The keys of all tags that a rule gives, each after those that it looks at.

    Raises:
        InvalidInputError: Tags look at each other in a circle; every one of them is named.
    """
    found, cycle = sort(dependencies(taxonomy))
    if cycle:
        raise circle(taxonomy, cycle)
    return found


def dependencies(taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Of each tag that a rule gives the tags that it looks at; of a rule that cannot be read, none."""
    found = {}
    for tag in taxonomy.in_use:
        if tag.method is Method.RULE and tag.rule is not None:
            texts = [tag.rule.when, *([tag.rule.value] if tag.rule.value else [])]
            found[tag.key] = tuple(
                dict.fromkeys(one for text in texts for key in _named(text) for one in _behind(taxonomy, key))
            )
    return found


def one_of(taxonomy: Taxonomy, key: str) -> tuple[str, ...]:
    """The tags of which a customer carries one at most, the tag among them, from the lowest; none of any other tag."""
    tag = taxonomy.get(key)
    group = taxonomy.group_of_tags(tag.group) if tag and tag.group else None
    return tuple(one.key for one in taxonomy.tags_of_group(group.key)) if group and group.exclusive else ()


def higher(taxonomy: Taxonomy, key: str) -> tuple[str, ...]:
    """The tags of a one-of group that keep the tag off where they hold."""
    group = one_of(taxonomy, key)
    return group[group.index(key) + 1 :] if key in group else ()


def _behind(taxonomy: Taxonomy, key: str) -> tuple[str, ...]:
    """The tags by which is decided who carries a tag: itself, and higher ones of its group."""
    return (key, *higher(taxonomy, key))


def sort(looks_at: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys in order, and the first circle that stands in the way of one (empty where none does).

    >>> sort({"a": ["b"], "b": [], "c": ["a"]}), sort({"a": ["b"], "b": ["a"]})[1]
    ((('b', 'a', 'c'), ()), ('a', 'b', 'a'))
    """
    sorter = TopologicalSorter({key: [one for one in of if one in looks_at] for key, of in looks_at.items()})
    try:
        return tuple(sorter.static_order()), ()
    except CycleError as error:
        return (), tuple(reversed(error.args[1]))


def _named(text: str) -> tuple[str, ...]:
    try:
        return tags_named(parse(text))
    except RuleError:
        return ()


def circle(taxonomy: Taxonomy, cycle: Sequence[str]) -> InvalidInputError:
    """The error of tags that look at each other; the first and the last are the same."""
    places = {tag.key: place for place, tag in enumerate(taxonomy.tags)}
    text = Text(
        "the rules of these tags look at each other in a circle: {circle}; take one of the names out of a rule",
        {"circle": " → ".join(cycle)},
    )
    fields = tuple(FieldError(f"tags.{places[key]}.rule.when", text, CYCLE) for key in dict.fromkeys(cycle))
    return InvalidInputError(text.message, fields=fields, **text.values)
