"""Columns of any source type as the contract's types; what does not fit is marked, never guessed."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.contract import MONEY, MONEY_SCALE
from features.sources.arrow import Values, pc

Mask = NDArray[np.bool_]

# Below this a float64 tells whole numbers apart; below the other, ten-thousandths.
_EXACT_IN_FLOAT64 = 2.0**53
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


def as_mask(values: Values) -> Mask:
    """An Arrow column of truth values without missing ones, as NumPy."""
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.bool_)


def without(values: Values, unwanted: Values) -> Values:
    """The column with those cells missing.

    >>> without(pa.array(["a", "b"]), pa.array([True, False])).to_pylist()
    [None, 'b']
    """
    kept: Values = pc.if_else(unwanted, pa.scalar(None, values.type), values)
    return kept


def to_text(values: Values) -> Values:
    """Text without surrounding blanks; an empty one is missing; a whole number has no `.0`.

    >>> to_text(pa.array([900.0, None])).to_pylist(), to_text(pa.array([" a ", " "])).to_pylist()
    (['900', None], ['a', None])
    """
    kind = values.type
    if pa.types.is_floating(kind):
        return _text_of_floats(values)
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp("us", tz=kind.tz), safe=False).cast(pa.string())
    if not is_text(kind):
        return values.cast(pa.string())
    trimmed: Values = pc.utf8_trim_whitespace(values.cast(pa.string()))
    return without(trimmed, pc.equal(trimmed, ""))


def to_id(values: Values) -> Values:
    """An identifier as text: as `to_text`, and the text `900.0` that a number with gaps became is `900`.

    >>> to_id(pa.array(["900.0", "0012", "1.05"])).to_pylist()
    ['900', '0012', '1.05']
    """
    text = to_text(values)
    if is_text(values.type) and pc.any(pc.ends_with(text, ".0")).as_py():
        text = pc.replace_substring_regex(text, pattern=r"^(-?\d+)\.0$", replacement=r"\1")
    return text


def to_numbers(values: Values) -> Numbers:
    """Finite float64 numbers; NaN, infinity and what is no number are bad, empty cells are missing.

    >>> found = to_numbers(pa.array(["1.5", "", "x", "inf"]))
    >>> found.values.tolist(), found.bad.tolist()
    ([1.5, nan, nan, nan], [False, False, True, True])
    """
    if is_text(values.type):
        values = to_text(values)
        floats = _floats_of_text(values)
    elif _is_number(values.type):
        floats = np.asarray(values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    else:
        floats = np.full(len(values), np.nan)
    bad = as_mask(pc.is_valid(values)) & ~np.isfinite(floats)
    return Numbers(np.where(np.isfinite(floats), floats, np.nan), bad)


def to_money(values: Values) -> Money:
    """Amounts rounded to ten-thousandths; no number, or 15 digits before the point, is bad.

    >>> to_money(pa.array([0.1 + 0.2, None])).units.tolist()
    [3000, 0]
    """
    numbers = to_numbers(values)
    missing = np.isnan(numbers.values)
    small = np.abs(numbers.values) < _EXACT_TO_FOUR_PLACES
    units = np.rint(np.where(small, numbers.values, 0.0) * MONEY_SCALE).astype(np.int64)
    bad = numbers.bad.copy()
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


def money_array(money: Money) -> Values:
    """The contract's decimal column; a decimal128 is its units as a little-endian 128-bit integer."""
    words = np.empty((len(money.units), 2), dtype="<i8")
    words[:, 0] = money.units
    words[:, 1] = money.units >> 63
    valid = pa.array(~money.missing).buffers()[1]
    return pa.Array.from_buffers(MONEY, len(words), [valid, pa.py_buffer(words.tobytes())])


def _text_of_floats(values: Values) -> Values:
    """Whole numbers in full: an order number 31198570044 must not become 3.1198570044e+10."""
    values = without(values, pc.is_nan(values))
    is_whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), _EXACT_IN_FLOAT64))
    whole = without(values, pc.invert(is_whole)).cast(pa.int64()).cast(pa.string())
    text: Values = pc.coalesce(whole, values.cast(pa.string()))
    return text


def _floats_of_text(text: Values) -> NDArray[np.float64]:
    try:
        return np.asarray(text.cast(pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:
        numbers = pd.to_numeric(text.to_pandas(), errors="coerce")
        return np.asarray(numbers, dtype=np.float64)


def _exact_units(value: object) -> int | None:
    try:
        units = round(Decimal(str(value).strip()) * MONEY_SCALE)
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return units if abs(units) < _MONEY_LIMIT else None


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))
