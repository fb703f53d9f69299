"""What is known of customers when rules look at them, whoever gathered it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np

from features.histories import Floats, Histories, Ints
from tags.profile.claims import Source


class Word(NamedTuple):
    """What one source says of one tag of the customer at a place, or what the profile says."""

    place: int
    tag: str
    source: Source
    carries: bool = True
    value: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, eq=False)
class Layer:
    """What one tag is said to be of each customer: shape (n_customers,) each, NaN or None where nothing is said."""

    carries: Floats
    confidence: Floats
    value: list[str | None]


@dataclass(frozen=True, eq=False)
class Said:
    """Tags as sources other than the rules tell them.

    `above` is what outranks a rule (people and imports), `below` what a rule outranks (triggers and models). Of a tag
    whose method is no rule, both together are what its customers carry.
    """

    above: Mapping[str, Layer] = field(default_factory=dict)
    below: Mapping[str, Layer] = field(default_factory=dict)

    @staticmethod
    def of(words: Iterable[Word], n_customers: int) -> "Said":
        """The words sorted by tag; of several on one tag of one customer the strongest source's counts."""
        said = Said({}, {})
        ranks = {source: rank for rank, source in enumerate(Source)}
        taken: dict[tuple[int, str, bool], int] = {}
        for word in words:
            rank = ranks[word.source]
            is_above = rank < ranks[Source.RULE]
            if taken.get((word.place, word.tag, is_above), rank) < rank:
                continue
            taken[word.place, word.tag, is_above] = rank
            layers = said.above if is_above else said.below
            layer = layers.get(word.tag)
            if layer is None:
                layer = layers[word.tag] = _empty(n_customers)  # type: ignore[index]  # made right here
            layer.carries[word.place] = word.carries
            layer.confidence[word.place] = np.nan if word.confidence is None else word.confidence
            layer.value[word.place] = word.value if word.carries else None
        return said


def _empty(n: int) -> Layer:
    return Layer(np.full(n, np.nan), np.full(n, np.nan), [None] * n)


@dataclass(frozen=True, eq=False)
class Predicted:
    """What the models say, shape (n_customers,) each; what no model says is missing."""

    churn: Floats | None = None
    segment: Sequence[str | None] | None = None
    probability: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Known:
    """Everything that rules may read of some customers, as of one instant.

    Attributes:
        as_of: The instant.
        customer_ids: Who they are.
        rows: Their kernel rows, shape (n_customers, n_features), with the spec of the rules.
        histories: Their events, where rules count them (`Needs.counts`).
        said: Which tags they carry, where rules read tags.
        predicted: What the models say of them, where rules read that.
        before: Their kernel rows before the event, for triggers.
        places: Of each event whose it is, as a place among the customers, for triggers: then there is a row of inputs
            for each event. None: for each customer.
        events: The events' fields by name, one value each; under `property` a mapping of each event's properties.
    """

    as_of: datetime
    customer_ids: Sequence[str]
    rows: Floats
    histories: Histories | None = None
    said: Said = field(default_factory=Said)
    predicted: Predicted = field(default_factory=Predicted)
    before: Floats | None = None
    places: Ints | None = None
    events: Mapping[str, Sequence[object]] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """How many rows of inputs there are."""
        return len(self.customer_ids) if self.places is None else len(self.places)
