"""Where a customer buys: the mix of channels and the pull of one place, over the last 84 days."""

import numpy as np

from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import View


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


def _compute(view: View) -> list[Floats]:
    recent, channels = view.recent, view.spec.channels
    number = {name: place for place, name in enumerate(channels)}
    untold = len(channels)
    codes = np.array([*(number.get(name, untold) for name in view.known.channel_names), untold])
    cell = codes[recent.channel] * view.n + recent.customer
    mix = np.bincount(cell, minlength=(untold + 1) * view.n).reshape(untold + 1, view.n)
    favourite = np.fmax(view.largest(*view.places), 0)  # 0 where no order names a place
    return [mix[:untold] / view.recent_count, favourite / view.recent_count]


FAMILY = Family("channel", _columns, _compute)
