"""A resampled shop: as many events as asked for, and copies that are the customers they were made from."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benchmarks.first_buckets import FirstBuckets
from benchmarks.resample import Resampled, buckets_for
from core.ids import bucket_of, stable_key
from features.build import build
from features.contract import Event
from features.lake import Lake
from features.lake_rows import LAKE_SCHEMA
from features.source import FeatureSource
from tests.features.test_lake import parts_of
from tests.features.worlds import World, long_world


@pytest.fixture(scope="module")
def world() -> World:
    """Every event at an instant of its own: copies have other ids, and ids order events of one instant."""
    found = long_world("America/New_York", seed=5)
    apart = {
        name: [_later(event, number) for number, event in enumerate(events)]
        for name, events in found.events_of.items()
    }
    return World(found.as_of, found.spec, apart)


def _later(event: Event, number: int) -> Event:
    at = event.occurred_at + timedelta(seconds=number)
    return replace(event, occurred_at=at, received_at=at)


@pytest.fixture(scope="module")
def source(world: World, tmp_path_factory: pytest.TempPathFactory) -> FeatureSource:
    lake = Lake(tmp_path_factory.mktemp("home") / "lake", buckets=2)
    lake.create()
    lake.append(parts_of(world.events, 2), app="test", batch=0, note={})
    return FeatureSource(lake, lake.version(), world.spec, world.catalogue, {})


@pytest.fixture(scope="module")
def resampled(source: FeatureSource, world: World, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two and a half times the events, in three buckets."""
    lake = Lake(tmp_path_factory.mktemp("large") / "lake", buckets=3)
    Resampled(source.lake, len(world.events) * 5 // 2).write(lake)
    return lake


def events_of(lake: Lake) -> pa.Table:
    names = [name for name in LAKE_SCHEMA.names if name != "bucket"]
    return pa.concat_tables([lake.read_bucket(bucket, names) for bucket in range(lake.buckets)])


def test_there_are_as_many_events_as_asked_for_but_for_a_part_of_one_customer(
    resampled: Lake, world: World
) -> None:
    most = max(len(events) for events in world.events_of.values())
    wanted = len(world.events) * 5 // 2
    assert wanted - most <= len(events_of(resampled)) <= wanted


def test_copy_has_the_features_of_its_original(source: FeatureSource, resampled: Lake, world: World) -> None:
    own = build(source, world.as_of)
    copies = build(replace(source, lake=resampled, lake_version=resampled.version()), world.as_of)
    assert len(copies) > 2 * len(own)
    for name, row in copies.iterrows():
        np.testing.assert_array_equal(row.to_numpy(), own.loc[str(name).partition("~")[0]].to_numpy())


def test_copied_events_have_ids_and_keys_of_their_own_in_their_customers_bucket(resampled: Lake) -> None:
    events = events_of(resampled)
    ids = events.column("event_id").to_pylist()
    assert len(set(ids)) == len(ids)
    assert events.column("event_key").to_pylist() == [stable_key(name) for name in ids]
    for bucket in range(resampled.buckets):
        names = pc.unique(
            resampled.read_bucket(bucket, ["customer_id"]).column("customer_id").cast(pa.string())
        )
        assert {bucket_of(str(name), resampled.buckets) for name in names.to_pylist()} <= {bucket}


def test_first_buckets_hold_their_part_of_the_events(resampled: Lake) -> None:
    counts = [FirstBuckets(resampled.path, count).n_events for count in (1, 2, 3)]
    rows = np.cumsum([len(resampled.read_bucket(bucket, ["type"])) for bucket in range(3)])
    assert counts == rows.tolist()


def test_more_events_get_more_buckets_and_never_none() -> None:
    assert [buckets_for(n) for n in (0, 320_000, 320_001, 20_000_000)] == [1, 1, 2, 63]
