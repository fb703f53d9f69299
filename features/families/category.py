"""Per category group: how much of it a customer buys, how recently, and how it stands in the whole."""

import numpy as np

from core.compiled import compiled
from features.arrays import ratio
from features.contract import MONEY_SCALE
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import D28, D84, EVER, N_WINDOWS, RECENT_DAYS, View
from features.view.inputs import groups_of
from features.view.records import Records

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
        "在客户已知历史（不足 84 天按 84 天计）中平均每 84 天含该类的订单数",
    ),
    ("basket_rate_84d", "share of the last 84 days' orders that have it", "最近 84 天订单中含该类的比例"),
    ("basket_rate_ever", "share of all known orders that have it", "全部已知订单中含该类的比例"),
    ("days_since_last_purchase", "days since the last purchase line", "距最近一次购买的天数"),
)
_FIGURES = np.dtype([(name, np.float64) for name in ("lines", "spend", "baskets")])


def _columns(spec: FeatureSpec) -> list[Column]:
    return [
        Column(f"{measure}__{group.name}", f"{group.name}: {en}", f"{group.name}：{zh}")
        for measure, en, zh in _MEASURES
        for group in spec.groups
    ]


@compiled
def _fill(row: Floats, view: View) -> None:
    n_groups, sums = view.shop.n_groups, view.sums
    last = np.full(n_groups, np.nan)
    counted = _counted(view, last)
    known_days = max(view.baskets[0]["age"] + 1, RECENT_DAYS) if len(view.baskets) else RECENT_DAYS
    table = row.reshape(len(_MEASURES), n_groups)
    for group in range(n_groups):
        in_28, in_84, ever = counted[group, D28], counted[group, D84], counted[group, EVER]
        table[0, group] = in_28["lines"]
        table[1, group] = in_84["lines"]
        table[2, group] = ever["lines"]
        table[3, group] = in_84["spend"] / MONEY_SCALE
        table[4, group] = ratio(in_84["spend"], sums[D84]["spend"])
        table[5, group] = in_28["baskets"]
        table[6, group] = in_84["baskets"]
        table[7, group] = RECENT_DAYS * ever["baskets"] / known_days
        table[8, group] = ratio(in_84["baskets"], sums[D84]["baskets"])
        table[9, group] = ratio(ever["baskets"], sums[EVER]["baskets"])
        table[10, group] = last[group]


@compiled
def _counted(view: View, last: Floats) -> Records:
    """Figures by group and window, shape (n_groups, N_WINDOWS); days since the last line of each group go to `last`."""
    counted = np.zeros((len(last), N_WINDOWS), dtype=_FIGURES)
    has_it = np.zeros((len(view.baskets), len(last)), dtype=np.bool_)
    for line in view.lines:
        begin, end = groups_of(view.items[line["item"]]["code"] if line["item"] >= 0 else -1, view.shop)
        for place in range(begin, end):
            group = view.shop.item_groups[place]
            if group < 0:
                break
            last[group] = line["age"]
            for window in range(line["window"], N_WINDOWS):
                counted[group, window]["lines"] += 1
                counted[group, window]["spend"] += line["amount"]
            if not has_it[line["basket"], group]:
                has_it[line["basket"], group] = True
                for window in range(view.baskets[line["basket"]]["window"], N_WINDOWS):
                    counted[group, window]["baskets"] += 1
    return counted


FAMILY = Family("category", _columns, _fill)
