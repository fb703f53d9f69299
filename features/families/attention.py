"""What customers look at and how they judge it: per category group, events that are no purchases.

Only the roles of the spec's `attention`, which are those that occur with items in the shop's own data: columns that
are always empty teach nothing. Ratings are those of opinions, and of purchases that carry one.
"""

from itertools import pairwise

import numpy as np

from features.arrays import ratio
from features.contract import Role
from features.families.family import Column, Family
from features.histories import Floats, Ints
from features.spec import RATED_ROLES, FeatureSpec
from features.view import View

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
_RECENT, _FAIRLY, _EVER = range(3)  # the last 28 days, the last 84, all known history
_PERIODS = np.array([_RECENT, _RECENT, _RECENT, _FAIRLY, _FAIRLY, _EVER])  # of each window


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
        columns.append(Column("rating_mean_ever", en, "全部已知历史中顾客所给的平均评分"))
    return columns


def _has_ratings(spec: FeatureSpec) -> bool:
    return not set(RATED_ROLES).isdisjoint(spec.attention)


def _compute(view: View) -> list[Floats]:
    parts = []
    if Role.INTEREST in view.spec.attention:
        parts += _interests(view)
    if Role.OPINION in view.spec.attention:
        parts += _opinions(view)
    if _has_ratings(view.spec):
        parts += _ratings(view)
    return parts


def _interests(view: View) -> list[Floats]:
    rows = view.rows(Role.INTEREST)
    place, cell = _cells(view, rows)
    counts = _counts(view, view.window[rows][place], cell)
    return [counts[_RECENT], counts[_FAIRLY], _last(view, view.age[rows][place], cell)]


def _opinions(view: View) -> list[Floats]:
    rows = view.rows(Role.OPINION)
    place, cell = _cells(view, rows)
    counts = _counts(view, view.window[rows][place], cell)
    return [counts[_FAIRLY], counts[_EVER], _last(view, view.age[rows][place], cell)]


def _ratings(view: View) -> list[Floats]:
    """Mean ratings by group, and of all."""
    carries = np.zeros(len(Role) + 1, dtype=bool)
    carries[[view.spec.number_of_role[role] for role in RATED_ROLES]] = True
    rows = (carries[view.role] & ~np.isnan(view.known.rating)).nonzero()[0]
    place, cell = _cells(view, rows)
    customer, rating = view.customer[rows], view.known.rating[rows]
    by_group = _mean(rating[place], cell, len(view.spec.groups) * view.n)
    return [by_group, _mean(rating, customer, view.n)]


def _cells(view: View, rows: Ints | slice) -> tuple[Ints, Ints]:
    """Each pair of an event and a group of its item: the event's place in the rows, and group * n + customer."""
    place, group = view.catalogue.members(view.catalogue.codes(view.known.item_key[rows]))
    return place, group * view.n + view.customer[rows][place]


def _counts(view: View, window: Ints, cell: Ints) -> Floats:
    """How many pairs each period, group and customer have: shape (3, n_groups, n_customers)."""
    n_groups = len(view.spec.groups)
    placed = _PERIODS[window] * (n_groups * view.n) + cell
    counts = np.bincount(placed, minlength=3 * n_groups * view.n).astype(np.float64)
    counts = counts.reshape(3, n_groups, view.n)
    for earlier, later in pairwise((_RECENT, _FAIRLY, _EVER)):
        counts[later] += counts[earlier]
    return counts


def _last(view: View, age: Ints, cell: Ints) -> Floats:
    """Days since the last pair of each group and customer, NaN where there is none."""
    n_groups = len(view.spec.groups)
    last = np.full(n_groups * view.n, np.nan)
    last[cell] = age  # events are in time order, so the last assignment is the latest
    return last.reshape(n_groups, view.n)


def _mean(rating: Floats, cell: Ints, cells: int) -> Floats:
    """The mean of the ratings in each cell, NaN where there is none."""
    total, count = (np.bincount(cell, weights, cells).astype(np.float64) for weights in (rating, None))
    return ratio(total, count)


FAMILY = Family("attention", _columns, _compute)
