"""How long ago things happened, in local days."""

import math

from core.compiled import compiled
from features.families.family import Column, Family
from features.histories import Floats
from features.spec import FeatureSpec
from features.view import View


def _columns(_spec: FeatureSpec) -> list[Column]:
    return [
        Column("days_since_last_purchase", "Days since the last order began", "距最近一次下单的天数"),
        Column("days_since_first_purchase", "Days since the first known order began", "距首次已知下单的天数"),
        Column("days_since_last_event", "Days since the last event of any type", "距最近一次任意事件的天数"),
    ]


@compiled
def _fill(row: Floats, view: View) -> None:
    baskets, events = view.baskets, view.events
    row[0] = baskets[-1]["age"] if len(baskets) else math.nan
    row[1] = baskets[0]["age"] if len(baskets) else math.nan
    row[2] = events[-1]["age"] if len(events) else math.nan


FAMILY = Family("recency", _columns, _fill)
