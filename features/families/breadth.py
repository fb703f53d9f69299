"""How wide a customer buys: distinct items, categories and places."""

import numpy as np

from features.arrays import is_new, ratio
from features.families.family import Column, Family
from features.histories import Floats, Ints, Mask
from features.spec import FeatureSpec
from features.view import EVER, View


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


def _compute(view: View) -> list[Floats]:
    lines = view.lines
    owner, item, is_recent = _distinct_items(view)
    bought = view.total(owner, item >= 0)
    bought_recently = view.total(owner, is_recent)
    recent_lines = view.total(lines.customer, (lines.item >= 0) & (lines.window < EVER))
    catalogued = is_recent & (item < len(view.catalogue.keys))
    return [
        bought_recently,
        bought,
        _categories(view, owner[catalogued], item[catalogued]),
        view.total(view.places[0]),
        1.0 - ratio(bought_recently, recent_lines),
    ]


def _distinct_items(view: View) -> tuple[Ints, Ints, Mask]:
    """Each customer's distinct items, -1 among them: (customer, item, whether it is one that was bought recently)."""
    lines = view.lines
    width = 2 * (len(view.catalogue.keys) + len(lines.item) + 1)
    pair = np.sort(lines.customer * width + 2 * (lines.item + 1) + (lines.window == EVER))
    pair = pair[
        is_new(pair >> 1)
    ]  # of each item the line that is not old, where there is one: it sorts first
    owner, rest = np.divmod(pair, width)
    item = (rest >> 1) - 1
    return owner, item, (item >= 0) & (rest & 1 == 0)


def _categories(view: View, customer: Ints, item: Ints) -> Floats:
    """How many distinct categories each customer's items have; an item in several counts in each."""
    width = max(view.catalogue.n_categories, 1)
    pair = np.sort(((customer * width)[:, None] + view.catalogue.categories[item]).ravel())
    return view.total(pair[is_new(pair)] // width)


FAMILY = Family("breadth", _columns, _compute)
