"""Small steps over arrays that the view and the families share."""

import numpy as np

from features.histories import Floats, Ints, Mask

_MIX = np.int64(0x1E3779B97F4A7C15)  # odd, so that no two customers share a multiple


def mix(customer: Ints, key: Ints) -> Ints:
    """One number for each pair of a customer and a key."""
    return key ^ (customer * _MIX)


def distinct(values: Ints) -> tuple[Ints, Ints]:
    """The distinct values in order, and where each first stands."""
    order = values.argsort(kind="stable")
    in_order = values[order]
    new = is_new(in_order)
    return in_order[new], order[new]


def is_new(values: Ints) -> Mask:
    """Whether each value differs from the one before it."""
    new = np.empty(len(values), dtype=bool)
    new[:1] = True
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def number_runs(key: Ints) -> tuple[Ints, Ints] | None:
    """Runs of equal order keys numbered by their order's first run: (first run of each order, number per run).

    None where each order is one run, as it mostly is: an order whose lines mix with another's at the same instant
    makes several.
    """
    order_of_key = key.argsort(kind="stable")
    new = is_new(key[order_of_key])
    if new.all():
        return None
    first = order_of_key[new]
    place = first.argsort(kind="stable")
    rank = np.empty_like(place)
    rank[place] = np.arange(len(place))
    number = np.empty_like(order_of_key)
    number[order_of_key] = rank[new.cumsum() - 1]
    return first[place], number


def ratio(part: Floats, whole: Floats) -> Floats:
    """Part / whole, NaN where the whole is zero."""
    return part / nan_if_zero(whole)


def nan_if_zero(values: Floats) -> Floats:
    """The values, NaN for zero: what is divided by them has no value there."""
    return np.where(values, values, np.nan)
