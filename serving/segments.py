"""What became of the segments over the trainings, as plain values."""

from typing import Any

from core.errors import NotFoundError
from core.storage import Store
from models.segment_change import Change
from models.segment_words import said
from serving.snapshot import Snapshot
from tags.segment_history import line_of, run_of_last
from tags.tables import SegmentStep


def segment_history(store: Store, snapshot: Snapshot, key: str) -> dict[str, Any]:
    """The steps of one segment, newest version first, on the line of what serves.

    Raises:
        NotFoundError: No segment of that line ever had the key.
    """
    facts = snapshot.release.facts
    origin = facts.origins.get("segments")
    with store.read() as connection:
        line = line_of(connection, origin.run_id if origin else run_of_last(connection))
    entry = next((one for one in facts.segments if one.key == key), None)
    steps = [step for step in line if step.key == key]
    if entry is None and not steps:
        known = sorted({step.key for step in line} | {one.key for one in facts.segments})
        raise NotFoundError(
            "No segment ever had the key {key}; there were: {known}", key=key, known=", ".join(known) or "-"
        )
    called = {step.key: {"en": step.name_en, "zh": step.name_zh} for step in reversed(line)}
    return {
        "key": key,
        "names": entry.names.model_dump() if entry else called[key],
        "serves": entry is not None,
        "steps": [_step(step, called) for step in steps],
    }


def _step(step: SegmentStep, called: dict[str, dict[str, str]]) -> dict[str, Any]:
    change = Change(step.change)
    told = {
        "en": said(change, step.overlap, step.flows, {key: names["en"] for key, names in called.items()}),
        "zh": said(
            change, step.overlap, step.flows, {key: names["zh"] for key, names in called.items()}, "zh"
        ),
    }
    return {
        "version": step.version,
        "compared_with": step.before_version,
        "until": step.until,
        "change": change.value,
        "said": told,
        "overlap": step.overlap,
        "flows": [{"key": key, "share": share} for key, share in step.flows.items()],
        "names": {"en": step.name_en, "zh": step.name_zh},
        "customers": step.customers,
    }
