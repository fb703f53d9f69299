"""When a customer buys: hours of the local day and days of the week, over the last 84 days."""

import numpy as np

from core.compiled import compiled
from features.arrays import ratio
from features.calendar import DAY_US, HOUR_US
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import D84, EVER, View

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
_FIRST_WEEKDAY = 3  # 1970-01-01, local day 0, was a Thursday
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


@compiled
def _fill(row: Floats, view: View) -> None:
    first_day, weekend = len(_BANDS), len(_BANDS) + len(_WEEKDAYS)
    for place in range(len(row)):
        row[place] = 0
    for basket in view.baskets:
        if basket["window"] < EVER:
            row[_BAND_OF_HOUR[basket["local_us"] // HOUR_US % 24]] += 1
            row[first_day + (basket["local_us"] // DAY_US + _FIRST_WEEKDAY) % len(_WEEKDAYS)] += 1
    row[weekend] = row[first_day + _SATURDAY] + row[first_day + _SUNDAY]
    for place in range(len(row)):
        row[place] = ratio(row[place], view.sums[D84]["baskets"])


FAMILY = Family("hours", _columns, _fill)
