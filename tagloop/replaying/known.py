"""Which facts stand for what reviewers know of the demo's customers, where no event tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class KnownBy:
    """An attribute, and those of its values that say that the tag fits."""

    attribute: str
    values: frozenset[str]


KNOWN: Mapping[str, KnownBy] = MappingProxyType(
    {
        "family_with_kids": KnownBy("kids_count", frozenset({"1", "2", "3+"})),
        "homeowner": KnownBy("home_ownership", frozenset({"Homeowner", "Probable Homeowner"})),
        "older_household": KnownBy("age", frozenset({"55-64", "65+"})),
    }
)
