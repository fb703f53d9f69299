"""Nothing that could not have been known at the cutoff reaches a feature."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from features.attributes import AttributeFact
from tests.features.worlds import MICROSECOND, World, same_bits, worlds


@settings(max_examples=80)
@given(worlds(), worlds(customers=1))
def test_events_at_or_after_the_cutoff_change_nothing(world: World, other: World) -> None:
    before = world.rows
    for number, event in enumerate(other.events):
        then = max(event.occurred_at + (world.as_of - other.as_of), world.as_of)
        hidden = replace(event, event_id=f"hidden {number}", occurred_at=then, received_at=then)
        world.events_of["customer 0"].append(hidden)
    assert same_bits(before, world.rows)


@settings(max_examples=80)
@given(worlds(), worlds(customers=1), st.sampled_from((timedelta(0), timedelta(days=3))))
def test_events_received_at_or_after_the_cutoff_change_nothing(
    world: World, other: World, delay: timedelta
) -> None:
    before = world.rows
    for number, event in enumerate(other.events):
        hidden = replace(
            event,
            event_id=f"hidden {number}",
            occurred_at=min(event.occurred_at + (world.as_of - other.as_of), world.as_of - MICROSECOND),
            received_at=world.as_of + delay,
        )
        world.events_of["customer 0"].append(hidden)
    assert same_bits(before, world.rows)


@settings(max_examples=40)
@given(
    worlds(), st.sampled_from(("age", "region", "income")), st.sampled_from(("old", "north", "7", "no level"))
)
def test_facts_observed_at_or_after_the_cutoff_change_nothing(world: World, key: str, value: str) -> None:
    before = world.rows
    world.facts.append(AttributeFact("customer 0", key, value, world.as_of))
    assert same_bits(before, world.rows)
