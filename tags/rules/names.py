"""Everything that a rule can name, with its type and its meaning in both languages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.language import Language, Text, translate
from features.contract import AttributeDefinition
from features.kernel import columns
from features.spec import FeatureSpec
from tags.rules.kinds import From, Input, Kind
from tags.taxonomy import Tag, Taxonomy


@dataclass(frozen=True)
class Named:
    """One name of the language.

    Attributes:
        name: As it is written.
        input: Where its values come from.
        en: What it is, in English.
        zh: The same in Chinese.
        levels: The texts that it can have; none where any.
        is_ordered: Whether the levels go from low to high, so that they can be compared with <.
    """

    name: str
    input: Input
    en: str
    zh: str
    levels: tuple[str, ...] = ()
    is_ordered: bool = False

    @property
    def kind(self) -> Kind:
        """The type of its values."""
        return self.input.kind

    def meaning(self, language: Language) -> str:
        """What it is, in that language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class Names:
    """What can be named: features, attributes, tags, predictions, and the words of the functions.

    Attributes:
        entries: By name.
        words: Event types and roles that functions count.
        channels: Channels that functions ask for.
    """

    entries: Mapping[str, Named]
    words: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    of_event: bool = field(default=False)

    def __iter__(self) -> Iterator[Named]:
        return iter(self.entries.values())

    def with_event(self, types: tuple[str, ...] = ()) -> "Names":
        """These and what a trigger sees besides: the event, and the features as they were before it."""
        before = {f"before.{one.name}": _before(one) for one in self if one.input.source is From.FEATURE}
        own = {one.name: one for one in _event_names(types or tuple(sorted(self.words)))}
        return replace(self, entries={**self.entries, **before, **own}, of_event=True)

    @cached_property
    def features(self) -> frozenset[str]:
        """The features' columns."""
        return frozenset(one.input.key for one in self if one.input.source is From.FEATURE)


def names_of(spec: FeatureSpec, taxonomy: Taxonomy) -> Names:
    """What rules of a shop can name."""
    found = [
        *(Named(one.name, Input(From.FEATURE, one.name), one.en, one.zh) for one in columns(spec)),
        *(_attribute(one) for one in spec.attributes),
        *(name for tag in taxonomy.tags for name in _of_tag(tag)),
        *_PREDICTED,
    ]
    words = frozenset([*spec.roles, *(role.value for role in spec.roles.values())])
    return Names({one.name: one for one in found}, words, frozenset(spec.channels))


def _attribute(definition: AttributeDefinition) -> Named:
    kind = Kind.NUMBER if definition.kind == "number" else Kind.TEXT
    source = Input(From.ATTRIBUTE, definition.key, kind=kind)
    en, zh = definition.name_en or definition.key, definition.name_zh or definition.key
    ordered = definition.kind == "ordinal"
    return Named(f"attribute.{definition.key}", source, en, zh, definition.levels, is_ordered=ordered)


_TAG_NAMES = (
    (From.TAG, Kind.TRUTH, Text("whether the customer carries the tag {name}")),
    (From.VALUE, Kind.TEXT, Text("the value of the tag {name}, where the customer carries it")),
    (From.CONFIDENCE, Kind.NUMBER, Text("the confidence with which the customer carries the tag {name}")),
    (From.PROBABILITY, Kind.NUMBER, Text("how likely the model finds the tag {name}, carried or not")),
)


def _of_tag(tag: Tag) -> list[Named]:
    names = {"en": tag.name.en, "zh": tag.name.zh}
    return [
        Named(
            f"{source.value}.{tag.key}",
            Input(source, tag.key, kind=kind),
            translate(text.message, "en", name=names["en"]),
            translate(text.message, "zh", name=names["zh"]),
        )
        for source, kind, text in _TAG_NAMES
        if source is not From.PROBABILITY or tag.method == "model"
    ]


def _plain(name: str, source: Input, text: Text, levels: tuple[str, ...] = ()) -> Named:
    return Named(name, source, text.render("en"), text.render("zh"), levels)


def _before(one: Named) -> Named:
    text = Text("before the event: {meaning}")
    return replace(
        one,
        name=f"before.{one.name}",
        input=Input(From.BEFORE, one.input.key),
        en=translate(text.message, "en", meaning=one.en),
        zh=translate(text.message, "zh", meaning=one.zh),
    )


_PREDICTED = (
    _plain("segment", Input(From.SEGMENT, kind=Kind.TEXT), Text("the key of the customer's segment")),
    _plain(
        "churn",
        Input(From.CHURN),
        Text("the risk that the customer buys nothing within the horizon, from 0 to 1"),
    ),
    _plain("today", Input(From.TODAY, kind=Kind.DAY), Text("the local day")),
)

_EVENT_FIELDS = (
    ("type", Kind.TEXT, Text("the event's type")),
    ("channel", Kind.TEXT, Text("where the event happened")),
    ("amount", Kind.NUMBER, Text("the event's amount, in the shop's currency")),
    ("discount", Kind.NUMBER, Text("the event's money off, in the shop's currency")),
    ("quantity", Kind.NUMBER, Text("the event's quantity")),
    ("rating", Kind.NUMBER, Text("the event's rating")),
    ("item_id", Kind.TEXT, Text("the event's item")),
    ("order_id", Kind.TEXT, Text("the event's order")),
    ("location_id", Kind.TEXT, Text("the event's shop or place")),
    ("campaign_id", Kind.TEXT, Text("the event's campaign")),
    ("category", Kind.TEXT, Text("the category of the event's item, as the catalogue spells it")),
    ("day", Kind.DAY, Text("the local day of the event")),
    ("hour", Kind.NUMBER, Text("the local hour of the event, 0 to 23")),
)


def _event_names(types: tuple[str, ...]) -> list[Named]:
    return [
        _plain(f"event.{key}", Input(From.EVENT, key, kind=kind), text, types if key == "type" else ())
        for key, kind, text in _EVENT_FIELDS
    ]
