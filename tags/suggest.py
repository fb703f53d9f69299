"""A first taxonomy for a shop: the categories of its catalogue that are worth a tag, as a file to fill in."""

import json
import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import yaml

from core.errors import NotReadyError
from features.catalogue import Catalogue, CatalogueItem, CategoryGroup
from features.contract import Role
from features.outcomes import CHURNED, Target
from features.source import FeatureSource
from tags.part import NAME_CHARACTERS
from tags.reach import TELLING, Census, reach_of, take_census, upper_half
from tags.unmatched import labels_by_level

LEAST_REACH, MOST_REACH = 0.05, 0.50  # rarer is hard to learn, more common says little of a customer
MOST_TAGS = 40
DUPLICATE_SHARE = (
    0.8  # of a category within another that reaches so much of its customers: one of them is enough
)
KEY_LENGTH = 48


@dataclass(frozen=True)
class Suggested:
    """A category that is worth a tag.

    Attributes:
        key: The tag's key.
        label: The category, as the catalogue spells it.
        level: Its place in the category path, 0 the widest.
        reach: The share of the active customers for whom it comes true in the typical window.
        customers: How many customers that are.
        items: How many items it has.
    """

    key: str
    label: str
    level: int
    reach: float
    customers: int
    items: int


@dataclass(frozen=True)
class Draft:
    """A taxonomy to start from: `text` is its file, `counted` the role of the events that its outcomes count."""

    text: str
    tags: tuple[Suggested, ...]
    customers: int
    counted: str


def suggest_tags(
    source: FeatureSource, items: Iterable[CatalogueItem], *, until: datetime, horizon_days: int = 30
) -> Draft:
    """Tags for the categories that reach 5 to 50 percent of the active customers, largest first, at most 40.

    Purchases are counted, in a shop without them ratings, and without those views. Reach is the median of the last
    windows as long as the horizon. The file loads as it is; what is to be translated is marked in it.

    Raises:
        NotReadyError: The items have no categories, nothing happened to them, or no category reaches so many.
    """
    items = [item for item in items if item.category_paths]
    groups = [
        CategoryGroup(f"{level}/{label}", (label,), level)
        for level, labels in sorted(labels_by_level(items).items())
        for label in sorted(labels)
    ]
    if not groups:
        raise NotReadyError(
            "The catalogue has no categories to make tags of: let the mapping's items name their `category`, "
            "and load them with `tagloop ingest MAPPING`"
        )
    catalogue = Catalogue(items, groups)
    census = take_census(source, catalogue, until)
    role = next((role for role in TELLING if role in census), None)
    if role is None:
        raise NotReadyError(
            "No purchase, rating or view names an item that has a category: check that the events' `item_id` is "
            "that of the items"
        )
    target = _target(role, census[role])
    reach = reach_of(source, catalogue, target, census[role], until=until, horizon_days=horizon_days)
    shares = [count / reach.active if reach.active else 0.0 for count in reach.customers.tolist()]
    chosen = _chosen(groups, shares, items)
    if not chosen:
        raise NotReadyError(
            "No category reaches {least:.0%} to {most:.0%} of the {active} customers that were active in a typical "
            "window of {days} days; the widest reach is {widest:.1%}",
            least=LEAST_REACH,
            most=MOST_REACH,
            active=round(reach.active),
            days=horizon_days,
            widest=max(shares),
        )
    tags = _named(chosen, round(reach.active))
    return Draft(
        _file(tags, target, horizon_days, round(reach.active)), tags, round(reach.active), role.value
    )


def _target(role: Role, census: Census) -> Target:
    at_least = upper_half(census.ratings) if role is Role.OPINION else None
    return Target("suggested", (role.value,), at_least)


_Candidate = tuple[CategoryGroup, float, frozenset[int]]  # with its reach and the places of its items


def _chosen(
    groups: Sequence[CategoryGroup], shares: Sequence[float], items: Sequence[CatalogueItem]
) -> list[_Candidate]:
    """The groups of fitting reach, largest first, without those that say the same as one before."""
    fitting = [
        (group, share)
        for group, share in zip(groups, shares, strict=True)
        if LEAST_REACH <= share <= MOST_REACH
    ]
    fitting.sort(key=lambda pair: (-pair[1], pair[0].level, pair[0].labels))
    own = _items_of([group for group, _ in fitting], items)
    chosen: list[_Candidate] = []
    for group, share in fitting:
        here = own[group.name]
        if not any(_same(here, share, there, other) for _, other, there in chosen):
            chosen.append((group, share, here))
    return chosen[:MOST_TAGS]


def _items_of(groups: Sequence[CategoryGroup], items: Sequence[CatalogueItem]) -> dict[str, frozenset[int]]:
    names = {(group.level, label): group.name for group in groups for label in group.labels}
    found: dict[str, set[int]] = {group.name: set() for group in groups}
    for place, item in enumerate(items):
        for path in item.category_paths:
            for at in enumerate(path):
                if at in names:
                    found[names[at]].add(place)
    return {name: frozenset(places) for name, places in found.items()}


def _same(here: frozenset[int], share: float, there: frozenset[int], other: float) -> bool:
    """Whether one category lies within the other and reaches nearly as many."""
    return (here <= there or there <= here) and share >= DUPLICATE_SHARE * other


def _named(chosen: Sequence[_Candidate], active: int) -> tuple[Suggested, ...]:
    tags: dict[str, Suggested] = {}
    for place, (group, share, own) in enumerate(chosen, start=1):
        label = group.labels[0]
        key = key_of(label, place, {CHURNED, *tags})
        tags[key] = Suggested(key, label, group.level, share, round(share * active), len(own))
    return tuple(tags.values())


def name_of(label: str) -> str:
    """A tag's name of its label: in one line, and not longer than a name may be; empty where nothing can be read.

    >>> name_of("Tea   & coffee")
    'Tea & coffee'
    """
    spaced = "".join(letter if letter.isprintable() else " " for letter in label)
    return " ".join(spaced.split())[:NAME_CHARACTERS]


def key_of(label: str, place: int, taken: Container[str] = ()) -> str:
    """A tag's key of its label; `category_N` by its place where the script gives none.

    >>> key_of("Café & Tea", 1), key_of("猫粮", 3), key_of("3D films", 4), key_of("Tea", 5, {"tea"})
    ('cafe_tea', 'category_3', 'category_3d_films', 'tea_2')
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    stem = (words if words[:1].isalpha() else f"category_{words or place}")[: KEY_LENGTH - 3].strip("_")
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}_{number}"
    return key


_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")

_HEAD = """\
# yaml-language-server: $schema=taxonomy.schema.json
#
# A draft: {count} categories that 5 to 50 percent of {active} active customers come to within {days} days.
# It can be used as it is. Take out what no campaign would use, join what belongs together, and replace each
# text behind a mark "translate". Then check it with `tagloop tags check` and train.
#
# 草稿：{active} 位活跃客户中 {days} 天内有 5% 到 50% 涉及的 {count} 个品类。可以直接使用。请删去用不到的标签，
# 合并同类，并译好标有 translate 的文字；之后用 `tagloop tags check` 检查，再训练。
tags:
"""


def _file(tags: Sequence[Suggested], target: Target, days: int, active: int) -> str:
    head = _HEAD.format(count=len(tags), active=active, days=days)
    return head + "".join(_entry(tag, target, days) for tag in tags)


def _entry(tag: Suggested, target: Target, days: int) -> str:
    is_chinese = bool(re.search(r"[\u3400-\u9fff]", tag.label))
    into_english, into_chinese = ("  # translate: English", "") if is_chinese else ("", "  # translate: 中文")
    english, chinese = _meaning(tag.label, target, days)
    name = name_of(tag.label) or tag.key
    return f"""\
  - key: {_plain(tag.key)}  # {tag.reach:.0%}: {tag.customers} customers in {days} days, {tag.items} items
    name:
      en: {_quoted(name)}{into_english}
      zh: {_quoted(name)}{into_chinese}
    definition:
      en: {_quoted(english)}{into_english}
      zh: {_quoted(chinese)}{into_chinese}
    outcome: {{{_outcome(target)}categories: [{_quoted(tag.label)}], level: {tag.level}}}
"""


def _meaning(label: str, target: Target, days: int) -> tuple[str, str]:
    if Role.PURCHASE in target.events:
        return f"Buys {label} within {days} days", f"{days} 天内购买{label}"
    if Role.INTEREST in target.events:
        return f"Looks at {label} within {days} days", f"{days} 天内浏览{label}"
    if target.at_least is None:
        return f"Judges {label} within {days} days", f"{days} 天内评价{label}"
    return (
        f"Rates {label} {target.at_least:g} or more within {days} days",
        f"{days} 天内给{label}的评分不低于 {target.at_least:g}",
    )


def _outcome(target: Target) -> str:
    if Role.PURCHASE in target.events:
        return "type: purchase, "
    least = "" if target.at_least is None else f"at_least: {target.at_least:g}, "
    return f"type: event, events: [{', '.join(target.events)}], {least}"


def _plain(key: str) -> str:
    """The key without quotes, unless YAML takes it for something else: `no` is false there."""
    return key if yaml.safe_load(key) == key else _quoted(key)


def _quoted(text: str) -> str:
    """The text as YAML writes it between double quotes; what no YAML may hold is escaped."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
