"""What turned out: the kernel's view turned forward from a cutoff."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.clock import add_days, from_us, to_us
from features.catalogue import Catalogue
from features.contract import Role
from features.histories import Floats, Histories, known_at
from features.spec import FeatureSpec
from features.view import View

CHURNED = "churned"


@dataclass(frozen=True)
class Horizon:
    """How many local days an outcome looks ahead, and up to when the data tells (exclusive)."""

    days: int
    resolved_until: datetime

    def end_us(self, as_of_us: int, spec: FeatureSpec) -> int:
        """Where the outcome window of a cutoff ends, exclusive, in microseconds since 1970."""
        return to_us(add_days(from_us(as_of_us), self.days, spec.zone))


def outcome_names(spec: FeatureSpec) -> list[str]:
    """Column names of the outcomes: each category group, then `churned`."""
    return [*(group.name for group in spec.groups), CHURNED]


def outcomes(
    histories: Histories, as_of_us: int, horizon: Horizon, spec: FeatureSpec, catalogue: Catalogue
) -> Floats:
    """0/1 for each customer: bought from the group in [cutoff, cutoff + horizon), bought nothing at all.

    Shape (n_customers, n_groups + 1); all NaN where the window is not over by `resolved_until`.
    """
    end_us = horizon.end_us(as_of_us, spec)
    if end_us > to_us(horizon.resolved_until):
        return np.full((histories.n_customers, len(spec.groups) + 1), np.nan)
    known = known_at(histories, to_us(horizon.resolved_until))
    bought = _bought(known, as_of_us, end_us, spec, catalogue)
    anything = bought.pop()
    return np.column_stack([*bought, ~anything]).astype(np.float64)


def _bought(
    histories: Histories, start_us: int, end_us: int, spec: FeatureSpec, catalogue: Catalogue
) -> list[np.ndarray]:
    """Whether each customer bought from each group, and last whether anything, within the window."""
    inside = (histories.occurred_at_us >= start_us) & (histories.occurred_at_us < end_us)
    kept = np.concatenate(([0], np.cumsum(inside)))[histories.offsets]
    view = View(histories.take(inside, kept), end_us, spec, catalogue)
    rows = view.rows(Role.PURCHASE)
    customer, keys = view.customer[rows], view.known.item_key[rows]
    n, n_groups = histories.n_customers, len(spec.groups)
    codes = catalogue.codes(keys)
    line, group = catalogue.members(codes)
    seen = np.zeros(n * n_groups, dtype=bool)
    seen[customer[line] * n_groups + group] = True
    anything = np.zeros(n, dtype=bool)
    anything[customer] = True
    return [*seen.reshape(n, n_groups).T, anything]
