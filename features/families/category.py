"""Per category group: how much of it a customer buys, how recently, and how it stands in the whole."""

from itertools import pairwise

import numpy as np

from features.arrays import ratio
from features.contract import MONEY_SCALE
from features.families.family import Column, Family
from features.histories import Floats, Ints
from features.spec import FeatureSpec
from features.view import D84, EVER, View

_MEASURES = (
    ("purchases_28d", "purchase lines in the last 28 days", "最近 28 天购买行数"),
    ("purchases_84d", "purchase lines in the last 84 days", "最近 84 天购买行数"),
    ("purchases_ever", "purchase lines in all known history", "全部已知历史购买行数"),
    (
        "spend_84d",
        "amount paid in the last 84 days, in the shop's currency",
        "最近 84 天消费金额（店铺币种）",
    ),
    ("spend_share_84d", "share of the amount paid in the last 84 days", "占最近 84 天消费金额的比例"),
    ("baskets_28d", "orders with it in the last 28 days", "最近 28 天含该类的订单数"),
    ("baskets_84d", "orders with it in the last 84 days", "最近 84 天含该类的订单数"),
    (
        "baskets_per_84d_ever",
        "orders with it per 84 days of the customer's known history, counted as at least 84 days",
        "在顾客已知历史（不足 84 天按 84 天计）中平均每 84 天含该类的订单数",
    ),
    ("basket_rate_84d", "share of the last 84 days' orders that have it", "最近 84 天订单中含该类的比例"),
    ("basket_rate_ever", "share of all known orders that have it", "全部已知订单中含该类的比例"),
    ("days_since_last_purchase", "days since the last purchase line", "距最近一次购买的天数"),
)
_RECENT, _FAIRLY, _EVER = range(3)  # the last 28 days, the last 84, all known history
_PERIODS = np.array([_RECENT, _RECENT, _RECENT, _FAIRLY, _FAIRLY, _EVER])  # of each window


def _columns(spec: FeatureSpec) -> list[Column]:
    return [
        Column(f"{measure}__{group.name}", f"{group.name}: {en}", f"{group.name}：{zh}")
        for measure, en, zh in _MEASURES
        for group in spec.groups
    ]


def _compute(view: View) -> list[Floats]:
    lines, n, n_groups = view.lines, view.n, len(view.spec.groups)
    line, group = view.catalogue.members(lines.item)
    cell = group * n + lines.customer[line]
    placed = _PERIODS[lines.window[line]] * (n_groups * n) + cell
    bought = [np.bincount(placed, weights, 3 * n_groups * n) for weights in (None, lines.amount[line])]
    sums = np.array([*bought, _baskets(view, lines.basket[line], group)]).reshape(3, 3, n_groups, n)
    for earlier, later in pairwise((_RECENT, _FAIRLY, _EVER)):
        sums[:, later] += sums[:, earlier]
    purchases, spend, baskets = sums[0], sums[1, _FAIRLY], sums[2]
    last = np.full(n_groups * n, np.nan)
    last[cell] = lines.age[line]  # lines are in time order, so the last assignment is the latest purchase
    return [
        purchases,
        spend / MONEY_SCALE,
        ratio(spend, view.line_sums[0, D84]),
        baskets[_RECENT],
        baskets[_FAIRLY],
        84 * baskets[_EVER] / np.fmax(view.first_basket_age + 1, 84),
        baskets[_FAIRLY] / view.recent_count,
        baskets[_EVER] / view.basket_wholes[0, EVER],
        last.reshape(n_groups, n),
    ]


def _baskets(view: View, basket: Ints, group: Ints) -> Ints:
    """Orders with the group per period, group and customer: shape (3 * n_groups * n_customers,)."""
    baskets, n_groups = view.baskets, len(view.spec.groups)
    seen = np.zeros(len(baskets.row) * n_groups, dtype=bool)
    seen[basket * n_groups + group] = True
    basket, group = np.divmod(seen.nonzero()[0], max(n_groups, 1))
    placed = (_PERIODS[baskets.window[basket]] * n_groups + group) * view.n + baskets.customer[basket]
    return np.bincount(placed, minlength=3 * n_groups * view.n)


FAMILY = Family("category", _columns, _compute)
