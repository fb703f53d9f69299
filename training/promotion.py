"""Makes trained models the ones that serve."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from filelock import BaseFileLock, FileLock

from core.errors import NotReadyError
from core.language import Text
from core.settings import Settings
from features.kernel import column_names
from features.source import FeatureSource
from models.churn import RISK_LEVELS
from models.inputs import wanted_columns
from models.registry import Registry
from models.release_manifest import (
    Names,
    Origin,
    RefusalEntry,
    ReleaseFacts,
    RiskEntry,
    SegmentEntry,
    TagEntry,
)
from models.release_read import BrokenReleaseError, load_release
from models.release_write import check_release, make_current, write_release
from models.segments import CustomerSegments
from models.typical import typical_values
from models.versions import ModelVersion
from tags.taxonomy import Taxonomy
from training.counted import active, counted
from training.gates import Gate
from training.half_done import move_aliases, noted, put_back

LOCK_FILE = "promotion.lock"


def promote(
    settings: Settings,
    registry: Registry,
    source: FeatureSource,
    taxonomy: Taxonomy,
    estimators: Mapping[str, Any],
    versions: Mapping[str, ModelVersion],
    present: pd.DataFrame,
    refusals: Sequence[RefusalEntry] = (),
    *,
    typical: Mapping[str, float | None] | None = None,
    moves_aliases: bool = True,
) -> str:
    """The id of the release of these versions, now serving; the alias `champion` names them in MLflow.

    The release is written and compared with the registered estimators first, then the aliases move, then it is
    made current: whenever the process dies, what serves is whole, and whoever looks next gives the aliases back (see
    `training.half_done`). A part that is not among the versions loses the alias: what it names is what serves.
    `typical` are the values to hold customers against; without them those of the rows `present` are taken.

    Raises:
        ConflictError: The release predicts something else than the estimators.
    """
    with promoting(settings):
        put_back(settings, registry)
        facts = _facts(source, taxonomy, estimators, versions, refusals, present, typical)
        release_id = write_release(settings.releases_path, facts, estimators)
        check_release(load_release(settings.releases_path, release_id), estimators, present)
        if not moves_aliases:
            make_current(settings.releases_path, release_id)
            return release_id
        numbers = {part: version.version for part, version in versions.items()}
        with noted(settings, registry, release_id, numbers):
            move_aliases(registry, numbers)
            make_current(settings.releases_path, release_id)
    return release_id


def promoting(settings: Settings) -> BaseFileLock:
    """Held while aliases and release change, so that nobody sees half of it; in one thread it may be held twice."""
    settings.releases_path.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.releases_path / LOCK_FILE, is_singleton=True)


def withdrawn(settings: Settings, estimators: Mapping[str, Any]) -> tuple[Gate, ...]:
    """One line, which blocks nothing, for each part and tag that serves now and will not after the promotion."""
    try:
        facts = load_release(settings.releases_path).facts
    except (NotReadyError, BrokenReleaseError):
        return ()  # nothing serves
    keys = {tag for part in ("interest", "reviewed") if part in estimators for tag in estimators[part].tags_}
    parts = [
        Gate(
            Text("{model}: served before", {"model": part}),
            passed=False,
            blocks=False,
            finding=Text(
                "version {version} of {model} served until now; this release has no model of it",
                {"version": origin.version, "model": part},
            ),
        )
        for part, origin in facts.origins.items()
        if part not in estimators
    ]
    tags = [
        Gate(
            Text("{tag}: predicted before", {"tag": entry.key}),
            passed=False,
            blocks=False,
            finding=Text("tag {tag} was predicted until now and is no more", {"tag": entry.key}),
        )
        for entry in facts.tags
        if entry.key not in keys
    ]
    return (*parts, *tags)


def _facts(
    source: FeatureSource,
    taxonomy: Taxonomy,
    estimators: Mapping[str, Any],
    versions: Mapping[str, ModelVersion],
    refusals: Sequence[RefusalEntry],
    present: pd.DataFrame,
    typical: Mapping[str, float | None] | None,
) -> ReleaseFacts:
    tagging = [estimators[part] for part in ("interest", "reviewed") if part in estimators]
    keys = [tag for model in tagging for tag in model.tags_]
    columns = wanted_columns(estimators.values(), column_names(source.spec))
    return ReleaseFacts(
        origins={
            name: Origin(name=name, version=version.version, run_id=version.run_id, tags=dict(version.tags))
            for name, version in versions.items()
        },
        feature_columns=columns,
        feature_schema_version=source.spec.schema_version,
        feature_spec=source.spec.as_json(),
        taxonomy_version=taxonomy.version,
        tags=tuple(_tag(taxonomy, key) for key in keys),
        risk_levels=tuple(
            RiskEntry(key=level.key, at_least=level.at_least, names=Names(en=level.en, zh=level.zh))
            for level in RISK_LEVELS
        ),
        segments=_segments(estimators["segments"]) if "segments" in estimators else (),
        segments_ari=estimators["segments"].ari_ if "segments" in estimators else None,
        refusals=tuple(refusals),
        typical=_typical(source, present, columns) if typical is None else dict(typical),
    )


def _typical(source: FeatureSource, present: pd.DataFrame, columns: Sequence[str]) -> dict[str, float | None]:
    """What is typical of the customers who did of late what the tags' outcomes count."""
    asked = present.loc[active(present, counted(source).activity), list(columns)]
    levels = {column.name for column in source.spec.profile_columns if column.level is not None}
    return typical_values(asked, shares=levels)


def _tag(taxonomy: Taxonomy, key: str) -> TagEntry:
    tag = taxonomy[key]
    return TagEntry(key=key, names=Names(en=tag.name.en, zh=tag.name.zh), floor=tag.floor)


def _segments(segments: CustomerSegments) -> tuple[SegmentEntry, ...]:
    profile = segments.profile_
    entries = []
    for name, (_, row) in zip(segments.names_, profile.iterrows(), strict=True):
        # A shop that knows no amounts has no typical discount.
        typical = {str(column): _or_none(row[column]) for column in segments.columns_}
        entries.append(
            SegmentEntry(
                key=name.key,
                names=Names(en=name.en, zh=name.zh),
                size=int(row["customers"]),
                share=float(row["share"]),
                found_again=_or_none(row["found_again"]),
                profile=typical,
            )
        )
    return tuple(entries)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
