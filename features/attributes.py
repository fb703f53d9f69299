"""Profile attributes turned into numbers for the kernel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.clock import to_us
from features.spec import FeatureSpec

ALWAYS_KNOWN_US = int(np.iinfo(np.int64).min)

Encoded = list[tuple[int, float, int]]  # (profile column, value, observed_at_us), oldest first


@dataclass(frozen=True)
class AttributeFact:
    """One fact about one customer; no date means that it counts as always known."""

    customer_id: str
    key: str
    value: str
    observed_at: datetime | None = None


def encode(facts: Iterable[AttributeFact], spec: FeatureSpec) -> dict[str, Encoded]:
    """Each customer's facts as numbers, oldest first; what the spec does not know is left out.

    A level that the spec does not list becomes missing, and so ends an earlier level's validity.
    """
    known = {definition.key for definition in spec.attributes}
    encoders: dict[
        str, _Encoder
    ] = {}  # made for the keys that occur: a request's customer often has no facts
    encoded: dict[str, Encoded] = {}
    for fact in sorted(facts, key=_age_order):
        if fact.key in known:
            if fact.key not in encoders:
                encoders[fact.key] = _Encoder(fact.key, spec)
            observed = ALWAYS_KNOWN_US if fact.observed_at is None else to_us(fact.observed_at)
            numbers = encoders[fact.key].numbers(fact.value)
            encoded.setdefault(fact.customer_id, []).extend(
                (column, value, observed) for column, value in numbers
            )
    return encoded


def _age_order(fact: AttributeFact) -> tuple[int, str, str]:
    observed = ALWAYS_KNOWN_US if fact.observed_at is None else to_us(fact.observed_at)
    return observed, fact.key, fact.value


class _Encoder:
    """Turns one attribute's values into its profile columns."""

    def __init__(self, key: str, spec: FeatureSpec) -> None:
        definition = next(d for d in spec.attributes if d.key == key)
        self.kind = definition.kind
        self.columns = [place for place, column in enumerate(spec.profile_columns) if column.attribute == key]
        self.levels: Sequence[str] = definition.levels

    def numbers(self, value: str) -> list[tuple[int, float]]:
        if self.kind == "number":
            return [(self.columns[0], _number(value))]
        if self.kind == "ordinal":
            return [(self.columns[0], float(self.levels.index(value)) if value in self.levels else np.nan)]
        flags = [float(level == value) if value in self.levels else np.nan for level in self.levels]
        return list(zip(self.columns, flags, strict=True))


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan
