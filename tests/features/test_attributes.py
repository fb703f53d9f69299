"""Profile facts turned into numbers."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import to_us
from features.attributes import ALWAYS_KNOWN_US, AttributeFact, encode
from tests.features.worlds import spec_in

SPEC = spec_in("UTC")  # age is ordinal, region nominal, income a number
COLUMNS = {column.name: place for place, column in enumerate(SPEC.profile_columns)}
MONDAY = datetime(2017, 11, 6, tzinfo=UTC)


def encoded(key: str, value: str, observed_at: datetime | None = None) -> list[tuple[int, float, int]]:
    return encode([AttributeFact("ann", key, value, observed_at)], SPEC).get("ann", [])


def test_ordinal_level_is_its_position() -> None:
    assert encoded("age", "old") == [(COLUMNS["profile_age"], 2.0, ALWAYS_KNOWN_US)]


def test_nominal_level_is_one_among_zeros() -> None:
    assert encoded("region", "south") == [
        (COLUMNS["profile_region__north"], 0.0, ALWAYS_KNOWN_US),
        (COLUMNS["profile_region__south"], 1.0, ALWAYS_KNOWN_US),
    ]


def test_number_is_itself() -> None:
    assert encoded("income", "-12.5") == [(COLUMNS["profile_income"], -12.5, ALWAYS_KNOWN_US)]


@pytest.mark.parametrize(
    ("key", "value"),
    [("age", "ageless"), ("region", "abroad"), ("income", "much"), ("income", "inf"), ("income", "NaN")],
)
def test_unknown_values_are_missing(key: str, value: str) -> None:
    found = encoded(key, value)
    assert found
    assert all(math.isnan(number) for _, number, _ in found)


def test_attributes_that_the_spec_does_not_know_are_left_out() -> None:
    assert encoded("shoe size", "44") == []


def test_facts_come_oldest_first_and_undated_ones_before_all() -> None:
    facts = [
        AttributeFact("ann", "age", "old", MONDAY),
        AttributeFact("ann", "age", "middle", MONDAY - timedelta(days=1)),
        AttributeFact("ann", "age", "young"),
    ]
    assert [(value, at) for _, value, at in encode(facts, SPEC)["ann"]] == [
        (0.0, ALWAYS_KNOWN_US),
        (1.0, to_us(MONDAY - timedelta(days=1))),
        (2.0, to_us(MONDAY)),
    ]


def test_order_of_the_facts_does_not_matter() -> None:
    facts = [AttributeFact("ann", "age", value, MONDAY) for value in ("young", "old", "middle")]
    assert encode(facts, SPEC) == encode(facts[::-1], SPEC)
