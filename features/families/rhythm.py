"""A customer's own rhythm: the gaps between purchase days, and how far the present gap is out of it."""

import numpy as np

from features.arrays import ratio
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import EVER, View


def _columns(_spec: FeatureSpec) -> list[Column]:
    return [
        Column("gap_mean_days", "Mean days between purchase days", "购买日之间的平均间隔天数"),
        Column(
            "gap_std_days", "Standard deviation of the days between purchase days", "购买日间隔天数的标准差"
        ),
        Column("gap_max_days", "Longest gap between purchase days, in days", "购买日之间的最长间隔天数"),
        Column("gap_last_days", "Days between the last two purchase days", "最近两个购买日之间的天数"),
        Column(
            "recency_over_gap_mean",
            "Days since the last purchase over the mean gap",
            "距上次购买天数与平均间隔之比",
        ),
        Column(
            "recency_over_gap_max",
            "Days since the last purchase over the longest gap",
            "距上次购买天数与最长间隔之比",
        ),
        Column("purchase_days_ever", "Days with an order in all known history", "全部已知历史中有下单的天数"),
    ]


def _compute(view: View) -> list[Floats]:
    days = view.days
    between = days.gap > 0
    customer, gap = days.customer[between], days.gap[between].astype(np.float64)
    count, sum_of_gaps = view.total(customer), view.total(customer, gap)
    mean = ratio(sum_of_gaps, count)
    # Gaps are whole days, so all but the division is exact: equal gaps give 0 and not a rounding error.
    variance = ratio(count * view.total(customer, gap * gap) - sum_of_gaps * sum_of_gaps, count * count)
    longest = view.largest(customer, gap)
    recency = view.latest(days.customer, days.age)
    return [
        mean,
        np.sqrt(variance),
        longest,
        view.latest(customer, gap),
        recency / mean,
        recency / longest,
        view.day_sums[EVER],
    ]


FAMILY = Family("rhythm", _columns, _compute)
