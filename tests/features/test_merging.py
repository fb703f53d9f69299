"""Two histories of the same customers merged: each event once, in history order."""

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import Event
from features.histories import Histories
from features.merging import FEW_EVENTS, merge
from features.records import to_histories
from tests.features.test_outcomes import CUTOFF
from tests.features.test_packing import assert_same
from tests.features.worlds import World, purchase, worlds


@settings(max_examples=100)
@given(worlds(), st.randoms(use_true_random=False))
def test_merge_is_the_history_of_all_events_each_once(world: World, dice: random.Random) -> None:
    """Any part of each customer's events is old, and any part, with the rest among it, is new."""
    old = {name: [one for one in events if dice.random() < 0.5] for name, events in world.events_of.items()}
    new = {
        name: [one for one in events if one not in old[name] or dice.random() < 0.5]
        for name, events in world.events_of.items()
    }
    assert_same(merge(to_histories(old), to_histories(new)), world.histories)


@pytest.mark.parametrize("count", [FEW_EVENTS, 10 * FEW_EVENTS])
def test_few_and_many_new_events_are_merged_alike(count: int) -> None:
    events = [purchase(CUTOFF + timedelta(minutes=n % 7), f"event {n}") for n in range(count)]
    old, new = {"ann": events[::3], "bo": events[:3]}, {"ann": [*events, *events[:5]], "bo": events}
    assert_same(merge(to_histories(old), to_histories(new)), to_histories({"ann": events, "bo": events}))


@pytest.mark.parametrize("others", [0, FEW_EVENTS])
def test_event_that_is_twice_in_the_new_part_is_kept_once(others: int) -> None:
    known = [purchase(CUTOFF, f"other {n}") for n in range(others)]
    twice = [purchase(CUTOFF, "one"), purchase(CUTOFF + timedelta(days=1), "one")]
    merged = merge(to_histories({"ann": []}), to_histories({"ann": [*known, *twice]}))
    assert_same(merged, to_histories({"ann": [*known, twice[0]]}))


def test_first_version_of_an_event_is_kept() -> None:
    old = to_histories({"ann": [purchase(CUTOFF, "one", order_id="first")]})
    new = to_histories({"ann": [purchase(CUTOFF + timedelta(days=1), "one", order_id="second")]})
    assert_same(merge(old, new), old)


def test_types_and_channels_that_only_new_events_have_keep_their_names() -> None:
    bought, seen = purchase(CUTOFF, "one"), purchase(CUTOFF, "two", type="view", channel="app")
    assert_same(_merged({"ann": [bought]}, {"ann": [seen]}), to_histories({"ann": [bought, seen]}))


def _merged(old: Mapping[str, Sequence[Event]], new: Mapping[str, Sequence[Event]]) -> Histories:
    return merge(to_histories(old), to_histories(new))
