"""Segments of planted groups over several trainings: releases and store are real, MLflow is asked and has none."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.settings import Settings
from core.storage import Store, open_store
from features.spec import FeatureSpec
from models.registry import Registry
from models.release_manifest import Names, Origin, ReleaseFacts, SegmentEntry
from models.release_write import publish_release
from models.segment_change import Change
from models.segments import CustomerSegments
from models.versions import ModelVersion
from tags.segment_history import line_of, new_keys, run_of_last
from training.lineage import Lineage, name_by_members, record_lineage

COLUMNS = ("width_share", "height_share")
CORNERS = {"a": (0, 0), "b": (0, 30), "c": (30, 0), "d": (30, 30), "e": (15, 70)}
NOW = datetime(2024, 3, 1, tzinfo=UTC)


def customers(sizes: dict[str, int], **moved: tuple[float, float]) -> pd.DataFrame:
    """So many customers around each corner, or around another place."""
    rng = np.random.default_rng(7)
    places = {**CORNERS, **moved}
    values = [np.array(places[name]) + rng.normal(size=(n, 2)) for name, n in sizes.items()]
    index = [f"{name}{number}" for name, n in sizes.items() for number in range(n)]
    return pd.DataFrame(np.concatenate(values), index=index, columns=list(COLUMNS))


def formed(X: pd.DataFrame, n: int | None = None) -> CustomerSegments:
    """One segment a corner, or so many."""
    n = n or len({name[0] for name in X.index})
    return CustomerSegments(tuple(X.columns), n_segments=(n, n), n_replicates=2).fit(X)


@dataclass
class Home:
    """A home whose trainings are only about segments."""

    settings: Settings
    store: Store
    trainings: int = 0

    def train(
        self, X: pd.DataFrame, *, serves: bool = True, n: int | None = None
    ) -> tuple[CustomerSegments, Lineage]:
        """Form segments of the customers, give them their keys, record it, and let them serve."""
        self.trainings += 1
        segments = formed(X, n)
        registry = Registry(self.settings.tracking_uri, self.settings.artifacts_path)
        lineage = name_by_members(self.settings, self.store, registry, segments, X)
        version = ModelVersion("segments", self.trainings, f"run {self.trainings}")
        record_lineage(self.store, lineage, segments, version, until=NOW, now=NOW)
        if serves:
            self.serve(segments, X, version)
        return segments, lineage

    def serve(
        self, segments: CustomerSegments | None, X: pd.DataFrame, version: ModelVersion, **changed: object
    ) -> None:
        """A release of the segments, or of nothing."""
        facts = ReleaseFacts(
            origins={"segments": Origin(name="segments", version=version.version, run_id=version.run_id)}
            if segments
            else {},
            feature_columns=tuple(X.columns),
            feature_schema_version="1",
            feature_spec={**FeatureSpec().as_json(), **changed},
            taxonomy_version="1",
            segments=tuple(
                SegmentEntry(key=name.key, names=Names(en=name.en, zh=name.zh), size=int(size))
                for name, size in zip(segments.names_, segments.sizes_, strict=True)
            )
            if segments
            else (),
        )
        publish_release(self.settings.releases_path, facts, {"segments": segments} if segments else {}, X)

    def changes(self, key: str) -> list[Change]:
        """What became of a segment, newest first, on the line of the last version."""
        with self.store.read() as connection:
            line = line_of(connection, run_of_last(connection))
        return [Change(step.change) for step in line if step.key == key]


@contextmanager
def opened(folder: Path, database_url: str | None = None) -> Iterator[Home]:
    settings = Settings(home=folder, database_url=database_url)
    store = open_store(settings)
    yield Home(settings, store)
    store.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with opened(tmp_path) as home:
        yield home


@pytest.fixture
def either_home(tmp_path: Path, database_url: str | None) -> Iterator[Home]:
    """On either database."""
    with opened(tmp_path, database_url) as home:
        yield home


def key_at(segments: CustomerSegments, X: pd.DataFrame, corner: str) -> str:
    """The key of the segment that the customers of a corner are in."""
    keys = set(segments.predict(X[X.index.str.startswith(corner)]))
    assert len(keys) == 1
    return keys.pop()


def test_the_first_segments_are_numbered_by_size(home: Home) -> None:
    X = customers({"a": 100, "b": 80, "c": 60})
    segments, lineage = home.train(X)
    assert [name.key for name in segments.names_] == ["segment_1", "segment_2", "segment_3"]
    assert {step.change for step in lineage.steps} == {Change.FIRST}


def test_segments_keep_their_keys_when_their_sizes_change_places(home: Home) -> None:
    X = customers({"a": 100, "b": 80, "c": 60})
    first, _ = home.train(X)
    later = customers({"a": 60, "b": 80, "c": 100}, c=(31, 2))
    second, lineage = home.train(later)
    for corner in "abc":
        assert key_at(second, later, corner) == key_at(first, X, corner)
    assert [name.key for name in second.names_] == ["segment_3", "segment_2", "segment_1"]
    assert {step.change for step in lineage.steps} == {Change.KEPT}
    assert all(step.overlap == 1.0 for step in lineage.steps)


def test_release_and_prediction_speak_of_the_kept_keys(home: Home) -> None:
    X = customers({"a": 100, "b": 80, "c": 60})
    home.train(X)
    later = customers({"a": 60, "b": 80, "c": 100})
    second, _ = home.train(later)
    assert set(second.predict(later)) == set(second.membership(later).columns) == set(second.profile_.index)
    assert list(second.membership(later).columns) == [name.key for name in second.names_]


def test_a_key_is_never_used_again(home: Home) -> None:
    first, _ = home.train(customers({"a": 100, "b": 80, "c": 60}))
    gone = key_at(first, customers({"a": 100, "b": 80, "c": 60}), "c")
    home.train(customers({"a": 100, "b": 80}))
    X = customers({"a": 100, "b": 80, "e": 60})
    third, _ = home.train(X)
    new = key_at(third, X, "e")
    assert new == "segment_4"
    X = customers({"a": 100, "b": 80, "c": 60})
    fourth, _ = home.train(X)
    assert key_at(fourth, X, "c") not in {gone, new}


def test_keys_of_versions_that_never_served_are_not_used_again_either(home: Home) -> None:
    X = customers({"a": 100, "b": 80})
    home.train(X)
    more = customers({"a": 100, "b": 80, "c": 60})
    tried, _ = home.train(more, serves=False)
    assert key_at(tried, more, "c") == "segment_3"
    again, lineage = home.train(more)
    assert key_at(again, more, "c") == "segment_4"
    assert lineage.before is not None
    assert lineage.before.version == 1


def test_a_merge_and_what_was_absorbed_are_told(home: Home) -> None:
    X = customers({"a": 90, "b": 80, "c": 70})
    first, _ = home.train(X)
    apart, b, c = (key_at(first, X, corner) for corner in "abc")
    together = customers({"a": 90, "b": 80, "c": 70}, b=(30, 30), c=(31, 31))
    # They moved near to what "c" was: those of today are nearer to its old centre.
    second, lineage = home.train(together, n=2)
    by_key = {step.key: step.change for step in lineage.steps}
    assert by_key[apart] is Change.KEPT
    assert len(second.names_) == 2
    assert {by_key[b], by_key[c]} <= {Change.KEPT, Change.ABSORBED, Change.DISSOLVED}
    assert sum(change.is_end for change in by_key.values()) == 1


def test_a_split_is_told_with_where_it_came_from(home: Home) -> None:
    X = customers({"a": 120, "b": 120})
    first, _ = home.train(X)
    b = key_at(first, X, "b")
    later = customers({"a": 120, "b": 70, "d": 50}, d=(12, 36))
    second, lineage = home.train(later)
    split = next(step for step in lineage.steps if step.key == key_at(second, later, "d"))
    assert key_at(second, later, "b") == b
    assert split.change is Change.SPLIT
    assert split.flows[0].key == b


def test_after_a_refusal_the_segments_come_back_with_their_keys(home: Home) -> None:
    X = customers({"a": 60, "b": 80, "c": 100})
    first, _ = home.train(X)
    home.serve(None, X, ModelVersion("segments", 1, "run 1"))
    later = customers({"a": 100, "b": 80, "c": 60})
    second, lineage = home.train(later)
    assert {key_at(second, later, corner) for corner in "abc"} == {name.key for name in first.names_}
    assert {step.change for step in lineage.steps} == {Change.KEPT}


def test_keys_by_place_of_a_release_from_before_become_the_segments_own(home: Home) -> None:
    X = customers({"a": 100, "b": 80, "c": 60})
    old = formed(X)
    home.serve(old, X, ModelVersion("segments", 9, "run of long ago"))
    later = customers({"a": 60, "b": 80, "c": 100, "e": 50})
    second, lineage = home.train(later)
    assert [name.key for name in second.names_] == ["segment_3", "segment_2", "segment_1", "segment_4"]
    assert home.changes("segment_3") == [Change.KEPT]
    assert lineage.before is not None
    assert lineage.before.version == 9


@pytest.mark.parametrize("changed", [{"kernel_version": 0}, {}])
def test_segments_that_cannot_be_compared_end_and_others_begin(
    home: Home, changed: dict[str, object]
) -> None:
    """Their features are computed differently by now, or are not there any more."""
    X = customers({"a": 100, "b": 80})
    home.serve(formed(X), X, ModelVersion("segments", 1, "run of long ago"), **changed)
    if not changed:
        X = X.rename(columns={"width_share": "depth_share"})
    segments, lineage = home.train(X)
    assert [name.key for name in segments.names_] == ["segment_3", "segment_4"]
    assert [step.change for step in lineage.steps] == [Change.BORN] * 2 + [Change.INCOMPARABLE] * 2


def test_segments_formed_by_other_columns_are_compared_by_their_members(home: Home) -> None:
    X = customers({"a": 100, "b": 80})
    first, _ = home.train(X)
    both = X.assign(depth_share=X["height_share"] * 2)
    second, lineage = home.train(both)
    assert {step.change for step in lineage.steps} == {Change.KEPT}
    assert key_at(second, both, "b") == key_at(first, X, "b")


def test_history_is_that_of_what_serves_and_newest_first(either_home: Home) -> None:
    X = customers({"a": 100, "b": 80})
    either_home.train(X)
    either_home.train(customers({"a": 100, "b": 80, "c": 60}), serves=False)
    either_home.train(customers({"a": 100, "e": 80}))
    assert either_home.changes("segment_1") == [Change.KEPT, Change.FIRST]
    assert either_home.changes("segment_2") == [Change.KEPT, Change.FIRST]
    assert either_home.changes("segment_3") == []


def test_two_trainings_at_once_never_get_the_same_keys(either_home: Home) -> None:
    with either_home.store.write() as connection:
        first = new_keys(connection, 3, known=["segment_7", "segment_2"])
    with either_home.store.write() as connection:
        second = new_keys(connection, 2, known=[])
    assert (first, second) == (["segment_8", "segment_9", "segment_10"], ["segment_11", "segment_12"])


def test_a_run_that_left_no_history_has_none(either_home: Home) -> None:
    with either_home.store.read() as connection:
        assert line_of(connection, "unknown") == []
        assert run_of_last(connection) == ""
