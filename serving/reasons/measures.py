"""Every measure that has words, and where to find them."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from serving.reasons.goods import OF_GOODS
from serving.reasons.habits import HABITS
from serving.reasons.measure import Group, Measure
from serving.reasons.shopping import SHOPPING

WINDOWS = (7, 14, 28, 56, 84)

GENERAL: Mapping[str, Group] = MappingProxyType({**SHOPPING, **HABITS})
"""Measures of the customer as a whole, by the key of the reason."""


@cache
def measure_of(stem: str, *, of_goods: bool) -> tuple[str, Measure] | None:
    """The key of the reason that a measure belongs to, and how it is told; None of one that nobody has words for.

    >>> measure_of("baskets_28d", of_goods=True)[1].none
    ('did not buy {of} in the last 28 days', '最近 28 天没有买{of}')
    """
    for key, group in (OF_GOODS if of_goods else GENERAL).items():
        if stem in group.measures:
            return key, group.measures[stem]
        for days in WINDOWS:
            pattern = stem.replace(f"_{days}d", "_{d}d")
            if pattern != stem and pattern in group.measures:
                return key, group.measures[pattern].within(days)
    return None
