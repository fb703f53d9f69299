"""Columns of any source type as text and identifiers."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.sources.arrow import Values, pc

Mask = NDArray[np.bool_]

# Below this a float64 tells whole numbers apart.
_EXACT_IN_FLOAT64 = 2.0**53


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


def _text_of_floats(values: Values) -> Values:
    """Whole numbers in full: an order number 31198570044 must not become 3.1198570044e+10."""
    values = without(values, pc.is_nan(values))
    is_whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), _EXACT_IN_FLOAT64))
    whole = without(values, pc.invert(is_whole)).cast(pa.int64()).cast(pa.string())
    text: Values = pc.coalesce(whole, values.cast(pa.string()))
    return text


def is_text(kind: pa.DataType) -> bool:
    """Whether a column of this type holds text."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
