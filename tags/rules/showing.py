"""Columns of numbers as the values that they stand for, as evidence shows them."""

import datetime
import math
from collections.abc import Callable, Sequence
from typing import Any

from features.histories import Floats
from tags.rules.inputs import EPOCH
from tags.rules.kinds import Kind
from tags.rules.texts import Texts
from tags.rules.tree import number

DIGITS = 6  # significant ones, of what is shown
LONGEST_VALUE = 100  # characters


def shown_values(numbers: Floats, kind: Kind, texts: Texts, levels: Sequence[str] = ()) -> list[Any]:
    """Plain values: numbers, truths, texts, days in ISO 8601; None where unknown."""
    if kind is Kind.TEXT:
        return list(texts.texts(numbers))
    show = (lambda value: levels[int(value)]) if levels else _SHOW[kind]
    return [None if math.isnan(value) else show(value) for value in numbers.tolist()]


def as_text(value: Any) -> str:
    """A value as the text of a tag's value.

    >>> as_text(True), as_text(3), as_text(2.5), as_text("gold")
    ('true', '3', '2.5', 'gold')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value) if isinstance(value, int | float) else str(value)[:LONGEST_VALUE]


def shown_number(value: float) -> float | int:
    """A number with as many digits as a person reads.

    >>> shown_number(3.0), shown_number(1234.56789)
    (3, 1234.57)
    """
    return int(value) if value == int(value) else float(f"{value:.{DIGITS}g}")


_SHOW: dict[Kind, Callable[[float], Any]] = {
    Kind.NUMBER: shown_number,
    Kind.TRUTH: bool,
    Kind.DAY: lambda value: datetime.date.fromordinal(int(value) + EPOCH).isoformat(),
}
