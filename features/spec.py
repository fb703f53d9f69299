"""The feature spec: everything besides the events that decides what a feature row looks like."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from features.catalogue import CategoryGroup
from features.contract import STANDARD_TYPES, AttributeDefinition, Role
from features.histories import Ints
from features.roles import ROLE_NUMBER, role_flags

KERNEL_VERSION = 1  # goes up when a feature's meaning changes, so that no model reads a changed column


ATTENTION_ROLES = (Role.PURCHASE, Role.INTEREST, Role.OPINION)
"""What is told per category group besides purchases, wherever the shop has it; of purchases the ratings they carry."""

RATED_ROLES = (Role.PURCHASE, Role.OPINION)
"""Whose ratings tell what a customer thinks of an item."""


@dataclass(frozen=True)
class ProfileColumn:
    """One number that a profile attribute becomes: its level's position, one level's 0/1, or itself."""

    name: str
    attribute: str
    level: str | None = None


@dataclass(frozen=True)
class FeatureSpec:
    """The shop's zone, category groups, channels, attributes and event types, as one fixed value.

    A model keeps the spec that it was trained on; serving computes rows with that spec, so a later change of
    the taxonomy or the catalogue's size cannot shift its columns. `attention` holds those of `ATTENTION_ROLES` that
    occur with items in the shop's data (purchases: with items and ratings).
    """

    timezone: str = "UTC"
    groups: tuple[CategoryGroup, ...] = ()
    channels: tuple[str, ...] = ()
    attributes: tuple[AttributeDefinition, ...] = ()
    roles: Mapping[str, Role] = field(default_factory=lambda: STANDARD_TYPES)
    attention: tuple[Role, ...] = ()

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which days and hours are counted."""
        return ZoneInfo(self.timezone)

    @cached_property
    def role_numbers(self) -> dict[str, int]:
        """The number of each event type's role."""
        return {name: ROLE_NUMBER[role] for name, role in self.roles.items()}

    @cached_property
    def channel_numbers(self) -> dict[str, int]:
        """The place of each channel that has a column."""
        return {name: place for place, name in enumerate(self.channels)}

    @cached_property
    def has_role(self) -> Ints:
        """Of each role 1 where the shop registers a type of it, else 0: shape (N_ROLES,)."""
        return role_flags(self.roles.values())

    @cached_property
    def attends(self) -> Ints:
        """Of each role 1 where it is in `attention`, else 0: shape (N_ROLES,)."""
        return role_flags(self.attention)

    @cached_property
    def needs_item(self) -> Ints:
        """Of each role 1 where features ask what category groups its events' items are in: shape (N_ROLES,).

        Those of purchases are asked of the distinct items bought.
        """
        return role_flags(role for role in self.attention if role is not Role.PURCHASE)

    @cached_property
    def rates_item(self) -> Ints:
        """Of each role 1 where features ask it of its events that carry a rating: shape (N_ROLES,)."""
        return role_flags(RATED_ROLES if set(RATED_ROLES) & set(self.attention) else ())

    @cached_property
    def profile_columns(self) -> tuple[ProfileColumn, ...]:
        """The columns of the profile family, in order."""
        return tuple(column for definition in self.attributes for column in _columns_of(definition))

    @cached_property
    def profiled(self) -> dict[str, tuple[AttributeDefinition, list[int]]]:
        """By attribute its definition, and the places of its columns among `profile_columns`."""
        places: dict[str, list[int]] = {}
        for place, column in enumerate(self.profile_columns):
            places.setdefault(column.attribute, []).append(place)
        return {one.key: (one, places.get(one.key, [])) for one in self.attributes}

    def as_json(self) -> dict[str, Any]:
        """The spec as plain values."""
        return {
            "kernel_version": KERNEL_VERSION,
            "timezone": self.timezone,
            "groups": [group.as_json() for group in self.groups],
            "channels": list(self.channels),
            "attributes": [
                {
                    "key": a.key,
                    "kind": a.kind,
                    "levels": list(a.levels),
                    "name_en": a.name_en,
                    "name_zh": a.name_zh,
                }
                for a in self.attributes
            ],
            "roles": {name: role.value for name, role in sorted(self.roles.items())},
            **self._attention_as_json(),
        }

    def _attention_as_json(self) -> dict[str, Any]:
        """Nothing where there is none, so that a spec from before there was any keeps its version."""
        return {"attention": [role.value for role in self.attention]} if self.attention else {}

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> "FeatureSpec":
        """The spec that `as_json` described.

        Raises:
            ValueError: It was written for another version of the kernel.
        """
        if values["kernel_version"] != KERNEL_VERSION:
            raise ValueError(
                f"features of kernel version {values['kernel_version']}, this is {KERNEL_VERSION}"
            )
        return FeatureSpec(
            timezone=values["timezone"],
            groups=tuple(CategoryGroup(g["name"], tuple(g["labels"]), g["level"]) for g in values["groups"]),
            channels=tuple(values["channels"]),
            attributes=tuple(
                AttributeDefinition(a["key"], a["kind"], tuple(a["levels"]), a["name_en"], a["name_zh"])
                for a in values["attributes"]
            ),
            roles={name: Role(role) for name, role in values["roles"].items()},
            attention=tuple(Role(role) for role in values.get("attention", ())),
        )

    @cached_property
    def schema_version(self) -> str:
        """A short hash of everything in the spec; equal hashes mean equal columns with equal meanings."""
        text = json.dumps(self.as_json(), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _columns_of(definition: AttributeDefinition) -> list[ProfileColumn]:
    if definition.kind == "nominal":
        return [
            ProfileColumn(f"profile_{definition.key}__{level}", definition.key, level)
            for level in definition.levels
        ]
    return [ProfileColumn(f"profile_{definition.key}", definition.key)]
