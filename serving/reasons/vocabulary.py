"""Which words a release's features have: its goods by name, its shop's attributes, its currency."""

from dataclasses import dataclass
from functools import cached_property

from core.language import Language
from features.contract import AttributeDefinition
from features.spec import FeatureSpec, ProfileColumn
from serving.reasons.goods import OF_GOODS
from serving.reasons.habits import TIMES_OF_DAY
from serving.reasons.measure import Measure, Pair
from serving.reasons.measures import GENERAL, measure_of
from serving.reasons.units import PLAIN, Unit
from tags.taxonomy import Taxonomy

_NOT_KNOWN = ("{of} is not known", "{of}未知")
_NOBODY: Pair = ("", "")


@dataclass(frozen=True)
class Told:
    """How one feature is told.

    Attributes:
        reason: The key of the reason that it belongs to; features with equal keys are one reason.
        names: What that reason is called.
        measure: How the feature itself is told.
        of: What the feature's suffix names.
    """

    reason: str
    names: Pair
    measure: Measure
    of: Pair = _NOBODY


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The words for the features of one spec."""

    spec: FeatureSpec
    taxonomy: Taxonomy
    currency: str

    def told(self, feature: str) -> Told:
        """How the feature is told; one that nobody has words for is told by its name."""
        column = self._profile.get(feature)
        if column is not None:
            return self._attribute(column)
        stem, _, suffix = feature.partition("__")
        return self._of_goods(stem, suffix) or self._general(stem, suffix) or _by_name(stem, feature)

    def sentence(
        self, told: Told, value: float | None, typical: float | None, language: Language, *, is_compared: bool
    ) -> str:
        """What is said of a customer's value, beside what is typical where that is known."""
        measure = told.measure
        if is_compared:
            return measure.compared(value, typical, told.of, self.currency, language)
        return measure.told(value, told.of, self.currency, language)

    def goods(self, group: str) -> Pair:
        """What a category group's goods are called within a sentence."""
        return self._goods[group]

    def _of_goods(self, stem: str, suffix: str) -> Told | None:
        found = measure_of(stem, of_goods=True) if suffix in self._goods else None
        if found is None:
            return None
        key, measure = found
        of = self._goods[suffix]
        return Told(f"{key}:{suffix}", _filled(OF_GOODS[key].names, of), measure, of)

    @staticmethod
    def _general(stem: str, suffix: str) -> Told | None:
        found = measure_of(stem, of_goods=False)
        if found is None:
            return None
        key, measure = found
        of = TIMES_OF_DAY.get(suffix, (f"“{suffix}”", f"“{suffix}”"))
        return Told(key, GENERAL[key].names, measure, of)

    def _attribute(self, column: ProfileColumn) -> Told:
        definition = next(one for one in self.spec.attributes if one.key == column.attribute)
        of = (definition.name_en or definition.key, definition.name_zh or definition.key)
        return Told(f"profile:{definition.key}", of, _of_attribute(definition, column.level), of)

    @cached_property
    def _profile(self) -> dict[str, ProfileColumn]:
        return {column.name: column for column in self.spec.profile_columns}

    @cached_property
    def _goods(self) -> dict[str, Pair]:
        """By category group: a tag's goods, else its name, else the catalogue's label."""
        tags = {tag.key: tag for tag in self.taxonomy.tags}
        named = {}
        for group in self.spec.groups:
            tag = tags.get(group.name)
            if tag is not None and tag.goods is not None:
                named[group.name] = (tag.goods.en, tag.goods.zh)
            elif tag is not None:
                named[group.name] = (f"“{tag.name.en}” items", f"“{tag.name.zh}”类商品")
            else:
                label = group.labels[0] if group.labels else group.name
                named[group.name] = (f"“{label}” items", f"“{label}”类商品")
        return named


def _of_attribute(definition: AttributeDefinition, level: str | None) -> Measure:
    if level is not None:
        is_it, is_not = (
            (f"{{of}} is {level}", f"{{of}}为 {level}"),
            (f"{{of}} is not {level}", f"{{of}}不是 {level}"),
        )
        return Measure(PLAIN, is_it, is_not, _NOT_KNOWN, is_flag=True)
    return Measure(_unit_of(definition), ("{of} is {n}", "{of}为 {n}"), missing=_NOT_KNOWN)


def _unit_of(definition: AttributeDefinition) -> Unit:
    """Of an attribute with levels the level itself, else the number."""
    levels = definition.levels
    if definition.kind != "ordinal" or not levels:
        return PLAIN

    def level(value: float, _currency: str) -> str:
        return levels[min(max(round(value), 0), len(levels) - 1)]

    return Unit(level, level)


def _by_name(stem: str, feature: str) -> Told:
    name = f"“{feature}”"
    return Told(
        f"other:{stem}",
        (name, name),
        Measure(PLAIN, ("{of} is {n}", "{of}为 {n}"), missing=("{of} is missing", "{of}缺失")),
        (name, name),
    )


def _filled(pair: Pair, of: Pair) -> Pair:
    return pair[0].replace("{of}", of[0]), pair[1].replace("{of}", of[1])
