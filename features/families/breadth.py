"""How wide a customer buys: distinct items, categories and places."""

import numpy as np

from core.compiled import compiled
from features.arrays import put, ratio
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import EVER, View
from features.view.inputs import categories_of


def _columns(_spec: FeatureSpec) -> list[Column]:
    return [
        Column(
            "distinct_items_84d", "Distinct items bought in the last 84 days", "最近 84 天购买的不同商品数"
        ),
        Column(
            "distinct_items_ever",
            "Distinct items bought in all known history",
            "全部已知历史购买的不同商品数",
        ),
        Column(
            "distinct_categories_84d",
            "Distinct catalogue categories in the last 84 days",
            "最近 84 天购买的不同品类数",
        ),
        Column(
            "distinct_locations_84d",
            "Distinct shops or sites in the last 84 days",
            "最近 84 天光顾的不同门店或站点数",
        ),
        Column(
            "repeat_share_84d",
            "Share of the last 84 days' lines that repeat an item",
            "最近 84 天购买行中重复购买商品的比例",
        ),
    ]


@compiled
def _fill(row: Floats, view: View) -> None:
    recent_items, recent_lines = 0, 0
    for item in view.items:
        recent_items += item["is_recent"]
    for line in view.lines:
        recent_lines += line["item"] >= 0 and line["window"] < EVER
    put(
        row,
        (
            float(recent_items),
            float(len(view.items)),
            float(_recent_categories(view)),
            float(len(view.places)),
            1.0 - ratio(recent_items, recent_lines),
        ),
    )


@compiled
def _recent_categories(view: View) -> int:
    """How many distinct categories the recent items have; an item in several counts in each."""
    is_found, count = np.zeros(view.shop.n_categories, dtype=np.int64), 0
    for item in view.items:
        if item["is_recent"]:
            begin, end = categories_of(item["code"], view.shop)
            for place in range(begin, end):
                category = view.shop.item_categories[place]
                count += 1 - is_found[category]
                is_found[category] = 1
    return count


FAMILY = Family("breadth", _columns, _fill)
