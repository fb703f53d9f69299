"""The shape of a customer's orders in the last 84 days."""

import numpy as np

from features.contract import MONEY_SCALE
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import D84, View


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


def _compute(view: View) -> list[Floats]:
    recent = view.recent
    _, spend, n_lines, single = view.basket_sums[:, D84]
    _, _, n_lines_or_nan, _ = view.basket_wholes[:, D84]
    mean = spend / view.recent_count
    away = recent.amount - mean[recent.customer]
    return [
        spend / (view.recent_count * MONEY_SCALE),  # one division, so that nothing is rounded twice
        view.largest(recent.customer, recent.amount) / MONEY_SCALE,
        np.sqrt(view.total(recent.customer, away * away) / view.recent_count) / MONEY_SCALE,
        n_lines / view.recent_count,
        single / view.recent_count,
        spend / (n_lines_or_nan * MONEY_SCALE),
    ]


FAMILY = Family("basket", _columns, _compute)
