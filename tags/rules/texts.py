"""Texts as numbers, so that columns of them are compared like any other."""

import math
from collections.abc import Iterable

import numpy as np

from features.histories import Floats


class Texts:
    """Gives each distinct text a number, in the order in which they come."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {text: place for place, text in enumerate(dict.fromkeys(known))}

    def number(self, text: str | None) -> float:
        """The text's number; NaN for a missing one.

        >>> texts = Texts(["a"])
        >>> texts.number("a"), texts.number("b"), texts.number(None)
        (0.0, 1.0, nan)
        """
        return math.nan if text is None else float(self._numbers.setdefault(text, len(self._numbers)))

    def numbers(self, texts: Iterable[str | None]) -> Floats:
        """The numbers of several."""
        number = self.number
        return np.array([number(text) for text in texts], dtype=np.float64)

    def text(self, number: float) -> str | None:
        """The text of a number; None for NaN."""
        return None if math.isnan(number) else list(self._numbers)[int(number)]

    def texts(self, numbers: Floats) -> list[str | None]:
        """The texts of several."""
        table = [*self._numbers, None]
        places = np.where(np.isnan(numbers), -1, numbers).astype(np.int64)
        return [table[place] for place in places.tolist()]

    def copy(self) -> "Texts":
        """The same table, to be added to."""
        return Texts(self._numbers)
