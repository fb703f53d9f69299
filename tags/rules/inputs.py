"""The columns that a program reads, made of what is known of customers."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from core.clock import to_us
from features.calendar import local_day
from features.histories import Floats, Ints
from features.kernel import column_names
from features.spec import FeatureSpec
from tags.rules.counting import counted
from tags.rules.kinds import COUNTED, From, Input, Kind
from tags.rules.known import Known, Layer
from tags.rules.program import Program
from tags.rules.texts import Texts
from tags.taxonomy import Taxonomy

EPOCH = datetime.date(1970, 1, 1).toordinal()

ROWS_AT_ONCE = 256

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Inputs:
    """The columns of a program: shape (n_inputs, n_rows), and the numbers of the texts in them."""

    matrix: Floats
    texts: Texts


@dataclass(frozen=True, eq=False)
class Gatherer:
    """Makes the columns of one program out of what is known; holds nothing of any customer."""

    program: Program
    spec: FeatureSpec
    taxonomy: Taxonomy

    def gather(self, known: Known) -> Inputs:
        """The program's inputs: a row for each customer, or for each event where there are events.

        Raises:
            ValueError: The program reads something that was not gathered, such as histories.
        """
        texts = self.program.texts.copy()
        matrix = np.full((len(self.program.inputs), len(known.customer_ids)), np.nan)
        for (columns, features), rows in zip(self._features, (known.rows, known.before), strict=True):
            if len(columns):
                _turn(_given(rows, "the kernel rows before the event"), columns, features, matrix)
        if self._counted:
            histories = _given(known.histories, "histories")
            asked = [self.program.inputs[column] for column in self._counted]
            matrix[self._counted] = counted(histories, to_us(known.as_of), self.spec, asked).T
        made = [*self._of_customer, *(self._said if known.said.above or known.said.below else ())]
        for column, source, make in made:
            found = make(source, known, texts)
            if found is not None:
                matrix[column] = found
        if known.places is not None:
            matrix = matrix[:, known.places]
        for column in self._of_event:
            matrix[column] = _event_column(self.program.inputs[column], known, texts)
        return Inputs(matrix, texts)

    @cached_property
    def needs_histories(self) -> bool:
        """Whether the events themselves are counted."""
        return bool(self._counted)

    @cached_property
    def _features(self) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
        """Which columns are features now and before, and their places in a kernel row."""
        return self._places(From.FEATURE), self._places(From.BEFORE)

    def _places(self, source: From) -> tuple[Ints, Ints]:
        columns = self._columns(source)
        features = [self._row_places[self.program.inputs[column].key] for column in columns]
        return np.array(columns, dtype=np.int64), np.array(features, dtype=np.int64)

    @cached_property
    def _counted(self) -> list[int]:
        return self._columns(*COUNTED)

    @cached_property
    def _of_event(self) -> list[int]:
        return self._columns(From.EVENT, From.PROPERTY)

    @cached_property
    def _said(self) -> list[tuple[int, Input, "Make"]]:
        """The columns of what is said of tags, each with what makes it."""
        return self._made(_OF_SAID)

    @cached_property
    def _of_customer(self) -> list[tuple[int, Input, "Make"]]:
        """The same of the other columns that are neither features nor counts."""
        own: dict[From, Make] = {
            From.ATTRIBUTE: self._attribute,
            From.TODAY: self._today,
            From.PILOT: self._pilot,
        }
        return self._made({**_OF_PREDICTIONS, **own})

    def _made(self, makers: Mapping[From, "Make"]) -> list[tuple[int, Input, "Make"]]:
        return [
            (place, one, makers[one.source])
            for place, one in enumerate(self.program.inputs)
            if one.source in makers
        ]

    def _columns(self, *sources: From) -> list[int]:
        return [place for place, one in enumerate(self.program.inputs) if one.source in sources]

    @cached_property
    def _row_places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(column_names(self.spec))}

    @cached_property
    def _levels(self) -> dict[str, tuple[str, ...]]:
        return {one.key: one.levels for one in self.spec.attributes}

    def _attribute(self, source: Input, known: Known, texts: Texts) -> Floats:
        """An attribute as the kernel knows it: its number, the place of its level, or its level as a text."""
        numbers = self._number(source.key, known.rows)
        if source.kind is Kind.NUMBER:
            return numbers
        levels = self._levels[source.key]
        table = np.append(texts.numbers(levels), np.nan)
        found: Floats = table[np.where(np.isnan(numbers), len(levels), numbers).astype(np.int64)]
        return found

    def _number(self, key: str, rows: Floats) -> Floats:
        place = self._row_places.get(f"profile_{key}")
        if place is not None:
            return rows[:, place]
        flags = rows[:, [self._row_places[f"profile_{key}__{level}"] for level in self._levels[key]]]
        is_known = (flags == 1).any(axis=1) if flags.shape[1] else np.zeros(len(rows), dtype=np.bool_)
        return np.where(is_known, (flags == 1).argmax(axis=1) if flags.shape[1] else 0, np.nan)

    def _today(self, _source: Input, known: Known, _texts: Texts) -> float:
        return float(local_day(to_us(known.as_of) - 1, self.spec.zone))

    def _pilot(self, source: Input, known: Known, _texts: Texts) -> Floats:
        tag = self.taxonomy[source.key]
        return np.array([tag.is_in_pilot(name) for name in known.customer_ids], dtype=np.float64)


def _turn(rows: Floats, columns: Ints, features: Ints, matrix: Floats) -> None:
    """Write features of rows as columns, so few rows at a time that they stay in the processor's cache."""
    for first in range(0, len(rows), ROWS_AT_ONCE):
        matrix[columns, first : first + ROWS_AT_ONCE] = rows[first : first + ROWS_AT_ONCE, features].T


def _layer(source: Input, known: Known) -> Layer | None:
    is_above = source.source in (From.ABOVE, From.ABOVE_VALUE, From.ABOVE_CONFIDENCE)
    return (known.said.above if is_above else known.said.below).get(source.key)


def _carries(source: Input, known: Known, _texts: Texts) -> Floats | None:
    layer = _layer(source, known)
    return None if layer is None else layer.carries


def _confidence(source: Input, known: Known, _texts: Texts) -> Floats | None:
    layer = _layer(source, known)
    return None if layer is None else layer.confidence


def _value(source: Input, known: Known, texts: Texts) -> Floats | None:
    layer = _layer(source, known)
    return None if layer is None else texts.numbers(layer.value)


def _churn(_source: Input, known: Known, _texts: Texts) -> Floats | None:
    return known.predicted.churn


def _segment(_source: Input, known: Known, texts: Texts) -> Floats | None:
    segment = known.predicted.segment
    return None if segment is None else texts.numbers(segment)


def _probability(source: Input, known: Known, _texts: Texts) -> Floats | None:
    return known.predicted.probability.get(source.key)


Make = Callable[[Input, Known, Texts], "Floats | float | None"]
"""Makes one column; None where nothing is known of anybody."""

_OF_SAID: Mapping[From, Make] = {
    From.ABOVE: _carries,
    From.BELOW: _carries,
    From.ABOVE_VALUE: _value,
    From.BELOW_VALUE: _value,
    From.ABOVE_CONFIDENCE: _confidence,
    From.BELOW_CONFIDENCE: _confidence,
}
_OF_PREDICTIONS: Mapping[From, Make] = {
    From.CHURN: _churn,
    From.SEGMENT: _segment,
    From.PROBABILITY: _probability,
}


def _event_column(source: Input, known: Known, texts: Texts) -> Floats:
    """A field of the events, or one of their properties as a text."""
    if source.source is From.PROPERTY:
        properties = known.events.get("property", [{}] * known.n_rows)
        return texts.numbers(_as_text(one, source.key) for one in properties)
    values: Sequence[Any] = known.events.get(source.key, [None] * known.n_rows)
    if source.kind is Kind.TEXT:
        return texts.numbers(values)
    if source.kind is Kind.DAY:
        return np.array(
            [np.nan if day is None else day.toordinal() - EPOCH for day in values], dtype=np.float64
        )
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def _as_text(properties: object, key: str) -> str | None:
    value = properties.get(key) if isinstance(properties, Mapping) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _given(value: T | None, what: str) -> T:
    if value is None:
        raise ValueError(f"the rules read {what}, which was not gathered")
    return value
