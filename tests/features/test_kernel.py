"""The kernel against its slow twin, and the properties that everything else rests on."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings

from core.clock import to_us
from features import kernel
from features.catalogue import Catalogue
from features.contract import Event
from features.kernel import column_names, columns, compute
from features.records import to_histories
from features.spec import FeatureSpec
from tests.features import oracle
from tests.features.worlds import MICROSECOND, World, long_world, purchase, same_bits, spec_in, worlds

# The kernel rounds more than once on the way to these; everything else is exact where sums are exact.
ROUNDED = {"recency_over_gap_mean", "repeat_share_84d", "basket_spend_std_84d"}


def differences(world: World, *, relative: float, absolute: float) -> list[str]:
    """Where kernel and oracle disagree; without an absolute tolerance only `ROUNDED` columns may be off."""
    names = column_names(world.spec)
    found = []
    for values, (customer, events) in zip(world.rows, world.events_of.items(), strict=True):
        expected = oracle.row(events, world.as_of, world.spec, world.paths, world.facts_of(customer))
        assert set(expected) == set(names)
        for name, value in zip(names, values.tolist(), strict=True):
            close = math.isclose(value, expected[name], rel_tol=relative, abs_tol=absolute)
            if not (_equal(value, expected[name]) or (close and (absolute > 0 or name in ROUNDED))):
                found.append(f"{customer}: {name} is {value!r}, expected {expected[name]!r}")
    return found


def _equal(value: float, expected: float) -> bool:
    return value == expected or (math.isnan(value) and math.isnan(expected))


@settings(max_examples=250)
@given(worlds())
def test_every_feature_equals_the_oracles_exactly_where_sums_are_exact(world: World) -> None:
    assert differences(world, relative=1e-12, absolute=0.0) == []


@settings(max_examples=80)
@given(worlds(unit=Decimal("0.01"), least=0))
def test_every_feature_equals_the_oracles_to_rounding_when_amounts_are_cents(world: World) -> None:
    assert differences(world, relative=1e-12, absolute=1e-11) == []


@pytest.mark.parametrize(
    ("zone", "seed"), [("America/New_York", 1), ("Asia/Shanghai", 2), ("Europe/London", 3)]
)
def test_long_histories_equal_the_oracles(zone: str, seed: int) -> None:
    assert differences(long_world(zone, seed), relative=1e-12, absolute=0.0) == []


def row(events: Sequence[Event], as_of: datetime, spec: FeatureSpec) -> dict[str, float]:
    """One customer's features by name."""
    matrix = compute(to_histories({"ann": events}), to_us(as_of), spec, World(as_of, spec, {}).catalogue)
    return dict(zip(column_names(spec), matrix[0].tolist(), strict=True))


@settings(max_examples=25)
@given(worlds())
def test_machine_code_gives_the_bits_of_the_loops_as_python_runs_them(world: World) -> None:
    compiled = world.rows
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel._rows, "_code", kernel._rows.function)
        with np.errstate(invalid="ignore"):
            assert same_bits(world.rows, compiled)


NEW_YORK = spec_in("America/New_York")
NOON = datetime(2017, 11, 8, 17, tzinfo=UTC)  # noon in New York


def test_event_at_the_cutoff_is_not_a_feature() -> None:
    assert row([purchase(NOON, "now")], NOON, NEW_YORK)["baskets_ever"] == 0
    assert row([purchase(NOON - MICROSECOND, "just before")], NOON, NEW_YORK)["baskets_ever"] == 1


def test_event_received_at_the_cutoff_is_not_a_feature() -> None:
    early = purchase(NOON - timedelta(days=3), "late to arrive")
    assert row([replace(early, received_at=NOON)], NOON, NEW_YORK)["baskets_ever"] == 0
    assert row([replace(early, received_at=NOON - MICROSECOND)], NOON, NEW_YORK)["baskets_ever"] == 1


def test_window_of_seven_days_is_today_and_the_six_local_days_before() -> None:
    first_day = datetime(2017, 11, 2, tzinfo=NEW_YORK.zone).astimezone(UTC)  # clocks were set back in between
    assert row([purchase(first_day, "inside")], NOON, NEW_YORK)["baskets_7d"] == 1
    assert row([purchase(first_day - MICROSECOND, "outside")], NOON, NEW_YORK)["baskets_7d"] == 0


def test_cutoff_at_midnight_counts_the_day_before_as_today() -> None:
    midnight = datetime(2017, 11, 8, tzinfo=NEW_YORK.zone).astimezone(UTC)
    assert (
        row([purchase(midnight - MICROSECOND, "late")], midnight, NEW_YORK)["days_since_last_purchase"] == 0
    )


def test_lines_without_an_order_id_are_orders_of_their_own() -> None:
    lines = [purchase(NOON - timedelta(days=1), str(number)) for number in range(3)]
    assert row(lines, NOON, NEW_YORK)["baskets_84d"] == 3


def test_lines_of_two_orders_mixed_at_one_instant_are_two_orders() -> None:
    lines = [
        purchase(NOON - timedelta(days=1), str(number), order_id=f"order {number % 2}") for number in range(9)
    ]
    mixed = row(lines, NOON, NEW_YORK)
    assert (mixed["baskets_84d"], mixed["purchases_84d"]) == (2, 9)


def test_day_that_comes_twice_counts_once() -> None:
    """In St. John's, in 2010, 00:01 on the 7th became 23:01 on the 6th: the 7th began, and began again."""
    st_johns = spec_in("America/St_Johns")
    midnight = datetime(2010, 11, 7, tzinfo=st_johns.zone).astimezone(UTC)
    times = [timedelta(seconds=30), timedelta(minutes=30), timedelta(hours=5)]  # the 7th, the 6th, the 7th
    found = row([purchase(midnight + at, str(at)) for at in times], midnight + timedelta(days=2), st_johns)
    assert (found["purchase_days_ever"], found["gap_mean_days"], found["gap_max_days"]) == (2, 1, 1)


def test_equal_gaps_have_no_spread() -> None:
    events = [purchase(NOON - timedelta(days=7 * week), str(week)) for week in range(12)]
    assert row(events, NOON, NEW_YORK)["gap_std_days"] == 0


def test_customers_without_events_have_zero_counts_and_no_recency() -> None:
    nothing = row([], NOON, NEW_YORK)
    assert nothing["baskets_ever"] == 0
    assert math.isnan(nothing["days_since_last_event"])
    assert compute(to_histories({}), to_us(NOON), NEW_YORK, Catalogue([], ())).shape == (0, len(nothing))


def test_spec_without_groups_channels_or_attributes_still_has_features() -> None:
    plain = FeatureSpec()
    assert row([purchase(NOON - timedelta(days=1), "one")], NOON, plain)["baskets_84d"] == 1


def test_names_are_unique_and_every_feature_is_defined_in_both_languages() -> None:
    names = column_names(NEW_YORK)
    assert len(set(names)) == len(names)
    assert all(column.en and column.zh for column in columns(NEW_YORK))
