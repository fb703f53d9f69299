"""What turned out: what customers did from a cutoff on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import numpy as np

from core.clock import add_days, from_us, to_us
from core.errors import InvalidInputError
from features.catalogue import Catalogue
from features.contract import Role
from features.histories import Floats, Histories, Ints, Mask, known_at
from features.spec import FeatureSpec

CHURNED = "churned"


@dataclass(frozen=True)
class Horizon:
    """How many local days an outcome looks ahead, and up to when the data tells (exclusive)."""

    days: int
    resolved_until: datetime

    def end_us(self, as_of_us: int, spec: FeatureSpec) -> int:
        """Where the outcome window of a cutoff ends, exclusive, in microseconds since 1970."""
        return to_us(add_days(from_us(as_of_us), self.days, spec.zone))


@dataclass(frozen=True)
class Target:
    """One outcome: an event that counts, of an item of the category group of the same name or of any or none.

    `events` are roles or event types; a word that is both, such as `purchase`, is the role. With `at_least` only
    events count whose rating is that or more.
    """

    name: str
    events: tuple[str, ...] = (Role.PURCHASE.value,)
    at_least: float | None = None
    in_group: bool = True

    def types(self, roles: Mapping[str, Role]) -> frozenset[str]:
        """The event types that count, of those that the shop has.

        Raises:
            InvalidInputError: A word is neither a role nor a registered type.

        >>> sorted(Target("loved", ("opinion", "play")).types({"rating": Role.OPINION, "play": Role.INTEREST}))
        ['play', 'rating']
        """
        return frozenset(name for word in self.events for name in self._named(word, roles))

    def roles(self, roles: Mapping[str, Role]) -> tuple[Role, ...]:
        """How the events that count do so in the features, in the order of the roles."""
        counted = {roles[name] for name in self.types(roles)}
        return tuple(role for role in Role if role in counted)

    def as_json(self) -> dict[str, Any]:
        """The meaning as plain values."""
        return {"events": list(self.events), "at_least": self.at_least, "in_group": self.in_group}

    def _named(self, word: str, roles: Mapping[str, Role]) -> list[str]:
        if word in set(Role):
            return [name for name, role in roles.items() if role == word]
        if word in roles:
            return [word]
        known = [*sorted(roles), *Role]
        raise InvalidInputError(
            "{tag}: its outcome counts {word}, which is neither a registered event type nor a role; did you mean "
            "{near}? A shop registers its own types in its mapping, under event_types",
            tag=self.name,
            word=repr(word),
            near=", ".join(dict.fromkeys(get_close_matches(word, known, n=3) or known)),
        )


def every_target(spec: FeatureSpec, targets: Iterable[Target] = ()) -> list[Target]:
    """A target for each category group, a purchase unless another is given, then those of no group."""
    given = {target.name: target for target in targets}
    of_groups = [given.get(group.name, Target(group.name)) for group in spec.groups]
    return [*of_groups, *(target for target in given.values() if not target.in_group)]


def outcome_names(spec: FeatureSpec, targets: Iterable[Target] = ()) -> list[str]:
    """Column names of the outcomes: each target, then `churned`."""
    return [*(target.name for target in every_target(spec, targets)), CHURNED]


def outcomes(
    histories: Histories,
    as_of_us: int,
    horizon: Horizon,
    spec: FeatureSpec,
    catalogue: Catalogue,
    targets: Sequence[Target] = (),
) -> Floats:
    """0/1 for each customer: whether each target happened in [cutoff, cutoff + horizon); bought nothing at all.

    Shape (n_customers, n_targets + 1); all NaN where the window is not over by `resolved_until`.
    """
    wanted = every_target(spec, targets)
    end_us = horizon.end_us(as_of_us, spec)
    if end_us > to_us(horizon.resolved_until):
        return np.full((histories.n_customers, len(wanted) + 1), np.nan)
    known = known_at(histories, to_us(horizon.resolved_until))
    ahead = _Ahead(known, as_of_us, end_us, spec, catalogue)
    happened = [ahead.happened(target) for target in wanted]
    return np.column_stack([*happened, ~ahead.bought]).astype(np.float64)


def rows_counted(histories: Histories, target: Target, roles: Mapping[str, Role]) -> Ints:
    """Where the events are that the target counts, whatever their items."""
    types = target.types(roles)
    counts: Mask = np.array([*(name in types for name in histories.type_names), False])[histories.type]
    if target.at_least is not None:
        counts &= histories.rating >= target.at_least  # a missing rating is less than any
    return counts.nonzero()[0]


class _Ahead:
    """The events of one window; each way of counting them is worked out once."""

    def __init__(
        self, histories: Histories, start_us: int, end_us: int, spec: FeatureSpec, catalogue: Catalogue
    ) -> None:
        inside = (histories.occurred_at_us >= start_us) & (histories.occurred_at_us < end_us)
        kept = np.concatenate(([0], np.cumsum(inside)))[histories.offsets]
        self._events = histories.take(inside, kept)
        self._customer = self._events.customer
        self._roles = spec.roles
        self._catalogue = catalogue
        self._number = {group.name: number for number, group in enumerate(spec.groups)}
        self._in_groups: dict[tuple[tuple[str, ...], float | None], Mask] = {}

    @property
    def bought(self) -> Mask:
        """Whether each customer bought anything."""
        return self._anywhere(Target(CHURNED))

    def happened(self, target: Target) -> Mask:
        """Whether it happened to each customer."""
        if not target.in_group:
            return self._anywhere(target)
        way = target.events, target.at_least
        if way not in self._in_groups:
            self._in_groups[way] = self._by_group(target)
        found: Mask = self._in_groups[way][:, self._number[target.name]]
        return found

    def _anywhere(self, target: Target) -> Mask:
        seen = np.zeros(self._events.n_customers, dtype=bool)
        seen[self._customer[rows_counted(self._events, target, self._roles)]] = True
        return seen

    def _by_group(self, target: Target) -> Mask:
        """Whether each customer had one of them with an item of each group: shape (n_customers, n_groups)."""
        rows = rows_counted(self._events, target, self._roles)
        customer = self._customer[rows]
        place, group = self._catalogue.members(self._catalogue.codes(self._events.item_key[rows]))
        seen = np.zeros((self._events.n_customers, len(self._number)), dtype=bool)
        seen[customer[place], group] = True
        return seen
