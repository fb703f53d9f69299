"""Which segments are which of those before: keys that follow the members, recorded for good."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from core.settings import Settings
from core.storage import Store
from features.spec import FeatureSpec
from models.arrays import SegmentArrays
from models.registry import Registry
from models.release import Release
from models.release_manifest import MANIFEST_FILE, Manifest, Names
from models.release_read import BrokenReleaseError, current_release_id, load_release
from models.scorers import SegmentScorer
from models.segment_change import Step
from models.segment_identity import first_steps, same_segments, steps, unlike_steps
from models.segment_overlap import shared_customers
from models.segments import CustomerSegments
from models.versions import ModelVersion
from tags.segment_history import add_steps, new_keys

PART = "segments"


@dataclass(frozen=True)
class Called:
    """What a segment was called, and how many customers it had when it was formed."""

    names: Names
    customers: int | None


@dataclass(frozen=True, eq=False)
class Before:
    """The segments to compare with.

    Attributes:
        run_id: The MLflow run that formed them.
        version: Their registered version.
        called: By key, in the order of the centres.
        arrays: What assigns customers to them; None where the features that they read are computed differently now.
    """

    run_id: str
    version: int
    called: Mapping[str, Called]
    arrays: SegmentArrays | None

    def places(self, customers: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.intp]] | None":
        """The place of each customer's segment `(n,)`; None where that cannot be told."""
        if self.arrays is None or not set(self.arrays.columns) <= set(customers.columns):
            return None
        return self.arrays.predict(customers[list(self.arrays.columns)].to_numpy(np.float64))


@dataclass(frozen=True, eq=False)
class Lineage:
    """What became of the segments at a training: the steps, and the segments that were compared with."""

    steps: tuple[Step, ...]
    before: Before | None


def name_by_members(
    settings: Settings,
    store: Store,
    registry: Registry,
    segments: CustomerSegments,
    customers: pd.DataFrame,
) -> Lineage:
    """Gives the segments the keys of those that they are the same as, and keys never used to the others.

    Both the segments that serve and the new ones are asked where each of today's customers belongs: so the
    comparison is of members, whoever was there when the old ones were formed, whatever they were formed by.
    """
    before = segments_before(settings, registry)
    old_keys = list(before.called) if before else []
    old_places = before.places(customers) if before else None
    kept: dict[int, int] = {}
    n_new = len(segments.names_)
    shared = np.zeros((len(old_keys), n_new))
    if old_places is not None:
        places = segments.arrays_.predict(customers[segments.columns_].to_numpy(np.float64))
        shared = shared_customers(old_places, places, shared.shape)
        kept = same_segments(shared)
    with store.write() as connection:
        fresh = iter(new_keys(connection, n_new - len(kept), known=old_keys))
    keys = [old_keys[kept[place]] if place in kept else next(fresh) for place in range(n_new)]
    segments.with_keys(keys)
    if before is None:
        return Lineage(first_steps(keys), None)
    if old_places is None:
        return Lineage(unlike_steps(old_keys, keys), before)
    return Lineage(steps(shared, old_keys, keys), before)


def record_lineage(
    store: Store,
    lineage: Lineage,
    segments: CustomerSegments,
    version: ModelVersion,
    *,
    until: datetime,
    now: datetime,
) -> None:
    """Keeps the steps of a registered version."""
    before = lineage.before
    sizes = segments.sizes_.tolist()
    called = {
        name.key: Called(Names(en=name.en, zh=name.zh), int(size))
        for name, size in zip(segments.names_, sizes, strict=True)
    }
    called = {**(before.called if before else {}), **called}
    rows = [
        {
            "run_id": version.run_id,
            "version": version.version,
            "before_run_id": before.run_id if before else None,
            "before_version": before.version if before else None,
            "key": step.key,
            "change": step.change.value,
            "overlap": step.overlap,
            "flows": {flow.key: flow.share for flow in step.flows},
            "name_en": called[step.key].names.en,
            "name_zh": called[step.key].names.zh,
            "customers": called[step.key].customers,
            "until": until,
            "recorded_at": now,
        }
        for step in lineage.steps
    ]
    with store.write() as connection:
        add_steps(connection, rows)


def segments_before(settings: Settings, registry: Registry) -> Before | None:
    """The segments that serve; else those that served last, where they were refused since; else the last registered.

    None where there never were any.
    """
    for release_id in _releases(settings):
        try:
            release = load_release(settings.releases_path, release_id)
        except BrokenReleaseError:
            continue
        if isinstance(release.segments, SegmentScorer):
            return _of_release(release, release.segments)
    registered = registry.versions(PART)
    if not registered:
        return None
    last = registered[-1]
    return _of_estimator(registry.load(PART, last.version), last)


def _releases(settings: Settings) -> Iterator[str]:
    """The release that serves, then those with segments, the latest version of them first."""
    current = current_release_id(settings.releases_path)
    if current is not None:
        yield current
    versions: dict[str, int] = {}
    for file in sorted(settings.releases_path.glob(f"*/{MANIFEST_FILE}")):
        try:
            origins = Manifest.model_validate_json(file.read_bytes()).facts.origins
        except ValidationError:
            continue  # of another version of the program
        if PART in origins:
            versions[file.parent.name] = origins[PART].version
    yield from sorted(versions, key=lambda release_id: -versions[release_id])


def _of_release(release: Release, scorer: SegmentScorer) -> Before:
    origin = release.facts.origins[PART]
    called = {entry.key: Called(entry.names, entry.size) for entry in release.facts.segments}
    try:
        FeatureSpec.from_json(release.facts.feature_spec)
    except (KeyError, TypeError, ValueError):
        return Before(origin.run_id, origin.version, called, None)
    return Before(origin.run_id, origin.version, called, scorer.arrays)


def _of_estimator(segments: CustomerSegments, version: ModelVersion) -> Before:
    called = {
        name.key: Called(Names(en=name.en, zh=name.zh), int(size))
        for name, size in zip(segments.names_, segments.sizes_, strict=True)
    }
    return Before(version.run_id, version.version, called, segments.arrays_)
