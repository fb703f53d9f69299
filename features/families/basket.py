"""The shape of a customer's orders in the last 84 days."""

import math

from core.compiled import compiled
from features.arrays import put, ratio
from features.contract import MONEY_SCALE
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import D84, EVER, View


def _columns(_spec: FeatureSpec) -> list[Column]:
    return [
        Column(
            "basket_spend_mean_84d", "Mean amount of an order in the last 84 days", "最近 84 天平均每单金额"
        ),
        Column(
            "basket_spend_max_84d", "Largest amount of an order in the last 84 days", "最近 84 天最大单笔金额"
        ),
        Column(
            "basket_spend_std_84d",
            "Standard deviation of order amounts in the last 84 days",
            "最近 84 天订单金额的标准差",
        ),
        Column(
            "basket_lines_mean_84d", "Mean lines of an order in the last 84 days", "最近 84 天平均每单行数"
        ),
        Column(
            "single_line_share_84d",
            "Share of orders of one line in the last 84 days",
            "最近 84 天单行订单的比例",
        ),
        Column(
            "line_amount_mean_84d",
            "Mean amount of a line of the orders begun in the last 84 days",
            "最近 84 天所下订单的平均每行金额",
        ),
    ]


@compiled
def _fill(row: Floats, view: View) -> None:
    sums = view.sums[D84]
    count, spend, lines = sums["baskets"], sums["basket_spend"], sums["basket_lines"]
    mean, largest, away = ratio(spend, count), math.nan, 0.0
    for basket in view.baskets:
        if basket["window"] < EVER:
            largest = basket["amount"] if math.isnan(largest) else max(largest, basket["amount"])
            away += (basket["amount"] - mean) * (basket["amount"] - mean)
    put(
        row,
        (
            ratio(spend, count * MONEY_SCALE),  # one division, so that nothing is rounded twice
            largest / MONEY_SCALE,
            math.sqrt(ratio(away, count)) / MONEY_SCALE,
            ratio(lines, count),
            ratio(sums["single_baskets"], count),
            ratio(spend, lines * MONEY_SCALE),
        ),
    )


FAMILY = Family("basket", _columns, _fill)
