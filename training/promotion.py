"""Makes trained models the ones that serve."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.settings import Settings
from features.kernel import column_names
from features.source import FeatureSource
from models.churn import RISK_LEVELS
from models.inputs import wanted_columns
from models.registry import ModelVersion, Registry
from models.release import load_release
from models.release_manifest import Names, Origin, ReleaseFacts, RiskEntry, SegmentEntry, TagEntry
from models.release_write import check_release, make_current, write_release
from models.segments import CustomerSegments
from tags.taxonomy import Taxonomy


def promote(
    settings: Settings,
    registry: Registry,
    source: FeatureSource,
    taxonomy: Taxonomy,
    estimators: Mapping[str, Any],
    versions: Mapping[str, ModelVersion],
    present: pd.DataFrame,
) -> str:
    """The id of the release of these versions, now serving; the alias `champion` names them in MLflow.

    The release is written and compared with the registered estimators first, then the aliases move, then it is
    made current: whenever the process dies, what serves is whole, and training again mends the rest.

    Raises:
        ConflictError: The release predicts something else than the estimators.
    """
    facts = _facts(source, taxonomy, estimators, versions)
    release_id = write_release(settings.releases_path, facts, estimators)
    check_release(load_release(settings.releases_path, release_id), estimators, present)
    for name, version in versions.items():
        registry.promote(name, version.version)
    make_current(settings.releases_path, release_id)
    return release_id


def _facts(
    source: FeatureSource,
    taxonomy: Taxonomy,
    estimators: Mapping[str, Any],
    versions: Mapping[str, ModelVersion],
) -> ReleaseFacts:
    tagging = [estimators[part] for part in ("interest", "reviewed") if part in estimators]
    keys = [tag for model in tagging for tag in model.tags_]
    return ReleaseFacts(
        origins={
            name: Origin(name=name, version=version.version, run_id=version.run_id, tags=dict(version.tags))
            for name, version in versions.items()
        },
        feature_columns=wanted_columns(estimators.values(), column_names(source.spec)),
        feature_schema_version=source.spec.schema_version,
        feature_spec=source.spec.as_json(),
        taxonomy_version=taxonomy.version,
        tags=tuple(_tag(taxonomy, key) for key in keys),
        risk_levels=tuple(
            RiskEntry(key=level.key, at_least=level.at_least, names=Names(en=level.en, zh=level.zh))
            for level in RISK_LEVELS
        ),
        segments=_segments(estimators["segments"]),
    )


def _tag(taxonomy: Taxonomy, key: str) -> TagEntry:
    tag = taxonomy[key]
    return TagEntry(key=key, names=Names(en=tag.name.en, zh=tag.name.zh), floor=tag.floor)


def _segments(segments: CustomerSegments) -> tuple[SegmentEntry, ...]:
    profile = segments.profile_
    entries = []
    for name, (_, row) in zip(segments.names_, profile.iterrows(), strict=True):
        typical = {str(column): float(row[column]) for column in segments.columns_}
        entries.append(
            SegmentEntry(
                key=name.key,
                names=Names(en=name.en, zh=name.zh),
                size=int(row["customers"]),
                share=float(row["share"]),
                profile=typical,
            )
        )
    return tuple(entries)
