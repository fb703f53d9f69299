"""What to say of how a customer shops, and of what happens besides shopping."""

from collections.abc import Mapping
from types import MappingProxyType

from serving.reasons.measure import Group, Measure, Pair
from serving.reasons.units import AGO, COUPONS, MONEY, PLAIN, SHARE, TIMES

_NO_ORDER = ("placed no order in the last 84 days", "最近 84 天没有下单")
_NOTHING_SPENT = ("spent nothing in the last 84 days", "最近 84 天没有消费")

HABITS: Mapping[str, Group] = MappingProxyType(
    {
        "discounts": Group(
            ("Discounts and coupons", "优惠与优惠券"),
            {
                "discount_84d": Measure(
                    MONEY,
                    ("saved {n} by discounts in the last 84 days", "最近 84 天享受优惠 {n}"),
                    ("had no discount in the last 84 days", "最近 84 天没有享受优惠"),
                ),
                "discount_share_84d": Measure(
                    SHARE,
                    (
                        "got {n} off the full price in the last 84 days",
                        "最近 84 天优惠占原价的 {n}",
                    ),
                    ("paid the full price in the last 84 days", "最近 84 天都按原价购买"),
                    _NOTHING_SPENT,
                ),
                "discounted_share_84d": Measure(
                    SHARE,
                    (
                        "got a discount on {n} of the last 84 days' purchases",
                        "最近 84 天的购买中有 {n} 享受优惠",
                    ),
                    ("bought nothing at a discount in the last 84 days", "最近 84 天没有购买优惠商品"),
                    ("bought nothing in the last 84 days", "最近 84 天没有购买"),
                ),
                "redemptions_{d}d": Measure(
                    COUPONS,
                    ("redeemed {n} in the last {d} days", "最近 {d} 天核销 {n}"),
                    ("redeemed no coupon in the last {d} days", "最近 {d} 天没有核销优惠券"),
                ),
                "redemptions_ever": Measure(
                    COUPONS,
                    ("redeemed {n} so far", "至今核销 {n}"),
                    ("has never redeemed a coupon", "从未核销优惠券"),
                ),
                "days_since_last_redemption": Measure(
                    AGO,
                    ("last redeemed a coupon {n}", "上次核销优惠券是{n}"),
                    missing=("has never redeemed a coupon", "从未核销优惠券"),
                ),
            },
        ),
        "channels": Group(
            ("Where they shop", "购物渠道与地点"),
            {
                "channel_share_84d": Measure(
                    SHARE,
                    (
                        "placed {n} of the last 84 days' orders through {of}",
                        "最近 84 天的订单有 {n} 来自渠道{of}",
                    ),
                    (
                        "placed no order of the last 84 days through {of}",
                        "最近 84 天没有来自渠道{of}的订单",
                    ),
                    _NO_ORDER,
                ),
                "favourite_location_share_84d": Measure(
                    SHARE,
                    (
                        "placed {n} of the last 84 days' orders in one place",
                        "最近 84 天的订单有 {n} 在同一地点",
                    ),
                    ("shopped at no known place in the last 84 days", "最近 84 天没有已知的购物地点"),
                    _NO_ORDER,
                ),
            },
        ),
        "hours": Group(
            ("When they shop", "购物时段"),
            {
                stem: Measure(
                    SHARE,
                    ("placed {n} of the last 84 days' orders {of}", "最近 84 天的订单有 {n} 在{of}"),
                    ("placed no order of the last 84 days {of}", "最近 84 天没有在{of}下单"),
                    _NO_ORDER,
                )
                for stem in ("hour_share_84d", "weekday_share_84d", "weekend_share_84d")
            },
        ),
        "campaigns": Group(
            ("Campaigns", "营销活动"),
            {
                "campaigns_{d}d": Measure(
                    TIMES,
                    ("was reached by campaigns {n} in the last {d} days", "最近 {d} 天被活动触达 {n}"),
                    ("was reached by no campaign in the last {d} days", "最近 {d} 天没有被活动触达"),
                ),
                "campaigns_ever": Measure(
                    TIMES,
                    ("was reached by campaigns {n} so far", "至今被活动触达 {n}"),
                    ("was never reached by a campaign", "从未被活动触达"),
                ),
                "days_since_last_campaign": Measure(
                    AGO,
                    ("was last reached by a campaign {n}", "上次被活动触达是{n}"),
                    missing=("was never reached by a campaign", "从未被活动触达"),
                ),
                "campaign_response_ever": Measure(
                    SHARE,
                    ("answered {n} of the campaigns with a coupon", "以优惠券响应了 {n} 的活动"),
                    ("answered no campaign with a coupon", "没有以优惠券响应过活动"),
                    ("was never reached by a campaign", "从未被活动触达"),
                ),
            },
        ),
        "views": Group(
            ("What they look at", "浏览与关注"),
            {
                "interests_{d}d": Measure(
                    TIMES,
                    ("looked at or searched for items {n} in the last {d} days", "最近 {d} 天浏览或搜索 {n}"),
                    ("looked at nothing in the last {d} days", "最近 {d} 天没有浏览或搜索"),
                ),
                "days_since_last_interest": Measure(
                    AGO,
                    ("last looked at or searched for an item {n}", "上次浏览或搜索是{n}"),
                    missing=("has never looked at or searched for an item", "从未浏览或搜索"),
                ),
            },
        ),
        "contacts": Group(
            ("Messages and service talks", "消息与客服"),
            {
                "contacts_{d}d": Measure(
                    TIMES,
                    ("got in touch {n} in the last {d} days", "最近 {d} 天联系 {n}"),
                    ("did not get in touch in the last {d} days", "最近 {d} 天没有联系"),
                ),
                "days_since_last_contact": Measure(
                    AGO,
                    ("last got in touch {n}", "上次联系是{n}"),
                    missing=("has never got in touch", "从未联系"),
                ),
            },
        ),
        "visits": Group(
            ("Visits and sign-ups", "到店与注册"),
            {
                "presences_{d}d": Measure(
                    TIMES,
                    ("came by or signed up {n} in the last {d} days", "最近 {d} 天到店、到场或注册 {n}"),
                    ("did not come by in the last {d} days", "最近 {d} 天没有到店、到场或注册"),
                ),
                "days_since_last_presence": Measure(
                    AGO,
                    ("last came by or signed up {n}", "上次到店、到场或注册是{n}"),
                    missing=("has never come by or signed up", "从未到店、到场或注册"),
                ),
            },
        ),
        "opinions": Group(
            ("Ratings and answers", "评分与问卷"),
            {
                "opinions_{d}d": Measure(
                    TIMES,
                    ("rated or answered {n} in the last {d} days", "最近 {d} 天评分或答卷 {n}"),
                    ("rated nothing in the last {d} days", "最近 {d} 天没有评分或答卷"),
                ),
                "days_since_last_opinion": Measure(
                    AGO,
                    ("last rated or answered {n}", "上次评分或答卷是{n}"),
                    missing=("has never rated or answered", "从未评分或答卷"),
                ),
                "rating_mean_ever": Measure(
                    PLAIN,
                    ("rates {n} on average", "平均评分为 {n}"),
                    missing=("has never given a rating", "从未评分"),
                ),
            },
        ),
    }
)
"""How a customer shops, and what happens besides shopping, by the key of the reason."""

TIMES_OF_DAY: Mapping[str, Pair] = MappingProxyType(
    {
        "night": ("from 0:00 to 6:00", "0 点到 6 点"),
        "morning": ("from 6:00 to 11:00", "6 点到 11 点"),
        "midday": ("from 11:00 to 14:00", "11 点到 14 点"),
        "afternoon": ("from 14:00 to 17:00", "14 点到 17 点"),
        "evening": ("from 17:00 to 21:00", "17 点到 21 点"),
        "late": ("from 21:00 to 24:00", "21 点到 24 点"),
        "monday": ("on Mondays", "周一"),
        "tuesday": ("on Tuesdays", "周二"),
        "wednesday": ("on Wednesdays", "周三"),
        "thursday": ("on Thursdays", "周四"),
        "friday": ("on Fridays", "周五"),
        "saturday": ("on Saturdays", "周六"),
        "sunday": ("on Sundays", "周日"),
        "": ("at weekends", "周末"),
    }
)
"""What the suffix of a measure of `hours` says; the measure without one is about weekends."""
