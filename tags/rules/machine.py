"""Steps run over columns: one loop of machine code, the same for one customer and for a million.

Every value is a float64, and NaN is unknown: numbers and days (counted from 1970-01-01) are themselves, truths are 0
and 1, texts are their numbers in a table. Rows are taken in runs so short that the columns of a run stay in the
processor's cache, and a step goes over a whole run, so that what to do is looked up once for many rows.
"""

import math

import numpy as np

from core.compiled import compiled, entry
from features.histories import Floats, Ints
from tags.rules.steps import Op

RUN = 512  # rows
ANSWER = 100  # besides the steps of rules: give a place's column out

_LOAD, _ADD, _SUBTRACT = int(Op.LOAD), int(Op.ADD), int(Op.SUBTRACT)
_MULTIPLY, _DIVIDE, _REMAINDER = int(Op.MULTIPLY), int(Op.DIVIDE), int(Op.REMAINDER)
_EQUAL, _LESS, _LESS_OR_EQUAL = int(Op.EQUAL), int(Op.LESS), int(Op.LESS_OR_EQUAL)
_AND, _OR, _NOT = int(Op.AND), int(Op.OR), int(Op.NOT)
_NEGATE, _IS_UNKNOWN, _FIRST_KNOWN = int(Op.NEGATE), int(Op.IS_UNKNOWN), int(Op.FIRST_KNOWN)
_CHOOSE, _LEAST, _GREATEST = int(Op.CHOOSE), int(Op.LEAST), int(Op.GREATEST)
_ABSOLUTE, _FLOOR, _ROUND = int(Op.ABSOLUTE), int(Op.FLOOR), int(Op.ROUND)
_YEAR, _MONTH, _WEEKDAY = int(Op.YEAR), int(Op.MONTH), int(Op.WEEKDAY)
_LATEST = 2_932_896  # 9999-12-31
_JANUARY = 10  # counted from March, which is 0


@entry
def run(
    ops: Ints, parts: Ints, constants: Floats, inputs: Floats, n_rows: int, n_places: int, n_answers: int
) -> Floats:
    """What the steps make of the rows, one answer after the other: shape (n_answers * n_rows,).

    Step i does `ops[i]` with the places `parts[4 * i]` to `parts[4 * i + 2]` and leaves what comes out in the place
    `parts[4 * i + 3]`, which is none of those. A step that loads has a column of the inputs as its first part, one
    that answers the number of the answer as its last. The constants fill the first places. `inputs` come column after
    column, shape (n_columns * n_rows,).
    """
    answers = np.empty(n_answers * n_rows)
    width = min(RUN, n_rows)
    places = np.empty((n_places, width))
    for place in range(len(constants)):
        for row in range(width):
            places[place, row] = constants[place]
    for first in range(0, n_rows, RUN):
        size = min(RUN, n_rows - first)
        for step in range(len(ops)):
            op, a, to = ops[step], parts[4 * step], parts[4 * step + 3]
            if op == _LOAD:
                for row in range(size):
                    places[to, row] = inputs[a * n_rows + first + row]
            elif op == ANSWER:
                for row in range(size):
                    answers[to * n_rows + first + row] = places[a, row]
            else:
                _step(op, places, a, parts[4 * step + 1], parts[4 * step + 2], to, size)
    return answers


@compiled
def _step(  # noqa: C901, PLR0912 (loops)
    op: int, places: Floats, a: int, b: int, c: int, to: int, size: int
) -> None:
    """One step over a run; what rules are full of has a loop of its own, which becomes wide instructions.

    It gets the places by their numbers: making views of them would take longer than a step over one row.
    """
    if op == _AND:
        for row in range(size):
            places[to, row] = (
                0.0
                if places[a, row] == 0.0 or places[b, row] == 0.0
                else places[a, row] + places[b, row] - 1.0
            )
    elif op == _OR:
        for row in range(size):
            places[to, row] = (
                1.0 if places[a, row] == 1.0 or places[b, row] == 1.0 else places[a, row] + places[b, row]
            )
    elif op == _NOT:
        for row in range(size):
            places[to, row] = 1.0 - places[a, row]
    elif op == _LESS:
        for row in range(size):
            places[to, row] = _less(places[a, row], places[b, row])
    elif op == _LESS_OR_EQUAL:
        for row in range(size):
            places[to, row] = _less_or_equal(places[a, row], places[b, row])
    elif op == _EQUAL:
        for row in range(size):
            places[to, row] = _equal(places[a, row], places[b, row])
    elif op == _IS_UNKNOWN:
        for row in range(size):
            places[to, row] = 1.0 if math.isnan(places[a, row]) else 0.0
    elif op == _FIRST_KNOWN:
        for row in range(size):
            places[to, row] = places[b, row] if math.isnan(places[a, row]) else places[a, row]
    elif op == _CHOOSE:
        for row in range(size):
            places[to, row] = places[b, row] if places[a, row] == 1.0 else places[c, row]
    else:
        for row in range(size):
            places[to, row] = _value(op, places[a, row], places[b, row])


@compiled
def _and(a: float, b: float) -> float:
    """False where one is false, whatever the other."""
    return 0.0 if a == 0.0 or b == 0.0 else a + b - 1.0


@compiled
def _or(a: float, b: float) -> float:
    """True where one is true, whatever the other."""
    return 1.0 if a == 1.0 or b == 1.0 else a + b


@compiled
def _less(a: float, b: float) -> float:
    """Whether a < b; unknown where one of both is."""
    found = 1.0 if a < b else 0.0
    return math.nan if math.isnan(a) or math.isnan(b) else found


@compiled
def _less_or_equal(a: float, b: float) -> float:
    """Whether a <= b; unknown where one of both is."""
    found = 1.0 if a <= b else 0.0
    return math.nan if math.isnan(a) or math.isnan(b) else found


@compiled
def _equal(a: float, b: float) -> float:
    """Whether a = b; unknown where one of both is."""
    found = 1.0 if a == b else 0.0
    return math.nan if math.isnan(a) or math.isnan(b) else found


@compiled
def _value(op: int, a: float, b: float) -> float:  # noqa: PLR0911 (one line an operation)
    """What one of the other steps makes of a row's values."""
    if op == _ADD:
        return _finite(a + b)
    if op == _SUBTRACT:
        return _finite(a - b)
    if op == _MULTIPLY:
        return _finite(a * b)
    if op == _DIVIDE:
        return _finite(a / b) if b != 0 else math.nan
    if op == _REMAINDER:
        return _finite(np.fmod(a, b)) if b != 0 else math.nan
    if op == _NEGATE:
        return -a
    if op in (_LEAST, _GREATEST):
        return _extreme(op, a, b)
    if op == _ABSOLUTE:
        return abs(a)
    return _part(op, a, b) if math.isfinite(a) else math.nan


@compiled
def _finite(value: float) -> float:
    """The number; unknown where it is none that a computer can hold."""
    return value if math.isfinite(value) else math.nan


@compiled
def _extreme(op: int, a: float, b: float) -> float:
    """The least or the greatest of those that are known."""
    if math.isnan(a) or math.isnan(b):
        return b if math.isnan(a) else a
    return min(a, b) if op == _LEAST else max(a, b)


@compiled
def _part(op: int, a: float, b: float) -> float:
    """Less of a number (whole, or to so many digits) or a part of a day's date."""
    if op == _FLOOR:
        return float(np.floor(a))  # unlike math.floor's, its result may be beyond the integers
    if op == _ROUND:
        size = np.floor(abs(a) * b + 0.5) / b
        return _finite(size if a >= 0 else -size)
    if abs(a) > _LATEST:
        return math.nan
    day = math.floor(a)
    if op == _WEEKDAY:
        return (day + 3) % 7 + 1  # 1970-01-01 was a Thursday
    year, month, of_month = _date(day)
    return year if op == _YEAR else (month if op == _MONTH else of_month)


@compiled
def _date(day: int) -> tuple[int, int, int]:
    """Year, month and day of the month of days since 1970-01-01.

    Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013): years that begin in March have their leap
    day last, and 400 of them always 146,097 days.
    """
    shifted = day + 719_468
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted_month = (5 * of_year + 2) // 153
    in_old_year = shifted_month < _JANUARY
    month = shifted_month + 3 if in_old_year else shifted_month - 9
    return year + era * 400 + (not in_old_year), month, of_year - (153 * shifted_month + 2) // 5 + 1
