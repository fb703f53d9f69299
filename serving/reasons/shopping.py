"""What to say of when, how often and how much a customer buys."""

from collections.abc import Mapping
from types import MappingProxyType

from serving.reasons.measure import Group, Measure
from serving.reasons.units import (
    AGO,
    CATEGORIES,
    DAYS,
    ITEMS,
    MONEY,
    MORE_MONEY,
    MORE_ORDERS,
    ORDERS,
    PLACES,
    PRODUCTS,
    PURCHASES,
    RATIO,
    SHARE,
    TIMES,
)

_NO_ORDER = ("placed no order in the last 84 days", "最近 84 天没有下单")
_NEVER_ORDERED = ("has never placed an order", "从未下单")
_NO_RHYTHM = ("has too few orders to show a rhythm", "订单太少，还看不出购买规律")

SHOPPING: Mapping[str, Group] = MappingProxyType(
    {
        "recency": Group(
            ("Time since the last order", "距上次下单的时间"),
            {
                "days_since_last_purchase": Measure(
                    AGO, ("last ordered {n}", "上次下单是{n}"), missing=_NEVER_ORDERED
                ),
                "days_since_last_event": Measure(
                    AGO,
                    ("was last heard of {n}", "最近一次有动态是{n}"),
                    missing=("was never heard of", "从未有过动态"),
                ),
                "recency_over_gap_mean": Measure(
                    RATIO,
                    (
                        "has not ordered for {n} their usual gap between orders",
                        "距上次下单已是平时购买间隔的 {n}",
                    ),
                    ("ordered today", "今天下过单"),
                    _NO_RHYTHM,
                ),
                "recency_over_gap_max": Measure(
                    RATIO,
                    (
                        "has not ordered for {n} their longest gap between orders",
                        "距上次下单已是最长购买间隔的 {n}",
                    ),
                    ("ordered today", "今天下过单"),
                    _NO_RHYTHM,
                ),
            },
        ),
        "rhythm": Group(
            ("Usual rhythm", "购买节奏"),
            {
                "gap_mean_days": Measure(
                    DAYS,
                    ("leaves {n} between orders on average", "平均每隔 {n}购买一次"),
                    missing=_NO_RHYTHM,
                ),
                "gap_std_days": Measure(
                    DAYS,
                    ("has gaps between orders that vary by {n}", "购买间隔上下相差约 {n}"),
                    ("always leaves the same time between orders", "购买间隔一直相同"),
                    _NO_RHYTHM,
                ),
                "gap_max_days": Measure(
                    DAYS, ("left at most {n} between orders", "购买间隔最长为 {n}"), missing=_NO_RHYTHM
                ),
                "gap_last_days": Measure(
                    DAYS,
                    ("left {n} between the last two orders", "最近两次购买相隔 {n}"),
                    missing=_NO_RHYTHM,
                ),
            },
        ),
        "frequency": Group(
            ("How often they order", "下单频率"),
            {
                "baskets_{d}d": Measure(
                    ORDERS,
                    ("placed {n} in the last {d} days", "最近 {d} 天下了 {n}"),
                    ("placed no order in the last {d} days", "最近 {d} 天没有下单"),
                ),
                "purchases_{d}d": Measure(
                    PURCHASES,
                    ("made {n} in the last {d} days", "最近 {d} 天有 {n}"),
                    ("bought nothing in the last {d} days", "最近 {d} 天没有购买"),
                ),
                "purchase_days_{d}d": Measure(
                    DAYS,
                    ("shopped on {n} of the last {d}", "最近 {d} 天中有 {n}购物"),
                    ("did not shop in the last {d} days", "最近 {d} 天没有购物"),
                ),
            },
        ),
        "trend": Group(
            ("Recent change", "近期变化"),
            {
                "baskets_trend_28d": Measure(
                    MORE_ORDERS,
                    (
                        "placed {n} in the last 28 days than in the 28 before",
                        "最近 28 天下单比之前 28 天{n}",
                    ),
                    (
                        "placed as many orders in the last 28 days as in the 28 before",
                        "最近 28 天下单数与之前 28 天持平",
                    ),
                ),
                "spend_trend_28d": Measure(
                    MORE_MONEY,
                    ("spent {n} in the last 28 days than in the 28 before", "最近 28 天消费比之前 28 天{n}"),
                    (
                        "spent as much in the last 28 days as in the 28 before",
                        "最近 28 天消费与之前 28 天持平",
                    ),
                ),
                "baskets_share_28d_of_84d": Measure(
                    SHARE,
                    (
                        "placed {n} of the last 84 days' orders in the last 28",
                        "最近 84 天的订单有 {n} 在最近 28 天",
                    ),
                    (
                        "placed none of the last 84 days' orders in the last 28",
                        "最近 84 天的订单都不在最近 28 天",
                    ),
                    _NO_ORDER,
                ),
            },
        ),
        "tenure": Group(
            ("Time as a customer", "成为客户以来"),
            {
                "days_since_first_purchase": Measure(
                    AGO, ("first ordered {n}", "首次下单是{n}"), missing=_NEVER_ORDERED
                ),
                "baskets_ever": Measure(ORDERS, ("placed {n} so far", "至今共下了 {n}"), _NEVER_ORDERED),
                "purchase_days_ever": Measure(
                    DAYS, ("shopped on {n} so far", "至今共有 {n}购物"), _NEVER_ORDERED
                ),
                "distinct_items_ever": Measure(
                    ITEMS,
                    ("bought {n} so far", "至今买过 {n}"),
                    ("has bought no identified item so far", "至今没有买过可识别的商品"),
                ),
            },
        ),
        "spend": Group(
            ("How much they spend", "消费金额"),
            {
                "spend_{d}d": Measure(
                    MONEY,
                    ("spent {n} in the last {d} days", "最近 {d} 天消费 {n}"),
                    ("spent nothing in the last {d} days", "最近 {d} 天没有消费"),
                ),
            },
        ),
        "refunds": Group(
            ("Refunds", "退款"),
            {
                "refunds_84d": Measure(
                    TIMES,
                    ("had a refund {n} in the last 84 days", "最近 84 天退款 {n}"),
                    ("had no refund in the last 84 days", "最近 84 天没有退款"),
                ),
                "refunded_84d": Measure(
                    MONEY,
                    ("was refunded {n} in the last 84 days", "最近 84 天退款 {n}"),
                    ("was refunded nothing in the last 84 days", "最近 84 天没有退款"),
                ),
            },
        ),
        "variety": Group(
            ("How widely they buy", "购买范围"),
            {
                "distinct_items_84d": Measure(
                    ITEMS,
                    ("bought {n} in the last 84 days", "最近 84 天买过 {n}"),
                    ("bought no identified item in the last 84 days", "最近 84 天没有买过可识别的商品"),
                ),
                "distinct_categories_84d": Measure(
                    CATEGORIES,
                    ("bought from {n} in the last 84 days", "最近 84 天购买涉及 {n}"),
                    ("bought from no category in the last 84 days", "最近 84 天的购买不属于任何品类"),
                ),
                "distinct_locations_84d": Measure(
                    PLACES,
                    ("shopped at {n} in the last 84 days", "最近 84 天在 {n}购物"),
                    ("shopped at no known place in the last 84 days", "最近 84 天没有已知的购物地点"),
                ),
                "repeat_share_84d": Measure(
                    SHARE,
                    (
                        "bought the same items again in {n} of the last 84 days' purchases",
                        "最近 84 天的购买中有 {n} 是重复购买",
                    ),
                    ("bought nothing twice in the last 84 days", "最近 84 天没有重复购买"),
                    ("bought no identified item in the last 84 days", "最近 84 天没有买过可识别的商品"),
                ),
            },
        ),
        "order_size": Group(
            ("Order size", "单笔规模"),
            {
                "basket_spend_mean_84d": Measure(
                    MONEY,
                    ("spent {n} an order on average in the last 84 days", "最近 84 天平均每单 {n}"),
                    missing=_NO_ORDER,
                ),
                "basket_spend_max_84d": Measure(
                    MONEY,
                    (
                        "spent {n} on the largest order of the last 84 days",
                        "最近 84 天最大一单为 {n}",
                    ),
                    missing=_NO_ORDER,
                ),
                "basket_spend_std_84d": Measure(
                    MONEY,
                    (
                        "had order amounts that vary by {n} in the last 84 days",
                        "最近 84 天每单金额上下相差约 {n}",
                    ),
                    ("spent the same on each order of the last 84 days", "最近 84 天每单金额相同"),
                    _NO_ORDER,
                ),
                "basket_lines_mean_84d": Measure(
                    PRODUCTS,
                    ("had {n} an order on average in the last 84 days", "最近 84 天平均每单 {n}"),
                    missing=_NO_ORDER,
                ),
                "single_line_share_84d": Measure(
                    SHARE,
                    (
                        "had a single product in {n} of the last 84 days' orders",
                        "最近 84 天的订单有 {n} 只买一行商品",
                    ),
                    (
                        "had several products in each of the last 84 days' orders",
                        "最近 84 天每单都买多行商品",
                    ),
                    _NO_ORDER,
                ),
                "line_amount_mean_84d": Measure(
                    MONEY,
                    (
                        "paid {n} a product on average in the last 84 days",
                        "最近 84 天平均每行商品 {n}",
                    ),
                    missing=_NO_ORDER,
                ),
            },
        ),
    }
)
"""When, how often and how much a customer buys, by the key of the reason."""
