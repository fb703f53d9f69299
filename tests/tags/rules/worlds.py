"""Customers as the rules get them, made of plain values."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from features.kernel import column_names
from tags.rules.known import Known
from tags.taxonomy import Taxonomy, parse_taxonomy
from tests.tags.rules.rules import LEVELS, SPEC

AS_OF = datetime(2017, 11, 30, 12, tzinfo=UTC)
PLACES = {name: place for place, name in enumerate(column_names(SPEC))}


def known(customers: Sequence[Mapping[str, Any]], **more: Any) -> Known:
    """The customers with those features and attributes; everything else is unknown."""
    rows = np.full((len(customers), len(PLACES)), math.nan)
    for row, customer in zip(rows, customers, strict=True):
        for name, value in customer.items():
            _put(row, name, value)
    return Known(AS_OF, [f"customer {place}" for place in range(len(customers))], rows, **more)


def _put(row: Any, name: str, value: Any) -> None:
    if value is None:
        return
    if name == "attribute.age":
        row[PLACES["profile_age"]] = LEVELS.index(value)
    elif name == "attribute.region":
        for level in ("north", "south"):
            row[PLACES[f"profile_region__{level}"]] = level == value
    else:
        row[PLACES[name.replace("attribute.", "profile_")]] = value


def rule_tag(key: str, when: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    """A tag that a rule gives, as a file says it."""
    names = {"en": key, "zh": key}
    rule = {"when": when, **({"value": value} if value else {})}
    return {
        "key": key,
        "name": names,
        "definition": names,
        "kind": "custom",
        "method": "rule",
        "rule": rule,
        **more,
    }


def taxonomy_of(*tags: dict[str, Any], groups: Sequence[dict[str, Any]] = ()) -> Taxonomy:
    """A taxonomy of those tags."""
    return parse_taxonomy({"tags": list(tags), "groups": list(groups)})
