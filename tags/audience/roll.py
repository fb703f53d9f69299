"""All customers in one order, and who of them carries which tag at an instant: a mask a tag."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection

from features.histories import Floats, Ints, Mask
from tags.audience.reading import (
    Details,
    read_carriers,
    read_customers,
    read_details,
)

T = TypeVar("T", bound=np.generic)

SURE = 1.0
"""The confidence of what is carried without one: a person, an import or a rule said so."""


@dataclass(eq=False)
class Column:
    """One tag: who carries it, and where it was asked for, how surely and with which value.

    `confidence` is NaN where the tag is not carried, `value` the number of a text, -1 where there is none: shape
    (n_customers,) each. `texts` are the values by number.
    """

    carries: Mask
    confidence: Floats | None = None
    value: Ints | None = None
    texts: dict[str, int] = field(default_factory=dict)

    def number(self, value: str | None) -> int:
        """The number of a value."""
        return -1 if value is None else self.texts.setdefault(value, len(self.texts))


@dataclass(eq=False)
class Roll:
    """Customers by number, those of `base` in ascending order, later ones behind them as they came.

    Attributes:
        at: The instant.
        columns: By tag what was read so far.
    """

    base: pa.StringArray
    at: datetime
    later: list[str] = field(default_factory=list)
    columns: dict[str, Column] = field(default_factory=dict)
    _later_numbers: dict[str, int] = field(default_factory=dict)

    @property
    def n_customers(self) -> int:
        """How many customers there are."""
        return len(self.base) + len(self.later)

    def numbers(self, ids: pa.StringArray) -> Ints:
        """The numbers of customers; those whom nobody had heard of are added."""
        found: pa.Int32Array = pc.index_in(ids, value_set=self.base)
        places: Ints = found.fill_null(-1).to_numpy().astype(np.int64)
        for place in (places < 0).nonzero()[0].tolist():
            places[place] = self.number(str(ids[place]))
        return places

    def number(self, customer_id: str) -> int:
        """The number of one customer, who is added if nobody had heard of them."""
        low = self._place(customer_id)
        if low < len(self.base) and self.base[low].as_py() == customer_id:
            return low
        number = self._later_numbers.get(customer_id)
        if number is None:
            number = self._later_numbers[customer_id] = self.n_customers
            self.later.append(customer_id)
        return number

    def mask(self, tag: str, connection: Connection) -> Mask:
        """Who carries the tag: shape (n_customers,)."""
        self.read([tag], connection)
        column = self.columns[tag]
        column.carries = _longer(column.carries, self.n_customers, last=False)
        return column.carries

    def read(self, tags: Iterable[str], connection: Connection) -> None:
        """Read who carries these tags, those that were not read yet; all at once is quicker than one by one."""
        missing = [tag for tag in dict.fromkeys(tags) if tag not in self.columns]
        if not missing:
            return
        found = [read_carriers(connection, tag, self.at) for tag in missing]
        numbers = self.numbers(pa.concat_arrays(found))
        ends = np.cumsum([len(ids) for ids in found])
        for tag, own in zip(missing, np.split(numbers, ends[:-1]), strict=True):
            mask = np.zeros(self.n_customers, dtype=bool)
            mask[own] = True
            self.columns[tag] = Column(mask)

    def mask_of(self, ids: pa.StringArray) -> Mask:
        """Those customers: shape (n_customers,)."""
        numbers = self.numbers(ids)
        mask = np.zeros(self.n_customers, dtype=bool)
        mask[numbers] = True
        return mask

    def confidence(self, tag: str, connection: Connection) -> Floats:
        """How sure it is of each who carries the tag, NaN of others: shape (n_customers,)."""
        column = self._detailed(tag, connection)
        assert column.confidence is not None  # noqa: S101 (read just now)
        column.confidence = _longer(column.confidence, self.n_customers, last=np.nan)
        return column.confidence

    def value(self, tag: str, connection: Connection) -> Ints:
        """The number of the value of each who carries the tag, -1 where there is none: shape (n_customers,)."""
        column = self._detailed(tag, connection)
        assert column.value is not None  # noqa: S101 (read just now)
        column.value = _longer(column.value, self.n_customers, last=-1)
        return column.value

    def ids(self, numbers: Iterable[int]) -> list[str]:
        """Who those numbers are."""
        places = list(numbers)
        known = [place for place in places if place < len(self.base)]
        found = map(str, self.base.take(pa.array(known, pa.int64())))
        return [
            next(found) if place < len(self.base) else self.later[place - len(self.base)] for place in places
        ]

    def page(self, chosen: Mask, after: str | None, limit: int) -> list[str]:
        """The first of the chosen customers behind that id, in ascending order of ids."""
        begin = 0 if after is None else self._place(after)
        of_base = begin + chosen[begin : len(self.base)].nonzero()[0][: limit + 1]
        names = [name for name in self.ids(of_base.tolist()) if after is None or name > after]
        own = [
            name
            for name, is_chosen in zip(self.later, chosen[len(self.base) :].tolist(), strict=True)
            if is_chosen and (after is None or name > after)
        ]
        return sorted([*names, *own])[:limit]

    def _place(self, customer_id: str) -> int:
        """Where the id stands, or would stand, among the base."""
        low, high = 0, len(self.base)
        while low < high:
            middle = (low + high) // 2
            if self.base[middle].as_py() < customer_id:
                low = middle + 1
            else:
                high = middle
        return low

    def _detailed(self, tag: str, connection: Connection) -> Column:
        self.mask(tag, connection)
        column = self.columns[tag]
        if column.confidence is None or column.value is None:
            self._fill(column, read_details(connection, tag, self.at))
        return column

    def _fill(self, column: Column, details: Details) -> None:
        numbers = self.numbers(pa.array(details.ids, pa.string()))
        column.confidence = np.full(self.n_customers, np.nan)
        column.confidence[numbers] = [SURE if one is None else one for one in details.confidence]
        column.value = np.full(self.n_customers, -1, dtype=np.int64)
        column.value[numbers] = [column.number(value) for value in details.value]


def read_roll(connection: Connection, at: datetime, *, is_past: bool = False) -> Roll:
    """All customers, of a past instant those who had been seen by then; nothing of their tags yet."""
    return Roll(read_customers(connection, at if is_past else None), at)


def _longer(values: NDArray[T], n: int, *, last: object) -> NDArray[T]:
    """The values, and for those who came later the last one."""
    if len(values) == n:
        return values
    return np.concatenate([values, np.full(n - len(values), last, dtype=values.dtype)])
