"""Where a customer buys: the mix of channels and the pull of one place, over the last 84 days."""

from core.compiled import compiled
from features.arrays import ratio
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import D84, EVER, View


def _columns(spec: FeatureSpec) -> list[Column]:
    mix = [
        Column(
            f"channel_share_84d__{channel}",
            f"Share of the last 84 days' orders through {channel}",
            f"最近 84 天通过 {channel} 的订单比例",
        )
        for channel in spec.channels
    ]
    return [
        *mix,
        Column(
            "favourite_location_share_84d",
            "Share of the last 84 days' orders in the most visited place",
            "最近 84 天最常光顾地点的订单比例",
        ),
    ]


@compiled
def _fill(row: Floats, view: View) -> None:
    favourite = len(row) - 1
    for place in range(len(row)):
        row[place] = 0
    for basket in view.baskets:
        if basket["window"] < EVER and basket["channel"] >= 0:
            row[basket["channel"]] += 1
    for orders in view.places:
        row[favourite] = max(row[favourite], orders)
    for place in range(len(row)):
        row[place] = ratio(row[place], view.sums[D84]["baskets"])


FAMILY = Family("channel", _columns, _fill)
