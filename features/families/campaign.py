"""Campaigns that reached a customer, and whether the customer answered them."""

from core.compiled import compiled
from features.arrays import put, ratio
from features.families.family import Column, Family
from features.histories import Floats
from features.roles import EXPOSURE
from features.spec import FeatureSpec
from features.view import D28, D84, EVER, View


def _columns(_spec: FeatureSpec) -> list[Column]:
    return [
        Column("campaigns_28d", "Campaign contacts in the last 28 days", "最近 28 天触达的营销活动次数"),
        Column("campaigns_84d", "Campaign contacts in the last 84 days", "最近 84 天触达的营销活动次数"),
        Column("campaigns_ever", "Campaign contacts in all known history", "全部已知历史触达的营销活动次数"),
        Column(
            "days_since_last_campaign",
            "Days since a campaign reached the customer",
            "距最近一次活动触达的天数",
        ),
        Column(
            "campaign_response_ever", "Share of campaigns answered by a coupon", "以核销优惠券响应的活动比例"
        ),
    ]


@compiled
def _fill(row: Floats, view: View) -> None:
    reached, answered = 0, 0
    for campaign in view.campaigns:
        reached += campaign["reached"]
        answered += campaign["reached"] * campaign["answered"]
    contacts = view.counts[EXPOSURE]
    put(row, (contacts[D28], contacts[D84], contacts[EVER], view.last[EXPOSURE], ratio(answered, reached)))


FAMILY = Family("campaign", _columns, _fill)
