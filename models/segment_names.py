"""Names for segments from what sets each apart, in English and Simplified Chinese."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats

NOTABLE = 0.4
"""How many standard deviations from the average customer a trait has to lie to be worth a word."""

USUAL_WORDS = 2
"""Traits in a name, unless it takes more to tell two segments apart."""


@dataclass(frozen=True)
class Trait:
    """The words for who is high or low in a feature; of one theme only the strongest trait is told."""

    column: str
    theme: str
    high: tuple[str, str]
    low: tuple[str, str]
    weight: float = 1.0  # below 1 for what follows from other traits: who comes rarely also buys less widely


@dataclass(frozen=True)
class SegmentName:
    """What a segment is called: `key` by programs, `en` and `zh` by people."""

    key: str
    en: str
    zh: str


_FRESH = (("lapsing", "渐失"), ("active", "活跃"))
_OFTEN = (("frequent", "高频"), ("occasional", "低频"))

TRAITS: tuple[Trait, ...] = (
    Trait("days_since_last_purchase", "activity", *_FRESH),
    Trait("days_since_last_opinion", "activity", *_FRESH),
    Trait("days_since_last_interest", "activity", *_FRESH),
    Trait("days_since_last_contact", "activity", *_FRESH),
    Trait("days_since_last_presence", "activity", *_FRESH),
    Trait("baskets_84d", "activity", *_OFTEN),
    Trait("opinions_84d", "activity", *_OFTEN),
    Trait("interests_84d", "activity", *_OFTEN),
    Trait("contacts_84d", "activity", *_OFTEN),
    Trait("presences_84d", "activity", *_OFTEN),
    Trait("rating_mean_ever", "judgement", ("generous", "好评"), ("critical", "挑剔")),
    Trait("spend_84d", "money", ("high-spend", "高消费"), ("low-spend", "低消费")),
    Trait("basket_spend_mean_84d", "money", ("big-basket", "大单"), ("small-basket", "小单")),
    Trait("basket_lines_mean_84d", "money", ("big-basket", "大单"), ("small-basket", "小单")),
    Trait("distinct_categories_84d", "range", ("wide-range", "多品类"), ("narrow-range", "少品类"), 0.6),
    Trait("discount_share_84d", "price", ("deal-seeking", "爱优惠"), ("full-price", "原价")),
    Trait("weekend_share_84d", "week", ("weekend", "周末"), ("weekday", "工作日")),
    Trait("hour_share_84d__evening", "hour", ("evening", "傍晚"), ("daytime", "白天")),
)
"""In the order in which a name tells them."""


def name_segments(columns: Sequence[str], centres: Floats) -> tuple[SegmentName, ...]:
    """A name for each centre, no two alike.

    Args:
        columns: The features of the centres.
        centres: Shape `(n_segments, n_columns)`, in standard deviations from the average customer.

    >>> centres = np.array([[1.2, 0.9], [-0.8, 0.1]])
    >>> [(name.en, name.zh) for name in name_segments(["baskets_84d", "basket_spend_mean_84d"], centres)]
    [('Frequent big-basket shoppers', '高频大单客'), ('Occasional shoppers', '低频客')]
    """
    told = [_ranked(columns, centre) for centre in centres]
    nouns = _SHOPPERS if SHOPPING_COLUMN in columns else _CUSTOMERS
    words = [USUAL_WORDS] * len(centres)
    for _ in TRAITS:
        names = [_english(traits[:n], nouns[0]) for traits, n in zip(told, words, strict=True)]
        words = [n + (names.count(name) > 1) for n, name in zip(words, names, strict=True)]
    chosen = [traits[:n] for traits, n in zip(told, words, strict=True)]
    return tuple(_numbered(chosen, nouns))


_SHOPPERS, _CUSTOMERS = ("shoppers", "客"), ("customers", "客户")
SHOPPING_COLUMN = "baskets_84d"
"""Only who is grouped by orders is called a shopper."""

_Told = tuple[int, tuple[str, str]]


def _ranked(columns: Sequence[str], centre: NDArray[np.float64]) -> list[_Told]:
    """The words for a centre, strongest first, one a theme: (place in TRAITS, (English, Chinese))."""
    z = dict(zip(columns, centre.tolist(), strict=True))
    strengths = [abs(z.get(trait.column, 0.0)) * trait.weight for trait in TRAITS]
    order = sorted((-strength, place) for place, strength in enumerate(strengths) if strength >= NOTABLE)
    told: dict[str, _Told] = {}
    for _, place in order:
        trait = TRAITS[place]
        told.setdefault(trait.theme, (place, trait.high if z[trait.column] > 0 else trait.low))
    return list(told.values())


def _english(traits: Sequence[_Told], noun: str) -> str:
    words = [words[0] for _, words in sorted(traits)] or ["typical"]
    return " ".join([*words, noun]).capitalize()


def _chinese(traits: Sequence[_Told], noun: str) -> str:
    return "".join(words[1] for _, words in sorted(traits)) + noun if traits else f"普通{noun}"


def _numbered(chosen: Sequence[Sequence[_Told]], nouns: tuple[str, str]) -> Iterator[SegmentName]:
    """Names, with a number behind those that no trait tells apart."""
    seen: set[str] = set()
    for place, traits in enumerate(chosen, start=1):
        english, chinese = _english(traits, nouns[0]), _chinese(traits, nouns[1])
        if english in seen:
            number = next(n for n in count(2) if f"{english} {n}" not in seen)
            english, chinese = f"{english} {number}", f"{chinese}{number}"
        seen.add(english)
        yield SegmentName(f"segment_{place}", english, chinese)
