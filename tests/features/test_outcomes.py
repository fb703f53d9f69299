"""Outcomes against the slow twin, and where their window begins and ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInputError
from features.contract import Role
from features.outcomes import Horizon, Target, outcome_names, outcomes
from features.spec import FeatureSpec
from tests.features import oracle
from tests.features.worlds import MICROSECOND, World, purchase, spec_in, worlds

NEW_YORK = spec_in("America/New_York")
CUTOFF = datetime(2017, 11, 1, 4, tzinfo=UTC)  # midnight in New York
END = datetime(2017, 12, 1, 5, tzinfo=UTC)  # 30 local days later; clocks were set back in between
HORIZON = Horizon(30, END)


TARGETS = st.lists(
    st.builds(
        Target,
        st.sampled_from(("coffee", "home", "nothing", "writes", "rates")),
        st.sampled_from(
            (("purchase",), ("opinion",), ("rating", "view"), ("contact",), ("meter_reading", "refund"))
        ),
        st.sampled_from((None, None, 0.0, 3.5, 4.0)),
    ),
    max_size=4,
    unique_by=lambda target: target.name,
).map(lambda drawn: [replace(one, in_group=one.name in {"coffee", "home", "nothing"}) for one in drawn])


@settings(max_examples=150)
@given(worlds(), TARGETS, st.sampled_from((1, 7, 30)), st.integers(-3, 60))
def test_every_outcome_equals_the_oracles(
    world: World, targets: list[Target], days: int, known_days: int
) -> None:
    horizon = Horizon(days, world.as_of + timedelta(days=known_days))
    found = outcomes(world.histories, world.as_of_us, horizon, world.spec, world.catalogue, targets)
    for values, events in zip(found, world.events_of.values(), strict=True):
        expected = oracle.outcome(
            events, world.as_of, days, horizon.resolved_until, world.spec, world.paths, targets
        )
        assert list(expected) == outcome_names(world.spec, targets)
        np.testing.assert_array_equal(values, list(expected.values()))


def test_rating_below_what_counts_is_no_outcome() -> None:
    loves = Target("coffee", ("rating",), at_least=4.0)
    assert _happened(loves, rating=4.0) == 1
    assert _happened(loves, rating=3.9) == 0
    assert _happened(loves, rating=None) == 0
    assert _happened(replace(loves, at_least=None), rating=None) == 1


def test_event_of_a_type_that_counts_as_purchase_is_named_by_either() -> None:
    """A shop that lives from ratings lets them count as purchases."""
    for word in ("rating", "purchase"):
        assert _happened(Target("coffee", (word,)), rating=1.0, role=Role.PURCHASE) == 1
    assert _happened(Target("coffee", ("opinion",)), rating=1.0, role=Role.PURCHASE) == 0


def test_type_that_is_not_registered_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidInputError, match=r"coffee: .*'ratings'.*did you mean rating"):
        Target("coffee", ("ratings",)).types(NEW_YORK.roles)


def _happened(target: Target, *, rating: float | None, role: Role = Role.OPINION) -> float:
    """Whether one rating of coffee at the cutoff makes the target true."""
    rated = replace(purchase(CUTOFF, "one", item_id="latte"), type="rating", rating=rating)
    spec = replace(NEW_YORK, roles={**NEW_YORK.roles, "rating": role})
    world = World(CUTOFF, spec, {"ann": [rated]})
    found = outcomes(world.histories, world.as_of_us, HORIZON, spec, world.catalogue, [target])
    return float(found[0, outcome_names(spec, [target]).index("coffee")])


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
