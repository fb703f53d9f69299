"""Profile attributes turned into numbers for the kernel."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.clock import to_us
from features.contract import AttributeDefinition
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
    encoded: dict[str, Encoded] = {}
    for fact in sorted(facts, key=_age_order):
        if fact.key in spec.profiled:
            definition, columns = spec.profiled[fact.key]
            observed = ALWAYS_KNOWN_US if fact.observed_at is None else to_us(fact.observed_at)
            encoded.setdefault(fact.customer_id, []).extend(
                (column, number, observed)
                for column, number in zip(columns, _numbers(definition, fact.value), strict=True)
            )
    return encoded


def _age_order(fact: AttributeFact) -> tuple[int, str, str]:
    observed = ALWAYS_KNOWN_US if fact.observed_at is None else to_us(fact.observed_at)
    return observed, fact.key, fact.value


def _numbers(definition: AttributeDefinition, value: str) -> list[float]:
    """What a value is in each of its attribute's columns."""
    if definition.kind == "number":
        return [_number(value)]
    levels = definition.levels
    if definition.kind == "ordinal":
        return [float(levels.index(value)) if value in levels else np.nan]
    return [float(level == value) for level in levels] if value in levels else [np.nan] * len(levels)


def _number(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan
