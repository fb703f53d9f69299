"""What to say of a customer and one group of goods."""

from collections.abc import Mapping
from types import MappingProxyType

from serving.reasons.measure import Group, Measure
from serving.reasons.units import AGO, EVERY, MONEY, PLAIN, PURCHASES, SHARE, TIMES

_NO_ORDER = ("placed no order in the last 84 days", "最近 84 天没有下单")
_NEVER_ORDERED = ("has never placed an order", "从未下单")
_NEVER_BOUGHT = ("has never bought {of}", "从未买过{of}")
_NOTHING_SPENT = ("spent nothing in the last 84 days", "最近 84 天没有消费")

OF_GOODS: Mapping[str, Group] = MappingProxyType(
    {
        "purchases": Group(
            ("Purchases of {of}", "{of}的购买情况"),
            {
                "purchases_{d}d": Measure(
                    PURCHASES,
                    ("made {n} of {of} in the last {d} days", "最近 {d} 天对{of}有 {n}"),
                    ("did not buy {of} in the last {d} days", "最近 {d} 天没有买{of}"),
                ),
                "purchases_ever": Measure(
                    PURCHASES, ("made {n} of {of} so far", "至今对{of}有 {n}"), _NEVER_BOUGHT
                ),
                "spend_84d": Measure(
                    MONEY,
                    ("spent {n} on {of} in the last 84 days", "最近 84 天在{of}上消费 {n}"),
                    ("spent nothing on {of} in the last 84 days", "最近 84 天没有在{of}上消费"),
                ),
                "spend_share_84d": Measure(
                    SHARE,
                    (
                        "spent {n} of the last 84 days' money on {of}",
                        "最近 84 天的消费有 {n} 用于{of}",
                    ),
                    ("spent nothing on {of} in the last 84 days", "最近 84 天没有在{of}上消费"),
                    _NOTHING_SPENT,
                ),
                "baskets_{d}d": Measure(
                    TIMES,
                    ("bought {of} {n} in the last {d} days", "最近 {d} 天买过 {n}{of}"),
                    ("did not buy {of} in the last {d} days", "最近 {d} 天没有买{of}"),
                ),
                "baskets_per_84d_ever": Measure(
                    EVERY,
                    ("buys {of} {n}", "买{of}{n}"),
                    _NEVER_BOUGHT,
                    _NEVER_ORDERED,
                ),
                "basket_rate_84d": Measure(
                    SHARE,
                    ("had {of} in {n} of the last 84 days' orders", "最近 84 天的订单有 {n} 含{of}"),
                    ("had {of} in none of the last 84 days' orders", "最近 84 天的订单都不含{of}"),
                    _NO_ORDER,
                ),
                "basket_rate_ever": Measure(
                    SHARE,
                    ("had {of} in {n} of all orders", "全部订单有 {n} 含{of}"),
                    _NEVER_BOUGHT,
                    _NEVER_ORDERED,
                ),
                "days_since_last_purchase": Measure(
                    AGO, ("last bought {of} {n}", "上次买{of}是{n}"), missing=_NEVER_BOUGHT
                ),
            },
        ),
        "views": Group(
            ("Interest in {of}", "对{of}的关注"),
            {
                "interests_{d}d": Measure(
                    TIMES,
                    ("looked at {of} {n} in the last {d} days", "最近 {d} 天看过 {n}{of}"),
                    ("did not look at {of} in the last {d} days", "最近 {d} 天没有看过{of}"),
                ),
                "days_since_last_interest": Measure(
                    AGO,
                    ("last looked at {of} {n}", "上次看{of}是{n}"),
                    missing=("has never looked at {of}", "从未看过{of}"),
                ),
            },
        ),
        "opinions": Group(
            ("Opinion of {of}", "对{of}的评价"),
            {
                "opinions_{d}d": Measure(
                    TIMES,
                    ("rated {of} {n} in the last {d} days", "最近 {d} 天评过 {n}{of}"),
                    ("did not rate {of} in the last {d} days", "最近 {d} 天没有评过{of}"),
                ),
                "opinions_ever": Measure(
                    TIMES,
                    ("rated {of} {n} so far", "至今评过 {n}{of}"),
                    ("has never rated {of}", "从未评过{of}"),
                ),
                "days_since_last_opinion": Measure(
                    AGO,
                    ("last rated {of} {n}", "上次评{of}是{n}"),
                    missing=("has never rated {of}", "从未评过{of}"),
                ),
                "rating_mean_ever": Measure(
                    PLAIN,
                    ("rates {of} {n} on average", "对{of}的平均评分为 {n}"),
                    missing=("has never rated {of}", "从未评过{of}"),
                ),
            },
        ),
    }
)
"""Measures within a category group: each group's are reasons of their own."""
