"""How often and how much a customer buys, over windows, and whether that is changing."""

from core.compiled import compiled
from features.arrays import put, ratio
from features.contract import MONEY_SCALE
from features.families.family import Column, Family
from features.histories import Floats
from features.roles import REFUND
from features.spec import FeatureSpec
from features.view import D28, D56, D84, EVER, WINDOWS, View

_MEASURES = (
    ("baskets", "Orders begun", "下单数"),
    ("purchases", "Purchase lines", "购买行数"),
    ("spend", "Amount paid, in the shop's currency", "消费金额（店铺币种）"),
    ("purchase_days", "Days with an order", "有下单的天数"),
)


def _columns(_spec: FeatureSpec) -> list[Column]:
    windows = [
        Column(f"{name}_{days}d", f"{en} in the last {days} days", f"最近 {days} 天{zh}")
        for name, en, zh in _MEASURES
        for days in WINDOWS
    ]
    return [
        *windows,
        Column("baskets_ever", "Orders begun in all known history", "全部已知历史中的下单数"),
        Column(
            "baskets_trend_28d",
            "Orders in the last 28 days minus those in the 28 before",
            "最近 28 天下单数减去前 28 天",
        ),
        Column(
            "spend_trend_28d",
            "Spend in the last 28 days minus that in the 28 before",
            "最近 28 天消费减去前 28 天",
        ),
        Column(
            "baskets_share_28d_of_84d",
            "Share of the last 84 days' orders in the last 28",
            "最近 84 天订单中最近 28 天所占比例",
        ),
        Column("refunds_84d", "Refund lines in the last 84 days", "最近 84 天退款行数"),
        Column(
            "refunded_84d",
            "Amount refunded in the last 84 days, in the shop's currency",
            "最近 84 天退款金额（店铺币种）",
        ),
    ]


@compiled
def _fill(row: Floats, view: View) -> None:
    sums = view.sums
    for window in range(EVER):
        row[window] = sums[window]["baskets"]
        row[EVER + window] = sums[window]["lines"]
        row[2 * EVER + window] = sums[window]["spend"] / MONEY_SCALE
        row[3 * EVER + window] = sums[window]["days"]
    put(
        row[4 * EVER :],
        (
            sums[EVER]["baskets"],
            2 * sums[D28]["baskets"] - sums[D56]["baskets"],
            (2 * sums[D28]["spend"] - sums[D56]["spend"]) / MONEY_SCALE,
            ratio(sums[D28]["baskets"], sums[D84]["baskets"]),
            view.counts[REFUND, D84],
            sums[D84]["refunded"] / MONEY_SCALE,
        ),
    )


FAMILY = Family("frequency", _columns, _fill)
