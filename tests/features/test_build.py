"""Frames over the whole lake: each row the slow twin's, whatever the buckets and files."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.attributes import encode
from features.build import build, build_panel
from features.kernel import column_names
from features.lake import Lake
from features.outcomes import Horizon, outcome_names
from features.source import FeatureSource
from tests.features import oracle
from tests.features.test_lake import parts_of
from tests.features.worlds import World, long_world

CUTOFFS = [timedelta(0), timedelta(days=30), timedelta(days=200)]


@pytest.fixture(scope="module")
def world() -> World:
    return long_world("America/New_York", seed=9)


@pytest.fixture(scope="module")
def source(world: World, tmp_path_factory: pytest.TempPathFactory) -> FeatureSource:
    """A lake of more buckets than customers, some buckets of two files."""
    lake = Lake(tmp_path_factory.mktemp("home") / "lake", buckets=5)
    lake.create()
    for number in range(2):
        lake.append(parts_of(world.events[number::2], 5), app="test", batch=number, note={})
    return FeatureSource(lake, lake.version(), world.spec, world.catalogue, encode(world.facts, world.spec))


def test_every_row_is_the_oracles(world: World, source: FeatureSource) -> None:
    frame = build(source, world.as_of)
    assert list(frame.index) == sorted(world.events_of)
    assert list(frame.columns) == list(column_names(world.spec))
    for name, values in frame.iterrows():
        expected = oracle.row(world.events_of[str(name)], world.as_of, world.spec, world.paths)
        np.testing.assert_allclose(
            values.to_numpy(),
            [expected[column] for column in frame.columns],
            rtol=1e-12,
            atol=0,
            equal_nan=True,
        )


def test_panel_has_the_same_rows_as_each_cutoff_alone(world: World, source: FeatureSource) -> None:
    cutoffs = [world.as_of - back for back in CUTOFFS]
    panel = build(source, cutoffs)
    assert panel.index.names == ["as_of", "customer_id"]
    for cutoff in cutoffs:
        rows = panel[panel.index.get_level_values("as_of") == cutoff].droplevel("as_of")
        pd.testing.assert_frame_equal(rows, build(source, cutoff), check_exact=True)


def test_outcomes_of_a_panel_are_the_oracles(world: World, source: FeatureSource) -> None:
    horizon = Horizon(30, world.as_of)
    cutoffs = [world.as_of - back for back in CUTOFFS]
    panel = build_panel(source, cutoffs, horizon=horizon)
    assert list(panel.outcomes.columns) == outcome_names(world.spec)
    for cutoff in cutoffs:
        for name, values in panel.at(cutoff).outcomes.iterrows():
            expected = oracle.outcome(
                world.events_of[str(name)], cutoff, 30, world.as_of, world.spec, world.paths
            )
            np.testing.assert_array_equal(values.to_numpy(), list(expected.values()))


def test_customers_without_an_event_by_then_have_no_row(world: World, source: FeatureSource) -> None:
    first = {name: min(event.occurred_at for event in events) for name, events in world.events_of.items()}
    earliest = min(first, key=lambda name: first[name])
    there = sorted(name for name in first if first[name] == first[earliest])
    assert list(build(source, first[earliest] + timedelta(microseconds=1)).index) == there


def test_cutoff_before_all_events_gives_an_empty_frame(world: World, source: FeatureSource) -> None:
    frame = build(source, world.as_of - timedelta(days=4000))
    assert frame.shape == (0, len(column_names(world.spec)))


def test_empty_lake_gives_an_empty_frame(world: World, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.create()
    frame = build(FeatureSource(lake, 0, world.spec, world.catalogue, {}), world.as_of)
    assert frame.shape == (0, len(column_names(world.spec)))


def test_frame_names_the_version_of_its_columns(world: World, source: FeatureSource) -> None:
    assert build(source, world.as_of).attrs["schema_version"] == world.spec.schema_version
    assert build(source, [world.as_of]).attrs["schema_version"] == world.spec.schema_version


def test_lake_version_of_the_source_decides(world: World, source: FeatureSource) -> None:
    first = FeatureSource(source.lake, source.lake_version - 1, source.spec, source.catalogue, source.facts)
    half, whole = build(first, world.as_of), build(source, world.as_of)
    assert half["purchases_84d"].sum() < whole["purchases_84d"].sum()


@pytest.mark.parametrize("workers", [1, 2, 9])
def test_number_of_workers_changes_nothing(world: World, source: FeatureSource, workers: int) -> None:
    other = FeatureSource(
        source.lake, source.lake_version, source.spec, source.catalogue, source.facts, workers=workers
    )
    pd.testing.assert_frame_equal(build(other, world.as_of), build(source, world.as_of), check_exact=True)


def test_progress_counts_every_bucket(world: World, source: FeatureSource) -> None:
    seen: list[tuple[int, int]] = []
    build(source, world.as_of, progress=lambda done, of: seen.append((done, of)))
    assert seen == [(done, 5) for done in range(1, 6)]


def test_many_slices_of_a_bucket_give_the_rows_of_one(
    world: World, source: FeatureSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = build(source, [world.as_of - back for back in CUTOFFS])
    for events in (1, 100):
        monkeypatch.setattr("features.blocks.EVENTS_A_SLICE", events)
        sliced = build(source, [world.as_of - back for back in CUTOFFS])
        pd.testing.assert_frame_equal(sliced, whole, check_exact=True)


def test_rows_need_no_frame_library() -> None:
    command = "import features, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == 0  # noqa: S603 (ours)
