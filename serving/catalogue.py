"""What there is to ask for: the tags, segments and models, as plain values."""

from datetime import datetime
from typing import Any

from core.settings import Settings
from features.kernel import columns
from models.release_manifest import RefusalEntry
from serving.phrases import NOT_PREDICTED, more_labels, refused
from serving.promises import promise_of
from serving.snapshot import Snapshot
from tags.certificates import Certificate
from tags.taxonomy import Tag, Taxonomy

_NO_OUTCOME: dict[str, Any] = {"categories": [], "events": [], "at_least": None, "defined_by": []}


def tags(taxonomy: Taxonomy, snapshot: Snapshot | None, settings: Settings, now: datetime) -> dict[str, Any]:
    """The tags that are not retired, which of them are predicted now, and what is promised of each."""
    predicted = _predicted(snapshot)
    return {
        "taxonomy_version": taxonomy.version,
        "horizon_days": settings.horizon_days,
        "tags": [
            {
                **_tag(tag, taxonomy.versions[tag.key]),
                "is_predicted": tag.key in predicted,
                "not_predicted_because": _not_predicted(tag, snapshot),
                **_promised(tag.key, snapshot, now),
            }
            for tag in taxonomy.in_use
        ],
    }


def promise(key: str, taxonomy: Taxonomy, snapshot: Snapshot | None, now: datetime) -> dict[str, Any]:
    """What is promised of one tag, from what that is known, and how many more labels would certify it.

    Raises:
        NotFoundError: There is no such tag.
    """
    tag = taxonomy[key]
    certificate = snapshot.certificates.get(key) if snapshot and key in _predicted(snapshot) else None
    return {
        "key": tag.key,
        "names": tag.name.model_dump(),
        "target_precision": tag.target_precision,
        "confidence": tag.confidence,
        **_promised(key, snapshot, now),
        "evidence": _evidence(certificate) if certificate else None,
    }


def _predicted(snapshot: Snapshot | None) -> set[str]:
    return {entry.key for entry in snapshot.release.facts.tags} if snapshot else set()


def _not_predicted(tag: Tag, snapshot: Snapshot | None) -> dict[str, Any] | None:
    """Why no model predicts a tag that one should: what its training refused, the tag alone or its whole part."""
    if tag.outcome is None or tag.key in _predicted(snapshot):
        return None
    part = "reviewed" if tag.outcome.type == "reviewed" else "interest"
    facts = snapshot.release.facts if snapshot else None
    refusal = facts and (facts.refusal(part, tag.key) or facts.refusal(part))
    return (refused(refusal) if refusal else NOT_PREDICTED).as_json()


def _promised(key: str, snapshot: Snapshot | None, now: datetime) -> dict[str, Any]:
    if snapshot is None or key not in _predicted(snapshot):
        return {"guarantee": None, "no_guarantee": NOT_PREDICTED.as_json()}
    found = promise_of(snapshot.certificates.get(key), now)
    return {"guarantee": found.guarantee, "no_guarantee": found.no_guarantee}


def _evidence(certificate: Certificate) -> dict[str, Any]:
    return {
        "model": certificate.model,
        "certified_on": certificate.certified_on,
        "target": certificate.target,
        "confidence": certificate.confidence,
        "n": certificate.n,
        "customers": certificate.customers,
        "correct": certificate.correct,
        "precision": certificate.correct / certificate.n if certificate.n else None,
        "precision_low": certificate.precision_low,
        "coverage": certificate.coverage,
        "drift": certificate.drift,
        "more_labels": certificate.more_labels,
        "assumption": more_labels(certificate).as_json() if certificate.more_labels else None,
    }


def segments(snapshot: Snapshot) -> dict[str, Any]:
    """The segments of a release."""
    named = {column.name: {"en": column.en, "zh": column.zh} for column in columns(snapshot.spec)}
    return {
        "release_id": snapshot.release.release_id,
        "stability": snapshot.release.facts.segments_ari,
        "segments": [
            {
                "key": entry.key,
                "names": entry.names.model_dump(),
                "size": entry.size,
                "share": entry.share,
                "found_again": entry.found_again,
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


def _tag(tag: Tag, version: int) -> dict[str, Any]:
    return {
        "key": tag.key,
        "names": tag.name.model_dump(),
        "definition": tag.definition.model_dump(),
        "kind": tag.kind,
        "method": tag.method,
        "outcome": _outcome(tag),
        "floor": tag.floor,
        "target_precision": tag.target_precision,
        "confidence": tag.confidence,
        "lifetime_days": tag.lifetime_days,
        "values": list(tag.values) if tag.values is not None else None,
        "group": tag.group,
        "status": tag.status.value,
        "pilot_share": tag.pilot_share,
        "version": version,
    }


def _outcome(tag: Tag) -> dict[str, Any] | None:
    if tag.outcome is None:
        return None
    return {**_NO_OUTCOME, **tag.outcome.model_dump(mode="json", exclude={"level"})}
