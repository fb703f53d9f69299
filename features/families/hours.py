"""When a customer buys: hours of the local day and days of the week, over the last 84 days."""

import numpy as np

from features.families.family import Column, Family
from features.histories import Floats, Ints
from features.spec import FeatureSpec
from features.view import View

_BANDS = (
    ("night", 0, 6, "夜间"),
    ("morning", 6, 11, "上午"),
    ("midday", 11, 14, "中午"),
    ("afternoon", 14, 17, "下午"),
    ("evening", 17, 21, "傍晚"),
    ("late", 21, 24, "深夜"),
)
_BAND_OF_HOUR = np.repeat(np.arange(len(_BANDS)), [end - start for _, start, end, _ in _BANDS])
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SATURDAY, _SUNDAY = 5, 6
_WEEKDAYS_ZH = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def _columns(_spec: FeatureSpec) -> list[Column]:
    bands = [
        Column(
            f"hour_share_84d__{name}",
            f"Share of the last 84 days' orders from {start:02}:00 to {end:02}:00",
            f"最近 84 天在{zh}（{start:02}:00 至 {end:02}:00）的订单比例",
        )
        for name, start, end, zh in _BANDS
    ]
    days = [
        Column(
            f"weekday_share_84d__{name}",
            f"Share of the last 84 days' orders on a {name.title()}",
            f"最近 84 天在{zh}的订单比例",
        )
        for name, zh in zip(_WEEKDAYS, _WEEKDAYS_ZH, strict=True)
    ]
    return [
        *bands,
        *days,
        Column(
            "weekend_share_84d",
            "Share of the last 84 days' orders at the weekend",
            "最近 84 天周末订单的比例",
        ),
    ]


def _compute(view: View) -> list[Floats]:
    band = _counts(view, _BAND_OF_HOUR[view.recent.hour], len(_BANDS))
    weekday = _counts(view, view.recent.weekday, len(_WEEKDAYS))
    weekend = weekday[_SATURDAY] + weekday[_SUNDAY]
    return [band / view.recent_count, weekday / view.recent_count, weekend / view.recent_count]


def _counts(view: View, kind: Ints, kinds: int) -> Ints:
    """Recent orders of each kind: shape (n_kinds, n_customers)."""
    counts = np.bincount(kind * view.n + view.recent.customer, minlength=kinds * view.n)
    return counts.reshape(kinds, view.n)


FAMILY = Family("hours", _columns, _compute)
