"""What there is to ask for: the tags, segments and models, as plain values."""

from typing import Any

from core.settings import Settings
from features.kernel import columns
from models.release_manifest import RefusalEntry
from serving.phrases import refused
from serving.snapshot import Snapshot
from tags.taxonomy import Tag, Taxonomy

_NO_OUTCOME: dict[str, Any] = {"categories": [], "events": [], "at_least": None, "defined_by": []}


def tags(taxonomy: Taxonomy, snapshot: Snapshot | None, settings: Settings) -> dict[str, Any]:
    """The taxonomy, and which tags are predicted now."""
    predicted = {entry.key for entry in snapshot.release.facts.tags} if snapshot else set()
    return {
        "taxonomy_version": taxonomy.version,
        "horizon_days": settings.horizon_days,
        "tags": [{**_tag(tag), "is_predicted": tag.key in predicted} for tag in taxonomy.tags],
    }


def segments(snapshot: Snapshot) -> dict[str, Any]:
    """The segments of a release."""
    named = {column.name: {"en": column.en, "zh": column.zh} for column in columns(snapshot.spec)}
    return {
        "release_id": snapshot.release.release_id,
        "segments": [
            {
                "key": entry.key,
                "names": entry.names.model_dump(),
                "size": entry.size,
                "share": entry.share,
                "profile": [
                    {"key": key, "names": named.get(key, {"en": key, "zh": key}), "value": value}
                    for key, value in entry.profile.items()
                ],
            }
            for entry in snapshot.release.facts.segments
        ],
    }


def models(snapshot: Snapshot) -> dict[str, Any]:
    """The model versions of a release."""
    facts = snapshot.release.facts
    return {
        "release_id": snapshot.release.release_id,
        "taxonomy_version": facts.taxonomy_version,
        "feature_schema_version": facts.feature_schema_version,
        "models": {
            part: {
                "name": origin.name,
                "version": origin.version,
                "run_id": origin.run_id,
                "made_from": dict(origin.tags),
            }
            for part, origin in facts.origins.items()
        },
        "refused": [_refused(entry) for entry in facts.refusals],
    }


def _refused(entry: RefusalEntry) -> dict[str, Any]:
    return {"part": entry.part, "tag": entry.tag, "because": refused(entry).as_json()}


def _tag(tag: Tag) -> dict[str, Any]:
    return {
        "key": tag.key,
        "names": tag.name.model_dump(),
        "definition": tag.definition.model_dump(),
        "kind": tag.kind,
        "method": tag.method,
        "outcome": {**_NO_OUTCOME, **tag.outcome.model_dump(mode="json", exclude={"level"})},
        "floor": tag.floor,
        "target_precision": tag.target_precision,
        "lifetime_days": tag.lifetime_days,
    }
