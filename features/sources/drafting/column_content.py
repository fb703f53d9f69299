"""What the cells of a column look like: numbers, times, flags, lists, or texts, and how often they repeat."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from features.sources.arrow import Values
from features.sources.values.convert import to_id
from features.sources.values.time_guess import formats_that_read

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MONEY = re.compile(
    r"-?[¥￥$€£]?\s?-?\d{1,3}([,']\d{3})+(\.\d+)?|-?[¥￥$€£]\s?-?\d+(\.\d+)?|-?\d+(\.\d+)?[元¥]"
)
_GERMAN = re.compile(r"-?\d{1,3}(\.\d{3})*,\d{1,2}")
_LISTS = ("|", ";", "、", "，", ",", "/")
_PATHS = (" > ", ">", " / ", "/", "\\", "->")
_NOTHING = frozenset({"null", "none", "nan", "n/a", "na", "-", "\\n", "0000-00-00", "0000-00-00 00:00:00"})
_TIMES = 400  # values of a column that are enough to tell how its times are written
_MOST = 0.95
_FEW = 12
_WORDY = 12  # letters of a text that somebody wrote, in the mean


@dataclass(frozen=True)
class Content:
    """Some cells of one column, empty ones left out, and how many rows they stand in."""

    name: str
    cells: tuple[str, ...]
    rows: int

    @classmethod
    def of(cls, name: str, values: Values) -> "Content":
        """The content of a column of any type."""
        cells = tuple(str(cell) for cell in to_id(values).to_pylist() if cell is not None)
        return cls(name, cells, len(values))

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value is there."""
        return Counter(self.cells)

    @property
    def is_empty(self) -> bool:
        """Whether no row has a value."""
        return not self.cells

    @property
    def is_unique(self) -> bool:
        """Whether hardly any value comes twice."""
        return bool(self.cells) and len(self.counts) >= _MOST * len(self.cells)

    @cached_property
    def time_formats(self) -> tuple[str, ...]:
        """How its times may be written; none where they are no times, several where day and month are not told."""
        cells = [cell for cell in list(self.counts)[:_TIMES] if cell.lower() not in _NOTHING]
        found = formats_that_read(pa.array(cells, pa.string())) if cells else ()
        if found[:1] == ("excel",) or (found and found[0].startswith("epoch") and not _is_close(cells)):
            return ()
        return found

    @cached_property
    def numbers(self) -> list[float]:
        """Its numbers, if nearly all of its cells are plain numbers."""
        found = [float(cell) for cell in self.cells if _NUMBER.fullmatch(cell)]
        return found if found and len(found) >= _MOST * len(self.cells) else []

    @property
    def is_whole(self) -> bool:
        """Whether its numbers are whole."""
        return bool(self.numbers) and all(number == int(number) for number in self.numbers)

    @property
    def is_money(self) -> bool:
        """Whether it is written as amounts: fractions, currency signs, thousands separators."""
        if self.numbers:
            return not self.is_whole
        return self.is_decimal_comma or self._all(_MONEY, _NUMBER)

    @property
    def is_decimal_comma(self) -> bool:
        """Whether the comma stands before the fraction, as in 1.234,50."""
        return any("," in cell for cell in self.cells) and self._all(_GERMAN, _NUMBER)

    @property
    def is_flag(self) -> bool:
        """Whether it holds 0 and 1 only."""
        return bool(self.cells) and set(self.counts) <= {"0", "1"}

    @property
    def is_few(self) -> bool:
        """Whether it has few values, which come again and again."""
        return 1 < len(self.counts) <= _FEW and len(self.cells) >= 2 * len(self.counts)

    @property
    def is_wordy(self) -> bool:
        """Whether it holds what somebody wrote."""
        letters = sum(len(cell) * (1 if cell.isascii() else 2) for cell in self.counts)
        return bool(self.cells) and not self.numbers and letters / len(self.counts) > _WORDY

    @cached_property
    def list_delimiter(self) -> str:
        """What parts a list in a cell whose parts come again and again, such as | in Action|Comedy."""
        for delimiter in _LISTS:
            parts = Counter(part.strip() for cell in self.counts for part in cell.split(delimiter))
            longer = sum(delimiter in cell for cell in self.counts)
            if longer >= len(self.counts) / 10 and 1 < len(parts) < len(self.counts):
                return delimiter
        return ""

    @cached_property
    def path_delimiter(self) -> str:
        """What parts the levels of a path in a cell, such as > in Food > Tea: every cell has about as many."""
        for delimiter in _PATHS:
            levels = [cell.count(delimiter) for cell in self.counts]
            if levels and sum(level > 0 for level in levels) >= _MOST * len(levels):
                tops = {cell.split(delimiter)[0].strip() for cell in self.counts}
                leaves = {cell.split(delimiter)[-1].strip() for cell in self.counts}
                return delimiter if len(tops) < len(leaves) and not tops & leaves else ""
        return ""

    def _all(self, *patterns: re.Pattern[str]) -> bool:
        fit = sum(any(pattern.fullmatch(cell) for pattern in patterns) for cell in self.cells)
        return bool(self.cells) and fit >= _MOST * len(self.cells)


def _is_close(instants: list[str]) -> bool:
    """Whether counts of seconds lie as close together as a shop's instants do; order numbers often do not."""
    return len({(len(text.split(".")[0]), text[:1]) for text in instants}) == 1
