"""Columns of any source type as numbers and money; what does not fit is marked, never guessed."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import reduce

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.contract import MONEY, MONEY_SCALE
from features.sources.arrow import Values, pc
from features.sources.values.convert import Mask, as_mask, is_text, to_text
from features.sources.values.written_numbers import floats_of, plain_numbers

# Below this a float64 tells ten-thousandths apart.
_EXACT_TO_FOUR_PLACES = 1e10
_MONEY_LIMIT = 10**18


@dataclass(frozen=True)
class Numbers:
    """Numbers `(n,)` with NaN where there is none, and which cells held no finite number."""

    values: NDArray[np.float64]
    bad: Mask


@dataclass(frozen=True)
class Money:
    """Amounts `(n,)` in ten-thousandths, which are missing, and which cells held no amount that fits."""

    units: NDArray[np.int64]
    missing: Mask
    bad: Mask


def to_numbers(values: Values, decimal: str = ".") -> Numbers:
    """Finite float64 numbers; NaN, infinity and what is no number are bad, empty cells are missing.

    >>> found = to_numbers(pa.array(["1.5", "", "x", "inf"]))
    >>> found.values.tolist(), found.bad.tolist()
    ([1.5, nan, nan, nan], [False, False, True, True])
    """
    if is_text(values.type):
        values = to_text(values)
        floats = floats_of(plain_numbers(values, decimal))
    elif _is_number(values.type):
        floats = np.asarray(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    else:
        floats = np.full(len(values), np.nan)
    bad = as_mask(pc.is_valid(values)) & ~np.isfinite(floats)
    return Numbers(np.where(np.isfinite(floats), floats, np.nan), bad)


def to_money(values: Values, decimal: str = ".") -> Money:
    """Amounts rounded to ten-thousandths; no number, or 15 digits before the point, is bad.

    >>> to_money(pa.array([0.1 + 0.2, None])).units.tolist()
    [3000, 0]
    """
    if is_text(values.type):
        values = to_text(values)
        plain = plain_numbers(values, decimal)
        values, unread = plain, as_mask(pc.and_(values.is_valid(), plain.is_null()))
    else:
        unread = np.zeros(len(values), bool)
    numbers = to_numbers(values)
    missing = np.isnan(numbers.values)
    small = np.abs(numbers.values) < _EXACT_TO_FOUR_PLACES
    units = np.rint(np.where(small, numbers.values, 0.0) * MONEY_SCALE).astype(np.int64)
    bad = numbers.bad | unread
    for index in np.flatnonzero(~small & ~missing):
        exact = _exact_units(values[int(index)].as_py())
        bad[index] = exact is None
        units[index] = exact or 0
    return Money(units, missing, bad)


def add_numbers(parts: list[Numbers]) -> Numbers:
    """Their sum; a missing part counts as 0 unless all are missing."""
    stacked = np.stack([part.values for part in parts])
    total = np.where(np.isnan(stacked).all(axis=0), np.nan, np.nansum(stacked, axis=0))
    return Numbers(total, np.any([part.bad for part in parts], axis=0) | np.isinf(total))


def add_money(parts: list[Money]) -> Money:
    """The exact sum of up to 8 columns; a missing part counts as 0 unless all are missing."""
    units = np.sum([part.units for part in parts], axis=0, dtype=np.int64)
    bad = np.any([part.bad for part in parts], axis=0) | (np.abs(units) >= _MONEY_LIMIT)
    return Money(np.where(bad, 0, units), np.all([part.missing for part in parts], axis=0), bad)


def multiply_numbers(parts: list[Numbers]) -> Numbers:
    """Their product; missing where a part is."""
    with np.errstate(over="ignore"):  # infinity is bad, not a fault
        product = reduce(np.multiply, [part.values for part in parts])
    bad = np.any([part.bad for part in parts], axis=0) | np.isinf(product)
    return Numbers(np.where(bad, np.nan, product), bad)


def multiply_money(columns: list[Values], decimal: str = ".") -> Money:
    """The product of columns, such as quantity and unit price, rounded to ten-thousandths; missing where one is."""
    product = multiply_numbers([to_numbers(column, decimal) for column in columns])
    money = to_money(pa.array(product.values, mask=np.isnan(product.values)))
    return Money(money.units, money.missing, money.bad | product.bad)


def money_array(money: Money) -> Values:
    """The contract's decimal column; a decimal128 is its units as a little-endian 128-bit integer."""
    words = np.empty((len(money.units), 2), dtype="<i8")
    words[:, 0] = money.units
    words[:, 1] = money.units >> 63
    valid = pa.array(~money.missing).buffers()[1]
    return pa.Array.from_buffers(MONEY, len(words), [valid, pa.py_buffer(words.tobytes())])


def _exact_units(value: object) -> int | None:
    try:
        units = round(Decimal(str(value).strip()) * MONEY_SCALE)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return units if abs(units) < _MONEY_LIMIT else None


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
