"""What was known as of an instant: purchase lines, baskets and days that the families count."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from features.arrays import is_new, mix, nan_if_zero, number_runs
from features.calendar import day_of, hour_of, local_day, local_us, weekday_of
from features.catalogue import Catalogue
from features.contract import Role
from features.histories import Floats, Histories, Ints, Mask
from features.spec import FeatureSpec

WINDOWS = (7, 14, 28, 56, 84)
RECENT_DAYS = WINDOWS[-1]  # the window of shares, means and counts of distinct things
D7, D14, D28, D56, D84, EVER = range(len(WINDOWS) + 1)  # rows of what `View.sums` gives
_BOUNDS = np.array(WINDOWS, dtype=np.int64)
_N_WINDOWS = len(WINDOWS) + 1
_SPREAD = np.int64(0x3F58476D1CE4E5B9)


@dataclass(frozen=True)
class Lines:
    """Purchase lines in history order. Shape of each array: (n_lines,).

    `age` is in days: 0 is the day of the last instant before the cutoff. `window` is the narrowest window that
    holds the line, from D7 to EVER. `item` numbers distinct items, -1 where the line names none; items outside
    the catalogue have numbers of their own from the catalogue's size on, below that plus n_lines.
    """

    customer: Ints
    age: Ints
    window: Ints
    amount: Floats
    discount: Floats
    item: Ints
    basket: Ints


@dataclass(frozen=True)
class Baskets:
    """Orders in the order they began. `row` is the first line's place among the events, `age` and `window` are its.

    Lines without an order id are orders of their own. Shape of each array: (n_baskets,).
    """

    row: Ints
    customer: Ints
    age: Ints
    window: Ints
    amount: Floats
    lines: Floats


@dataclass(frozen=True)
class RecentBaskets:
    """The orders of the last 84 days and what their first lines say. Shape of each array: (n_recent,)."""

    customer: Ints
    amount: Floats
    hour: Ints
    weekday: Ints
    location: Ints
    channel: npt.NDArray[np.int32]


@dataclass(frozen=True)
class PurchaseDays:
    """Distinct days on which a customer began an order, oldest first; gap is to the day before it.

    `gap` is 0 for a customer's first day. Shape of each array: (n_days,).
    """

    customer: Ints
    age: Ints
    window: Ints
    gap: Ints


class View:
    """One cutoff's view on histories that hold nothing at or after it; everything is worked out once, on demand.

    Values are laid out with customers last, (..., n_customers), so that one customer's row costs few and small
    array operations and a million rows cost the same operations on long arrays.
    """

    def __init__(self, known: Histories, as_of_us: int, spec: FeatureSpec, catalogue: Catalogue) -> None:
        self.known = known
        self.as_of_us = as_of_us
        self.spec = spec
        self.catalogue = catalogue
        self.n = known.n_customers
        self.customer = known.customer
        self._wall = local_us(known.occurred_at_us, spec.zone)
        self.day = day_of(self._wall)
        self.age = local_day(as_of_us - 1, spec.zone) - self.day

    @cached_property
    def window(self) -> Ints:
        """The narrowest window that holds each event, from D7 to EVER."""
        return _BOUNDS.searchsorted(self.age, side="right")

    @cached_property
    def role(self) -> Ints:
        """The number of each event's role; the number after the last is for types that nobody registered."""
        roles, unknown = self.spec.role_numbers, len(Role)
        table = [*(roles.get(name, unknown) for name in self.known.type_names), unknown]
        return np.array(table, dtype=np.int64)[self.known.type]

    @cached_property
    def _events_of_role(self) -> list[int]:
        counts: list[int] = np.bincount(self.role, minlength=len(Role)).tolist()
        return counts

    def rows(self, role: Role) -> Ints | slice:
        """Where the events of that role are; a slice where that is all or none, which costs nothing to apply."""
        number = self.spec.number_of_role[role]
        count = self._events_of_role[number]
        if count == 0:
            return slice(0)
        return slice(None) if count == len(self.role) else (self.role == number).nonzero()[0]

    @cached_property
    def _counts_of_roles(self) -> Floats:
        cell = (self.role * _N_WINDOWS + self.window) * self.n + self.customer
        size = (len(Role) + 1) * _N_WINDOWS * self.n
        counts = np.bincount(cell, minlength=size).reshape(len(Role) + 1, _N_WINDOWS, self.n)
        return counts.cumsum(axis=1, dtype=np.float64)

    @cached_property
    def _last_of_roles(self) -> Floats:
        last = np.full((len(Role) + 1) * self.n, np.nan)
        last[self.role * self.n + self.customer] = self.age  # of a repeated place the last assignment stays
        return last.reshape(len(Role) + 1, self.n)

    def counts(self, role: Role) -> Floats:
        """How many events of the role each window and all time hold: shape (n_windows + 1, n_customers)."""
        counts: Floats = self._counts_of_roles[self.spec.number_of_role[role]]
        return counts

    def last(self, role: Role) -> Floats:
        """Days since each customer's last event of the role, NaN where there is none: shape (n_customers,)."""
        last: Floats = self._last_of_roles[self.spec.number_of_role[role]]
        return last

    @cached_property
    def _purchases(self) -> Ints | slice:
        return self.rows(Role.PURCHASE)

    @cached_property
    def _orders(self) -> tuple[Ints, Ints]:
        """The number of each line's order, shape (n_lines,), and each order's first line, shape (n_orders,)."""
        order = self.known.order_key[self._purchases]
        key = mix(self.customer[self._purchases], order)
        alone = order == 0
        if alone.any():
            key[alone] = np.arange(len(key))[alone] * _SPREAD + 1
        new = is_new(key)
        first_of_run = new.nonzero()[0]
        run = new.cumsum() - 1
        renumbered = number_runs(key[first_of_run])
        if renumbered is None:
            return run, first_of_run
        first, number = renumbered
        return number[run], first_of_run[first]

    @cached_property
    def lines(self) -> Lines:
        """All purchase lines."""
        rows = self._purchases
        return Lines(
            customer=self.customer[rows],
            age=self.age[rows],
            window=self.window[rows],
            amount=self.known.amount[rows],
            discount=self.known.discount[rows],
            item=self._items(self.known.item_key[rows]),
            basket=self._orders[0],
        )

    def _items(self, keys: Ints) -> Ints:
        codes = self.catalogue.codes(keys)
        strange = (codes < 0) & (keys != 0)
        if strange.any():
            others = keys[strange]
            codes[strange] = len(self.catalogue.keys) + np.sort(others).searchsorted(others)
        return codes

    @cached_property
    def line_sums(self) -> Floats:
        """Of the purchase lines the sums of amount and discount, and how many have a discount.

        Shape (3, n_windows + 1, n_customers).
        """
        lines = self.lines
        return self.sums(
            lines.customer,
            lines.window,
            lines.amount,
            lines.discount,
            lines.discount > 0,
        )

    @cached_property
    def baskets(self) -> Baskets:
        """All orders."""
        basket, first_line = self._orders
        rows = first_line if isinstance(self._purchases, slice) else self._purchases[first_line]
        return Baskets(
            row=rows,
            customer=self.customer[rows],
            age=self.age[rows],
            window=self.window[rows],
            amount=np.bincount(basket, self.lines.amount, len(rows)).astype(np.float64, copy=False),
            lines=np.bincount(basket, minlength=len(rows)).astype(np.float64),
        )

    @cached_property
    def basket_sums(self) -> Floats:
        """Of the orders their number, the sums of amount and lines, and how many have one line.

        Shape (4, n_windows + 1, n_customers).
        """
        baskets = self.baskets
        single = baskets.lines == 1.0
        return self.sums(baskets.customer, baskets.window, None, baskets.amount, baskets.lines, single)

    @cached_property
    def basket_wholes(self) -> Floats:
        """`basket_sums` to take shares of: NaN in place of zero."""
        return nan_if_zero(self.basket_sums)

    @cached_property
    def recent_count(self) -> Floats:
        """Orders of the last 84 days, NaN for none: shares are taken of it. Shape (n_customers,)."""
        count: Floats = self.basket_wholes[0, D84]
        return count

    @cached_property
    def first_basket_age(self) -> Floats:
        """Days since each customer's first order began, NaN without one: shape (n_customers,)."""
        return self.latest(self.baskets.customer[::-1], self.baskets.age[::-1])

    @cached_property
    def recent(self) -> RecentBaskets:
        """The orders of the last 84 days."""
        recent = (self.baskets.window < EVER).nonzero()[0]
        rows = self.baskets.row[recent]
        return RecentBaskets(
            customer=self.customer[rows],
            amount=self.baskets.amount[recent],
            hour=hour_of(self._wall[rows]),
            weekday=weekday_of(self.day[rows]),
            location=self.known.location_key[rows],
            channel=self.known.channel[rows],
        )

    @cached_property
    def places(self) -> tuple[Ints, Ints]:
        """Distinct places of each customer's recent orders: (customer, how many orders), one entry a place."""
        told = self.recent.location != 0
        customer = self.recent.customer[told]
        pair = mix(customer, self.recent.location[told])
        order = pair.argsort(kind="stable")
        new = is_new(pair[order])
        return customer[order[new]], np.bincount(new.cumsum() - 1)

    @cached_property
    def days(self) -> PurchaseDays:
        """All purchase days."""
        customer, age, window = self.baskets.customer, self.baskets.age, self.baskets.window
        if not len(age):
            return PurchaseDays(age, age, age, age)
        same = customer[1:] == customer[:-1]
        if (same & (age[1:] > age[:-1])).any():  # clocks set back over midnight bring a day twice
            order = np.lexsort((-age, customer))
            age, window = age[order], window[order]
        new = np.empty(len(age), dtype=bool)
        new[0] = True
        new[1:] = (age[1:] != age[:-1]) | ~same
        customer, age = customer[new], age[new]
        gap = np.zeros(len(age), dtype=np.int64)
        gap[1:] = (age[:-1] - age[1:]) * (customer[1:] == customer[:-1])
        return PurchaseDays(customer, age, window[new], gap)

    @cached_property
    def day_sums(self) -> Floats:
        """The number of purchase days: shape (n_windows + 1, n_customers)."""
        counts: Floats = self.sums(self.days.customer, self.days.window, None)[0]
        return counts

    def sums(self, customer: Ints, window: Ints, *weights: Floats | Mask | None) -> Floats:
        """Sums of each of the weights (None counts) per window and customer, over all time in the last row.

        Shape (n_weights, n_windows + 1, n_customers). Each sum adds in history order, whoever else is in the
        arrays, so one customer alone gets the very bits that the same customer gets among millions.
        """
        cell = window * self.n + customer
        size = _N_WINDOWS * self.n
        sums = np.array([np.bincount(cell, weight, size) for weight in weights], dtype=np.float64)
        return sums.reshape(len(weights), _N_WINDOWS, self.n).cumsum(axis=1)

    def total(self, customer: Ints, weights: Floats | Mask | None = None) -> Floats:
        """Sum per customer (count without weights), shape (n_customers,)."""
        return np.bincount(customer, weights, self.n).astype(np.float64, copy=False)

    def latest(self, customer: Ints, value: Ints | Floats) -> Floats:
        """Each customer's last value, NaN where there is none; arrays are in history order."""
        found = np.full(self.n, np.nan)
        found[customer] = value  # where a customer repeats, numpy keeps the last assignment
        return found

    def largest(self, customer: Ints, value: Ints | Floats) -> Floats:
        """Each customer's greatest value, NaN where there is none."""
        found = np.full(self.n, np.nan)
        np.fmax.at(found, customer, value)
        return found
