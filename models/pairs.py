"""What one model for all tags reads of a customer and a tag: plain arrays that work with NumPy alone."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

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

    def __getstate__(self) -> dict[str, Any]:
        """What is kept of it in a model's file: not what was worked out, which another version works out otherwise."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take what is kept; files of earlier versions hold more."""
        for field in fields(self):
            object.__setattr__(self, field.name, state[field.name])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The inputs of a pair, in order: the tag's own, what is derived for the pair, then the customer's."""
        own = [f"{stem}{OWN}" for stem in self.stems]
        return (*own, CYCLE, BASE, *(self.columns[place] for place in self.general))

    @property
    def n_of_pair(self) -> int:
        """How many inputs differ from tag to tag and from customer to customer: the first ones of a pair."""
        return len(self.stems) + 1

    def of_tag(self, tag: int) -> Self:
        """The pairs with one tag alone."""
        return replace(self, own=self.own[[tag]], base=self.base[[tag]])

    def blocks(self, values: Floats) -> Iterator[tuple[slice, Floats]]:
        """Customers, some at a time to bound the memory, with the inputs of their pairs `(n * n_tags, n_inputs)`."""
        for start in range(0, len(values), AT_ONCE):
            rows = slice(start, start + AT_ONCE)
            inputs = self.of(values[rows])
            yield rows, inputs.reshape(-1, inputs.shape[2])

    def of(self, values: Floats, dtype: type[np.floating] = np.float64) -> NDArray[Any]:
        """Inputs `(n, n_tags, n_inputs)` of customers' columns `(n, n_columns)`."""
        return self.joined(values, self.own_of(values), dtype)

    def joined(self, values: Floats, own: Floats, dtype: type[np.floating] = np.float64) -> NDArray[Any]:
        """Inputs `(n, n_tags, n_inputs)` of customers' columns and what is their pairs' own."""
        out = np.empty((len(values), len(self.own), len(self.names)), dtype=dtype)
        out[:, :, : self.n_of_pair] = own
        out[:, :, self.n_of_pair] = self.base
        out[:, :, self.n_of_pair + 1 :] = values[:, None, self.general]
        return out

    def own_of(self, values: Floats) -> Floats:
        """What is a pair's own `(n, n_tags, n_of_pair)`: the tag's own columns and the purchase cycle."""
        out = np.empty((len(values), len(self.own), self.n_of_pair))
        out[:, :, :-1] = values[:, self.own]
        out[:, :, :-1][:, self._missing] = np.nan
        out[:, :, -1] = self._cycle(values)
        return out

    def _cycle(self, values: Floats) -> Floats:
        """Days since the last purchase of the tag over the customer's own mean gap between such purchases."""
        last, rate, missing = self._cycle_places
        out: Floats = values[:, last] * values[:, rate] / _WINDOW_DAYS
        out[:, missing] = np.nan
        return out

    @cached_property
    def _missing(self) -> NDArray[np.bool_]:
        out: NDArray[np.bool_] = self.own == NOWHERE
        return out

    @cached_property
    def _cycle_places(self) -> tuple[Places, Places, NDArray[np.bool_]]:
        """Of each tag's days since the last purchase and of its rate, and whether there is either, `(n_tags,)` each."""
        places = np.full((2, len(self.own)), NOWHERE)
        for row, stem in enumerate((_LAST, _RATE)):
            if stem in self.stems:
                places[row] = self.own[:, self.stems.index(stem)]
        return places[0], places[1], (places == NOWHERE).any(axis=0)
