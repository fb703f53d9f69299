"""How long ago things happened, in local days."""

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


def _compute(view: View) -> list[Floats]:
    return [
        view.latest(view.baskets.customer, view.baskets.age),
        view.first_basket_age,
        view.latest(view.customer, view.age),
    ]


FAMILY = Family("recency", _columns, _compute)
