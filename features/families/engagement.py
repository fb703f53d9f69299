"""What customers do besides buying: look, talk, visit, judge."""

from features.contract import Role
from features.families.family import Column, Family
from features.histories import Floats
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


def _compute(view: View) -> list[Floats]:
    parts = []
    for role, *_ in _kinds(view.spec):
        counts = view.counts(role)
        parts += [counts[D28], counts[D84], view.last(role)]
    return parts


FAMILY = Family("engagement", _columns, _compute)
