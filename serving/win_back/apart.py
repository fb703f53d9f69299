"""What sets customers at risk apart from all active ones: mean contributions of each reason, by risk."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from features.histories import Floats
from serving.reasons.explainer import Grouped

HUNDREDTHS = np.arange(101) / 100
"""Sums are kept for each hundredth of risk, so that they can be told for every risk to begin at."""


@dataclass(frozen=True)
class Apart:
    """One reason: how much it moves those at risk, and how much all active customers.

    Attributes:
        group: The key of the reason.
        feature: The feature of it that moves most.
        at_risk: Its mean contribution among those at risk, in log odds.
        active: The same among all active customers.
        value_at_risk: The feature's mean among those at risk; None where none has one.
        value_active: The same among all active customers.
    """

    group: str
    feature: str
    at_risk: float
    active: float
    value_at_risk: float | None
    value_active: float | None

    @property
    def difference(self) -> float:
        """How much more it moves those at risk."""
        return self.at_risk - self.active


@dataclass(eq=False)
class Tally:
    """Adds up, for each hundredth of risk, customers, losses, contributions and features.

    Attributes:
        columns: The inputs of the churn model.
        grouped: Which reason each belongs to.
    """

    columns: tuple[str, ...]
    grouped: Grouped
    customers: Floats = field(init=False)
    losses: Floats = field(init=False)
    moved: Floats = field(init=False)
    values: Floats = field(init=False)
    known: Floats = field(init=False)
    strength: Floats = field(init=False)

    def __post_init__(self) -> None:
        steps, width = len(HUNDREDTHS), len(self.columns)
        self.customers, self.losses = np.zeros(steps), np.zeros(steps)
        self.moved = np.zeros((steps, len(self.grouped.keys)))
        self.values, self.known = np.zeros((steps, width)), np.zeros((steps, width))
        self.strength = np.zeros(width)

    def add(self, risk: Floats, losses: Floats, contributions: Floats, values: Floats) -> None:
        """Take customers in: risk and losses `(n,)`, contributions and feature values `(n, n_columns)`."""
        step = HUNDREDTHS.searchsorted(risk, side="right") - 1
        there = ~np.isnan(values)
        np.add.at(self.customers, step, 1.0)
        np.add.at(self.losses, step, losses)
        np.add.at(self.moved, step, self.grouped.sums(contributions))
        np.add.at(self.values, step, np.where(there, values, 0.0))
        np.add.at(self.known, step, there.astype(np.float64))
        self.strength += np.abs(contributions).sum(axis=0)

    def sums(self) -> "Sums":
        """What was added up; of each reason the feature that moved most."""
        leads = [int(own[self.strength[own].argmax()]) for own in self.grouped.members]
        return Sums(
            groups=self.grouped.keys,
            features=tuple(self.columns[lead] for lead in leads),
            customers=self.customers,
            losses=self.losses,
            moved=self.moved,
            values=self.values[:, leads],
            known=self.known[:, leads],
        )


@dataclass(frozen=True, eq=False)
class Sums:
    """By hundredth of risk: customers and losses `(101,)`; of each reason and its feature `(101, n_groups)`."""

    groups: tuple[str, ...]
    features: tuple[str, ...]
    customers: Floats
    losses: Floats
    moved: Floats
    values: Floats
    known: Floats

    def count(self, min_risk: float) -> int:
        """How many customers have that risk or more; it is taken to the hundredth."""
        return int(self.customers[_step(min_risk) :].sum())

    def loss(self, min_risk: float) -> float:
        """What those customers spend that would be lost, as expected."""
        return float(self.losses[_step(min_risk) :].sum())

    def apart(self, min_risk: float) -> list[Apart]:
        """The reasons, those that set customers of that risk or more apart the most first; none without such."""
        begin = _step(min_risk)
        if not self.customers[begin:].sum():
            return []
        at_risk = self.moved[begin:].sum(axis=0) / self.customers[begin:].sum()
        active = self.moved.sum(axis=0) / self.customers.sum()
        found = [
            Apart(
                group,
                self.features[place],
                float(at_risk[place]),
                float(active[place]),
                _mean(self.values[begin:, place], self.known[begin:, place]),
                _mean(self.values[:, place], self.known[:, place]),
            )
            for place, group in enumerate(self.groups)
            if self.moved[:, place].any()
        ]
        return sorted(found, key=lambda one: -abs(one.difference))

    def as_json(self) -> dict[str, Any]:
        """The sums as plain values; hundredths without customers are left out."""
        steps = np.flatnonzero(self.customers)
        arrays = {name: getattr(self, name)[steps].tolist() for name in _ARRAYS}
        return {
            "groups": list(self.groups),
            "features": list(self.features),
            "steps": steps.tolist(),
            **arrays,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The sums that `as_json` wrote."""
        width = len(values["groups"])
        arrays = {}
        for name in _ARRAYS:
            shape = (len(HUNDREDTHS),) if name in _OF_CUSTOMERS else (len(HUNDREDTHS), width)
            arrays[name] = np.zeros(shape)
            arrays[name][values["steps"]] = np.reshape(values[name], (len(values["steps"]), *shape[1:]))
        return cls(tuple(values["groups"]), tuple(values["features"]), **arrays)


_OF_CUSTOMERS = ("customers", "losses")
_ARRAYS: Sequence[str] = (*_OF_CUSTOMERS, "moved", "values", "known")


def _step(min_risk: float) -> int:
    return round(100 * min_risk)


def _mean(total: Floats, count: Floats) -> float | None:
    known = float(count.sum())
    return float(total.sum()) / known if known else None
