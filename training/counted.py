"""What the outcomes of a shop's tags count, told as the columns that the models look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from features.contract import Role
from features.outcomes import Target
from features.source import FeatureSource
from features.spec import FeatureSpec
from models.behaviour import BEHAVIOURS
from models.segments import BEHAVIOUR as SHOPPING

ANYWHERE = "_anywhere"


@dataclass(frozen=True)
class Counted:
    """What is counted.

    Attributes:
        behaviours: Of tags whose outcome is no purchase from their group by what it is known: a name in
            `models.behaviour.BEHAVIOURS`.
        roles: How the events that any of the outcomes counts do so, in the order of the roles.
    """

    behaviours: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[Role, ...] = (Role.PURCHASE,)

    @property
    def activity(self) -> tuple[str, ...]:
        """How many events of each role 84 days had; whoever has one in any of the columns is active."""
        return tuple(BEHAVIOURS[role + ANYWHERE].count for role in self.roles)

    @property
    def ever(self) -> tuple[str, ...]:
        """How long ago the last event of each role was; whoever has none in any of the columns never did any."""
        return tuple(BEHAVIOURS[role + ANYWHERE].last for role in self.roles)

    def recent(self, tag: str) -> str:
        """The column that counts what the tag's outcome does, over the last 84 days."""
        behaviour = self.behaviours.get(tag)
        if behaviour is None:
            return f"purchases_84d__{tag}"
        found = BEHAVIOURS[behaviour]
        return f"{found.count}__{tag}" if found.own else found.count

    def to_segment(self, present: pd.DataFrame) -> tuple[tuple[str, ...], pd.DataFrame]:
        """By which columns customers are grouped, and whom: shoppers, or where nobody shops who does what most do.

        A column that tells nobody apart, such as spend where nothing costs money, is left out.
        """
        role = Role.PURCHASE
        if not self._doing(present, role).any():
            role = max(self.roles, key=lambda role: self._doing(present, role).sum())
        grouped = present[self._doing(present, role)]
        columns = SHOPPING if role is Role.PURCHASE else _columns_of(role, present)
        telling = grouped[list(columns)].min() < grouped[list(columns)].max()
        return tuple(name for name in columns if telling[name]) or columns, grouped

    @staticmethod
    def _doing(present: pd.DataFrame, role: Role) -> "pd.Series[bool]":
        return active(present, (BEHAVIOURS[role + ANYWHERE].count,))


def _columns_of(role: Role, present: pd.DataFrame) -> tuple[str, ...]:
    behaviour = BEHAVIOURS[role + ANYWHERE]
    columns = [
        behaviour.last,
        behaviour.count,
        behaviour.count_28d or behaviour.count,
    ]
    if role is Role.OPINION and "rating_mean_ever" in present:
        columns.append("rating_mean_ever")
    return tuple(dict.fromkeys(columns))


def active(features: pd.DataFrame, activity: tuple[str, ...]) -> "pd.Series[bool]":
    """Whether each customer did any of it in the last 84 days."""
    return (features[list(activity)] > 0).any(axis=1)


def counted(source: FeatureSource) -> Counted:
    """What the source's targets count; purchases where it has none."""
    roles = [role for target in source.targets for role in _roles(target, source.spec)]
    found = {target.name: _behaviour(target, source.spec) for target in source.targets}
    return Counted(
        behaviours={name: behaviour for name, behaviour in found.items() if behaviour},
        roles=tuple(role for role in Role if role in roles) or (Role.PURCHASE,),
    )


def _behaviour(target: Target, spec: FeatureSpec) -> str | None:
    """By what the outcome is known; of several roles the first tells. None for a purchase from its group.

    A purchase that must be rated so much is known by the ratings too.
    """
    role = _roles(target, spec)[0]
    if not target.in_group:
        return role + ANYWHERE
    if role is Role.PURCHASE and (target.at_least is None or role not in spec.attention):
        return None
    return role.value if role in spec.attention else role + ANYWHERE


def _roles(target: Target, spec: FeatureSpec) -> tuple[Role, ...]:
    """A role of which the shop has no type leaves none; such a tag has no positives and is not trained."""
    return target.roles(spec.roles) or (Role.PURCHASE,)
