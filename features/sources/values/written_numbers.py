"""Numbers as people write them, with separators and currency signs, as plain digits."""

import re

import numpy as np
import pyarrow as pa

from features.sources.arrow import Values, pc
from features.sources.values.convert import without

_PLAIN = r"^-?\d+(\.\d+)?$"
_SIGNS = "¥￥$€£₩₹₽฿元円"
_BLANKS = "\u0020\u00a0\u2009\u202f"
_GROUPS = {
    ".": ",",
    ",": ".",
}  # what parts thousands, by what parts decimals; blanks and apostrophes do as well


def plain_numbers(text: Values, decimal: str = ".") -> Values:
    """The texts as digits with a point; missing where a text is no number.

    A thousands separator must stand before every three digits; an exponent or an underscore makes it no number.

    >>> plain_numbers(pa.array(["¥1,234.50", "-0.5", "12元", "1_000", "1e3", "1,5"])).to_pylist()
    ['1234.50', '-0.5', '12', None, None, None]
    >>> plain_numbers(pa.array(["1.234,50 €", "12.50"]), decimal=",").to_pylist()
    ['1234.50', None]
    """
    if decimal == "." and pc.all(pc.match_substring_regex(text, _PLAIN)).as_py() is not False:
        return text
    found = pc.extract_regex(text, _expression(decimal))
    digits = pc.replace_substring_regex(found.field("whole"), pattern=r"\D", replacement="")
    whole = pc.if_else(pc.equal(digits, ""), pa.scalar("0"), digits)
    part = found.field("part")
    number = pc.if_else(pc.equal(part, ""), whole, pc.binary_join_element_wise(whole, part, pa.scalar(".")))
    before, after = found.field("before"), found.field("after")
    is_negative = pc.or_(pc.equal(before, "-"), pc.equal(after, "-"))
    sign = pc.if_else(is_negative, pa.scalar("-"), pa.scalar(""))
    is_none = pc.or_(
        pc.and_(pc.equal(digits, ""), pc.equal(part, "")),
        pc.and_(pc.not_equal(before, ""), pc.not_equal(after, "")),
    )
    return without(pc.binary_join_element_wise(sign, number, pa.scalar("")), is_none)


def floats_of(plain: Values) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Plain numbers as float64, NaN where missing."""
    return np.asarray(plain.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _expression(decimal: str) -> str:
    group, point = re.escape(_GROUPS[decimal]), re.escape(decimal)
    signs, blank = re.escape(_SIGNS), f"[{_BLANKS}]?"
    part = r"(?P<part>\d*)"
    grouped = rf"\d{{1,3}}(?:[{group}'’{_BLANKS}]\d{{3}})+"
    return (
        rf"^(?P<before>[+-]?){blank}[{signs}]?{blank}(?P<after>[+-]?)"
        rf"(?P<whole>{grouped}|\d+|)(?:{point}{part})?{blank}[{signs}]?$"
    )
