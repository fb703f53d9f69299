"""What one model for all tags reads of a customer and a tag: plain arrays that work with NumPy alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats

Places = NDArray[np.int64]

NOWHERE = -1
"""The place of a column that a tag does not have."""

AT_ONCE = 512

OWN = "__tag"
"""The ending of the inputs that each tag has of its own."""

CYCLE = "days_since_last_purchase_over_own_gap"
BASE = "base_rate"

_WINDOW_DAYS = 84.0
_LAST, _RATE = "days_since_last_purchase", "baskets_per_84d_ever"


@dataclass(frozen=True, eq=False)
class PairInputs:
    """One row of inputs for each customer and tag; training and serving run these very lines.

    Attributes:
        columns: What is read of a customer, `n_columns` names.
        stems: Columns that each tag has of its own, without the tag, `n_own` names.
        own: Their places among the columns, `(n_tags, n_own)`, or `NOWHERE`.
        general: The places of what is about the customer as a whole, `(n_general,)`.
        base: The log odds of each tag's share of positives, `(n_tags,)`.
    """

    columns: tuple[str, ...]
    stems: tuple[str, ...]
    own: Places
    general: Places
    base: Floats

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The inputs of a pair, in order: the tag's own, what is derived for the pair, then the customer's."""
        own = [f"{stem}{OWN}" for stem in self.stems]
        return (*own, CYCLE, BASE, *(self.columns[place] for place in self.general))

    def blocks(self, values: Floats) -> Iterator[tuple[slice, Floats]]:
        """Customers, some at a time to bound the memory, with the inputs of their pairs `(n * n_tags, n_inputs)`."""
        for start in range(0, len(values), AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            inputs = self.of(values[rows])
            yield rows, inputs.reshape(-1, inputs.shape[2])

    def of(self, values: Floats, dtype: type[np.floating] = np.float64) -> NDArray[Any]:
        """Inputs `(n, n_tags, n_inputs)` of customers' columns `(n, n_columns)`."""
        n, (n_tags, n_own) = len(values), self.own.shape
        out = np.empty((n, n_tags, len(self.names)), dtype=dtype)
        out[:, :, :n_own] = values[:, self.own]
        out[:, :, :n_own][:, self.own == NOWHERE] = np.nan
        out[:, :, n_own] = self._cycle(values)
        out[:, :, n_own + 1] = self.base
        out[:, :, n_own + 2 :] = values[:, None, self.general]
        return out

    def _cycle(self, values: Floats) -> Floats:
        """Days since the last purchase of the tag over the customer's own mean gap between such purchases."""
        if not {_LAST, _RATE} <= set(self.stems):
            return np.full((len(values), len(self.own)), np.nan)
        last, rate = (values[:, places] for places in self._cycle_places)
        out: Floats = last * rate / _WINDOW_DAYS
        out[:, (self._cycle_places == NOWHERE).any(axis=0)] = np.nan
        return out

    @cached_property
    def _cycle_places(self) -> Places:
        return self.own[:, [self.stems.index(_LAST), self.stems.index(_RATE)]].T
