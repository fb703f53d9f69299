"""Outcomes against the slow twin, and where their window begins and ends."""

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.outcomes import Horizon, outcome_names, outcomes
from features.spec import FeatureSpec
from tests.features import oracle
from tests.features.worlds import MICROSECOND, World, purchase, spec_in, worlds

NEW_YORK = spec_in("America/New_York")
CUTOFF = datetime(2017, 11, 1, 4, tzinfo=UTC)  # midnight in New York
END = datetime(2017, 12, 1, 5, tzinfo=UTC)  # 30 local days later; clocks were set back in between
HORIZON = Horizon(30, END)


@settings(max_examples=120)
@given(worlds(), st.sampled_from((1, 7, 30)), st.integers(-3, 60))
def test_every_outcome_equals_the_oracles(world: World, days: int, known_days: int) -> None:
    horizon = Horizon(days, world.as_of + timedelta(days=known_days))
    found = outcomes(world.histories, world.as_of_us, horizon, world.spec, world.catalogue)
    for values, events in zip(found, world.events_of.values(), strict=True):
        expected = oracle.outcome(events, world.as_of, days, horizon.resolved_until, world.spec, world.paths)
        assert list(expected) == outcome_names(world.spec)
        np.testing.assert_array_equal(values, list(expected.values()))


@settings(max_examples=40)
@given(worlds(), worlds(customers=1))
def test_events_outside_the_window_change_no_outcome(world: World, other: World) -> None:
    horizon = Horizon(30, world.as_of + timedelta(days=31))
    before = outcomes(world.histories, world.as_of_us, horizon, world.spec, world.catalogue)
    world.events_of["customer 0"].extend(
        event for event in other.events if not world.as_of <= event.occurred_at < horizon.resolved_until
    )
    after = outcomes(world.histories, world.as_of_us, horizon, world.spec, world.catalogue)
    np.testing.assert_array_equal(before, after)


def test_purchase_at_the_cutoff_is_an_outcome() -> None:
    assert _churned(CUTOFF) == 0


def test_purchase_just_before_the_cutoff_is_none() -> None:
    assert _churned(CUTOFF - MICROSECOND) == 1


def test_window_ends_after_thirty_local_days() -> None:
    assert _churned(END - MICROSECOND) == 0
    assert _churned(END) == 1


def test_outcome_is_unknown_until_its_window_is_over() -> None:
    known = Horizon(30, END - MICROSECOND)
    world = _bought_at(CUTOFF)
    assert np.isnan(outcomes(world.histories, world.as_of_us, known, world.spec, world.catalogue)).all()


def test_spec_without_groups_has_only_churn() -> None:
    world = World(CUTOFF, FeatureSpec(), _bought_at(CUTOFF).events_of)
    found = outcomes(world.histories, world.as_of_us, HORIZON, world.spec, world.catalogue)
    assert found.tolist() == [[0.0]]


def _churned(at: datetime) -> float:
    world = _bought_at(at)
    return float(outcomes(world.histories, world.as_of_us, HORIZON, world.spec, world.catalogue)[0, -1])


def _bought_at(at: datetime) -> World:
    return World(CUTOFF, NEW_YORK, {"ann": [purchase(at, "one")]})
