"""Campaigns that reached a customer, and whether the customer answered them."""

import numpy as np

from features.arrays import distinct, mix, ratio
from features.contract import Role
from features.families.family import Column, Family
from features.histories import Floats, Ints, Mask
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


def _compute(view: View) -> list[Floats]:
    counts = view.counts(Role.EXPOSURE)
    reached, owner = _campaigns(view, Role.EXPOSURE)
    redeemed, redeemer = _campaigns(view, Role.REDEMPTION)
    return [
        counts[D28],
        counts[D84],
        counts[EVER],
        view.last(Role.EXPOSURE),
        ratio(view.total(redeemer[_among(redeemed, reached)]), view.total(owner)),
    ]


def _campaigns(view: View, role: Role) -> tuple[Ints, Ints]:
    """Distinct pairs of customer and campaign as sorted numbers, and their customers."""
    rows = view.rows(role)
    customer, key = view.customer[rows], view.known.campaign_key[rows]
    named = key != 0
    customer = customer[named]
    pair, first = distinct(mix(customer, key[named]))
    return pair, customer[first]


def _among(values: Ints, others: Ints) -> Mask:
    """Whether each value is one of the others, which are sorted."""
    if not len(others):
        return np.zeros(len(values), dtype=bool)
    place = np.minimum(others.searchsorted(values), len(others) - 1)
    return np.equal(others[place], values)


FAMILY = Family("campaign", _columns, _compute)
