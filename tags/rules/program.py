"""Checked rules as one program: equal parts of all rules are worked out once, each input is one column."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.histories import Floats, Ints
from tags.rules.kinds import Input, Kind, Threshold
from tags.rules.machine import ANSWER, run
from tags.rules.steps import Op, Step
from tags.rules.texts import Texts

Values = Mapping[Threshold, float | None]
"""The quantiles as they were taken; None where nobody had a value."""


@dataclass(frozen=True, eq=False)
class Program:
    """What to do for one row after the other; made once, run for any number of rows by any thread.

    Attributes:
        inputs: What it reads, in the order of the columns.
        answers: The types of what comes out.
        texts: The numbers of the texts that rules name.
    """

    inputs: tuple[Input, ...]
    answers: tuple[Kind, ...]
    texts: Texts
    _ops: Ints
    _parts: Ints
    _constants: Floats
    _n_places: int

    def run(self, inputs: Floats) -> Floats:
        """The answers of rows: shape (n_answers, n_rows). `inputs` has the shape (n_inputs, n_rows)."""
        n_rows = inputs.shape[1]
        found = run(
            self._ops,
            self._parts,
            self._constants,
            np.ascontiguousarray(inputs).ravel(),
            n_rows,
            self._n_places,
            len(self.answers),
        )
        return found.reshape(len(self.answers), n_rows)

    @cached_property
    def columns(self) -> dict[Input, int]:
        """The column of each input."""
        return {source: place for place, source in enumerate(self.inputs)}


def compile_steps(
    steps: Sequence[Step], values: Values, *, defined: Callable[[Input], Step | None] = lambda _: None
) -> Program:
    """The program that answers with each of the steps.

    `defined` gives what an input is made of where that is worked out here as well, such as a tag of another rule.
    """
    writer = _Writer(values, defined)
    places = [writer.write(step) for step in steps]
    return writer.program(places, [step.kind for step in steps])


class _Writer:
    """Numbers the steps, each distinct one once, and then gives them places that are used again and again."""

    def __init__(self, values: Values, defined: Callable[[Input], Step | None]) -> None:
        self._values = values
        self._defined = defined
        self._texts = Texts()
        self._inputs: dict[Input, int] = {}
        self._constants: dict[float, int] = {}
        self._numbers: dict[tuple[object, ...], int] = {}
        self._of_input: dict[Input, int] = {}
        self._lines: list[tuple[int, tuple[int, ...]]] = []

    def write(self, step: Step) -> int:
        """The number of the step's line; constants count down from -1."""
        if step.op is Op.CONSTANT:
            return self._constant(step)
        if step.source is not None:
            return self._input(step.source)
        parts = tuple(self.write(part) for part in step.parts)
        return self._line(int(step.op), parts)

    def _input(self, source: Input) -> int:
        if source not in self._of_input:
            definition = self._defined(source)
            if definition is not None:
                self._of_input[source] = self.write(definition)
            else:
                self._inputs[source] = len(self._inputs)
                self._of_input[source] = self._line(int(Op.LOAD), (), source)
        return self._of_input[source]

    def _constant(self, step: Step) -> int:
        value = step.value
        if isinstance(value, Threshold):
            value = self._values.get(value)
        number = self._texts.number(value) if isinstance(value, str) else value
        key = _UNKNOWN if number is None or number != number else float(number)  # noqa: PLR0124 (NaN)
        return -1 - self._constants.setdefault(key, len(self._constants))

    def _line(self, op: int, parts: tuple[int, ...], source: Input | None = None) -> int:
        key = (op, parts, source)
        if key not in self._numbers:
            self._numbers[key] = len(self._lines)
            column = (self._inputs[source],) if source is not None else parts
            self._lines.append((op, column))
        return self._numbers[key]

    def program(self, wanted: Sequence[int], kinds: Sequence[Kind]) -> Program:
        """The program that answers with those lines."""
        placed = _Places(self._lines, wanted, len(self._constants))
        return Program(
            tuple(self._inputs),
            tuple(kinds),
            self._texts,
            np.array(placed.ops, dtype=np.int64),
            np.array(placed.parts, dtype=np.int64).ravel(),
            np.array(list(self._constants), dtype=np.float64),
            max(placed.n_places, 1),
        )


_UNKNOWN = math.nan
_LINE = tuple[int, tuple[int, ...]]


class _Places:
    """Gives each line the place of a column that nothing needs any more; an answer goes out as soon as it is there."""

    def __init__(self, lines: Sequence[_LINE], wanted: Sequence[int], n_constants: int) -> None:
        self.ops: list[int] = []
        self.parts: list[tuple[int, int, int, int]] = []
        self.n_places = n_constants
        self._free: list[int] = []
        self._place: dict[int, int] = {-1 - number: number for number in range(n_constants)}
        answers: dict[int, list[int]] = {}
        for answer, line in enumerate(wanted):
            answers.setdefault(line, []).append(answer)
        for line in sorted(line for line in answers if line < 0):
            self._answer(line, answers[line])
        last = {part: number for number, (op, parts) in enumerate(lines) if op != Op.LOAD for part in parts}
        for number, (op, parts) in enumerate(lines):
            self._emit(number, op, parts, {part for part in parts if last.get(part) == number})
            self._answer(number, answers.get(number, []))
            if number not in last:
                self._free.append(self._place[number])

    def _emit(self, number: int, op: int, parts: tuple[int, ...], done: set[int]) -> None:
        places = list(parts) if op == Op.LOAD else [self._place[part] for part in parts]
        if not self._free:
            self._free.append(self.n_places)
            self.n_places += 1
        to = self._place[number] = self._free.pop()
        # Only now: a step whose result lies beside what it reads is several rows at once for the processor.
        self._free += [self._place[part] for part in done if part >= 0 and op != Op.LOAD]
        a, b, c = (*places, *[places[0]] * (3 - len(places)))
        self.ops.append(op)
        self.parts.append((a, b, c, to))

    def _answer(self, line: int, answers: Sequence[int]) -> None:
        for answer in answers:
            place = self._place[line]
            self.ops.append(ANSWER)
            self.parts.append((place, place, place, answer))
