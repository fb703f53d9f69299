"""What customers look at and how they judge it: per category group, events that are no purchases.

Only the roles of the spec's `attention`, which are those that occur with items in the shop's own data: columns that
are always empty teach nothing. Ratings are those of opinions, and of purchases that carry one.
"""

import math

import numpy as np

from core.compiled import compiled
from features.arrays import ratio
from features.contract import Role
from features.families.family import Column, Family
from features.histories import Floats
from features.roles import INTEREST, OPINION
from features.spec import RATED_ROLES, FeatureSpec
from features.view import D28, D84, EVER, View
from features.view.inputs import groups_of

_MEASURES = {
    Role.INTEREST: (
        (
            "interests_28d",
            "views, carts and favourites in the last 28 days",
            "最近 28 天浏览、加购、收藏次数",
        ),
        (
            "interests_84d",
            "views, carts and favourites in the last 84 days",
            "最近 84 天浏览、加购、收藏次数",
        ),
        (
            "days_since_last_interest",
            "days since the last view, cart or favourite",
            "距最近一次浏览、加购、收藏的天数",
        ),
    ),
    Role.OPINION: (
        ("opinions_84d", "ratings and survey answers in the last 84 days", "最近 84 天评分与问卷次数"),
        (
            "opinions_ever",
            "ratings and survey answers in all known history",
            "全部已知历史评分与问卷次数",
        ),
        (
            "days_since_last_opinion",
            "days since the last rating or survey answer",
            "距最近一次评分或问卷的天数",
        ),
    ),
}


def _columns(spec: FeatureSpec) -> list[Column]:
    measures = [measure for role in spec.attention for measure in _MEASURES.get(role, ())]
    if _has_ratings(spec):
        measures.append(("rating_mean_ever", "mean rating in all known history", "全部已知历史的平均评分"))
    columns = [
        Column(f"{measure}__{group.name}", f"{group.name}: {en}", f"{group.name}：{zh}")
        for measure, en, zh in measures
        for group in spec.groups
    ]
    if _has_ratings(spec):
        en = "Mean rating that the customer gave, in all known history"
        columns.append(Column("rating_mean_ever", en, "全部已知历史中客户所给的平均评分"))
    return columns


def _has_ratings(spec: FeatureSpec) -> bool:
    return not set(RATED_ROLES).isdisjoint(spec.attention)


@compiled
def _fill(row: Floats, view: View) -> None:
    width, begin = 3 * view.shop.n_groups, 0
    if view.shop.attends[INTEREST]:
        _fill_of_role(row[:width], view, INTEREST, D28, D84)
        begin += width
    if view.shop.attends[OPINION]:
        _fill_of_role(row[begin : begin + width], view, OPINION, D84, EVER)
        begin += width
    if len(row) > begin:
        _fill_ratings(row[begin:], view)


@compiled
def _fill_of_role(row: Floats, view: View, role: int, shorter: int, longer: int) -> None:
    """Events of the role by group: how many in two windows, and days since the last. Shape: (3 * n_groups,)."""
    table = row.reshape(3, view.shop.n_groups)
    for group in range(view.shop.n_groups):
        table[0, group], table[1, group], table[2, group] = 0, 0, np.nan
    for event in view.events:
        if event["role"] == role:
            begin, end = groups_of(event["code"], view.shop)
            for place in range(begin, end):
                group = view.shop.item_groups[place]
                if group < 0:
                    break
                table[0, group] += event["window"] <= shorter
                table[1, group] += event["window"] <= longer
                table[2, group] = event["age"]


@compiled
def _fill_ratings(row: Floats, view: View) -> None:
    """Mean ratings by group, and of all. Shape: (n_groups + 1,)."""
    count = np.zeros(len(row))
    for place in range(len(row)):
        row[place] = 0
    for event in view.events:
        if math.isnan(event["rating"]) or not view.shop.is_rated[event["role"]]:
            continue
        row[-1] += event["rating"]
        count[-1] += 1
        begin, end = groups_of(event["code"], view.shop)
        for place in range(begin, end):
            group = view.shop.item_groups[place]
            if group < 0:
                break
            row[group] += event["rating"]
            count[group] += 1
    for place in range(len(row)):
        row[place] = ratio(row[place], count[place])


FAMILY = Family("attention", _columns, _fill)
