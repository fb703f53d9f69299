"""Whether the rules of definitions make sense with a shop's data: names, types, circles."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from core.errors import FieldError, InvalidInputError
from features.spec import FeatureSpec
from tags.definition import Tag
from tags.rules.checking import check
from tags.rules.errors import RuleError
from tags.rules.kinds import Kind
from tags.rules.names import Names, names_of
from tags.rules.order import circle, dependencies, sort, tags_named
from tags.rules.reading import parse
from tags.rules.rulebook import check_rule
from tags.taxonomy import Taxonomy
from tags.trigger import Trigger


def check_definitions(taxonomy: Taxonomy, spec: FeatureSpec | None, keys: Collection[str]) -> None:
    """Say nothing when what the tags with these keys look at is there, and nothing goes round in a circle.

    Without a spec, as before any data is loaded, nobody knows what can be named: then only the grammar is checked.

    Raises:
        InvalidInputError: Every fault of every tag, under `tags.KEY`.
    """
    names = None if spec is None else names_of(spec, taxonomy)
    faults = [
        replace(fault, field=f"tags.{tag.key}.{fault.field}")
        for tag in taxonomy.in_use
        if tag.key in keys
        for fault in faults_of(tag, names)
    ]
    _, cycle = sort(dependencies(taxonomy))
    if set(cycle) & set(keys):
        said = circle(taxonomy, cycle).fields[0]
        faults += [replace(said, field=f"tags.{key}.rule.when") for key in dict.fromkeys(cycle)]
    if faults:
        raise InvalidInputError(
            "These rules cannot be used: {keys}",
            fields=tuple(faults),
            keys=", ".join(fault.field for fault in faults),
        )


def faults_of(tag: Tag, names: Names | None) -> Iterator[FieldError]:
    """What is wrong with the expressions of one definition; without names only what cannot be read."""
    if names is not None and tag.rule is not None:
        yield from _of_rule(tag, names)
    elif tag.rule is not None:
        yield from _unreadable({"rule.when": tag.rule.when, "rule.value": tag.rule.value}.items())
    if tag.trigger is not None:
        yield from _of_trigger(tag.trigger, None if names is None else names.with_event())


def _of_rule(tag: Tag, names: Names) -> Iterator[FieldError]:
    try:
        check_rule(tag, names)
    except InvalidInputError as error:
        yield from error.fields


def _of_trigger(trigger: Trigger, names: Names | None) -> Iterator[FieldError]:
    wanted = {"when": (trigger.when, Kind.TRUTH), "after_days": (trigger.after_days, Kind.NUMBER)}
    for name, (text, kind) in wanted.items():
        if text is None:
            continue
        try:
            expression = parse(text)
            if names is not None:
                check(expression, names, kind)
        except RuleError as error:
            yield FieldError(f"trigger.{name}", error.text, error.code)


def _unreadable(texts: Iterable[tuple[str, str | None]]) -> Iterator[FieldError]:
    for field, text in texts:
        try:
            parse(text or "null")
        except RuleError as error:
            yield FieldError(field, error.text, error.code)


def looked_at_by(tag: Tag) -> tuple[str, ...]:
    """The keys of the tags that a definition's rule or trigger looks at; of a text that cannot be read, none."""
    texts = []
    if tag.rule is not None:
        texts += [tag.rule.when, tag.rule.value]
    if tag.trigger is not None:
        texts += [tag.trigger.when, tag.trigger.after_days]
    found: dict[str, None] = {}
    for text in texts:
        if text is None:
            continue
        try:
            found.update(dict.fromkeys(tags_named(parse(text))))
        except RuleError:
            continue
    return tuple(found)
