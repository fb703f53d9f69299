"""A customer's own rhythm: the gaps between purchase days, and how far the present gap is out of it."""

import math

from core.compiled import compiled
from features.arrays import put, ratio
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import View


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


@compiled
def _fill(row: Floats, view: View) -> None:
    days, n_gaps = view.days, max(len(view.days) - 1, 0)
    total, squares, longest, gap = 0, 0, 0, 0
    for place in range(n_gaps):
        gap = days[place] - days[place + 1]
        total, squares, longest = total + gap, squares + gap * gap, max(longest, gap)
    mean, recency = ratio(total, n_gaps), days[-1] if len(days) else 0
    # Gaps are whole days, so all but the division is exact: equal gaps give 0 and not a rounding error.
    variance = ratio(n_gaps * squares - total * total, n_gaps * n_gaps)
    put(
        row,
        (
            mean,
            math.sqrt(variance),
            longest if n_gaps else math.nan,
            gap if n_gaps else math.nan,
            recency / mean,
            ratio(recency, longest),
            float(len(days)),
        ),
    )


FAMILY = Family("rhythm", _columns, _fill)
