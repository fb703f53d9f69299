"""The records of which a view on one customer is made: arrays with named fields.

One array passes through the compiled functions as cheaply as one number, a dozen arrays do not.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]
Record = Any  # one of them


def _fields(ints: str, floats: str = "") -> np.dtype[np.void]:
    return np.dtype(
        [(name, np.int64) for name in ints.split()] + [(name, np.float64) for name in floats.split()]
    )


EVENT = _fields("row role local_us age window code", "rating")
"""A known event: its place in the columns, its local wall time, its age in days (0 is the day of the last instant
before the cutoff), the narrowest window that holds it, from D7 to EVER, and its item's place in the catalogue, -1 where
it has none or no family asks for it."""

LINE = _fields("age window basket item", "amount")
"""A purchase line: the numbers of its order and of its item, -1 where it names none. Money is in ten-thousandths."""

ITEM = _fields("code is_recent")
"""A distinct item bought: its place in the catalogue, -1 where it has none, and 1 if bought in the last 84 days."""

BASKET = _fields("local_us age window channel location_key", "amount lines")
"""An order: when, where and through which channel's column its first line was bought (-1 where it has none), the sum of
its lines' amounts, and how many lines it has."""

CAMPAIGN = _fields("reached answered")
"""A distinct campaign: 1 if it reached the customer, 1 if the customer answered it."""

FACT = _fields("column", "value")
"""A profile fact: the spec's profile column and the number."""

SUMS = _fields(
    "", "lines spend discount discounted refunded baskets basket_spend basket_lines single_baskets days"
)
"""Figures of one window: purchase lines, their amount, money off, how many have money off; amount of refunds; orders
begun, their amount, their lines, how many have one line; days on which an order began."""
