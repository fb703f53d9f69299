"""What customers do besides buying: look, talk, visit, judge."""

import numpy as np

from core.compiled import compiled
from features.contract import Role
from features.families.family import Column, Family
from features.histories import Floats
from features.roles import ROLE_NUMBER
from features.spec import FeatureSpec
from features.view import D28, D84, View

_KINDS = (
    (
        Role.INTEREST,
        "interests",
        "views, carts, favourites, searches and clicks",
        "浏览、加购、收藏、搜索与点击",
    ),
    (Role.CONTACT, "contacts", "messages and service talks", "消息与客服对话"),
    (Role.PRESENCE, "presences", "sign-ups, visits and attended events", "注册、到店与到场"),
    (Role.OPINION, "opinions", "ratings and survey answers", "评分与问卷"),
)
_ROLES = np.array([ROLE_NUMBER[role] for role, *_ in _KINDS])


def _kinds(spec: FeatureSpec) -> list[tuple[Role, str, str, str]]:
    """Only what the shop's own data can hold: a column that is always empty teaches nothing."""
    roles = set(spec.roles.values())
    return [kind for kind in _KINDS if kind[0] in roles]


def _columns(spec: FeatureSpec) -> list[Column]:
    columns = []
    for _, name, en, zh in _kinds(spec):
        columns += [
            Column(f"{name}_28d", f"Number of {en} in the last 28 days", f"最近 28 天{zh}次数"),
            Column(f"{name}_84d", f"Number of {en} in the last 84 days", f"最近 84 天{zh}次数"),
            Column(f"days_since_last_{name[:-1]}", f"Days since the last of {en}", f"距最近一次{zh}的天数"),
        ]
    return columns


@compiled
def _fill(row: Floats, view: View) -> None:
    begin = 0
    for role in _ROLES:
        if view.shop.has_role[role]:
            row[begin] = view.counts[role, D28]
            row[begin + 1] = view.counts[role, D84]
            row[begin + 2] = view.last[role]
            begin += 3


FAMILY = Family("engagement", _columns, _fill)
