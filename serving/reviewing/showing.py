"""A task as a reviewer sees it: its tag, what was known of the customer, and, unless blind, what the model says."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.storage import Store
from features.attributes import AttributeFact
from features.histories import Floats
from features.stored_customers import StoredCustomer, read_customers
from features.tables import AttributeKind
from models.needs import DECISIONS
from review.cold_start import told_so_far
from review.queue import Leased
from serving.profile import KEY_FIGURES
from serving.reviewing.timeline import timeline
from serving.reviewing.views import reasons_of, views_of
from serving.snapshot import Snapshot
from tags.taxonomy import Tag, Taxonomy

PRIVATE = re.compile(r"mail|phone|mobile|tel|wechat|weixin|address|passport|id_?card|name", re.IGNORECASE)
"""Attributes by which somebody could be found or written to: no task needs them."""

MOST_BOUGHT = 8

Shown = dict[str, Any]
Named = Mapping[str, Mapping[str, str]]


def show_tasks(
    store: Store, snapshot: Snapshot | None, taxonomy: Taxonomy, leased: Sequence[Leased]
) -> list[Shown]:
    """The tasks with all that a page shows of them, as of the instant that each is about."""
    names = list(dict.fromkeys(one.task.customer_id for one in leased))
    unlearned = {one.task.tag for one in leased if one.task.confidence is None}
    with store.read() as connection:
        customers = {one.customer_id: one for one in read_customers(connection, names)}
        kinds = connection.execute(select(AttributeKind.key, AttributeKind.name_en, AttributeKind.name_zh))
        named = {row.key: {"en": row.name_en or row.key, "zh": row.name_zh or row.key} for row in kinds}
        told = told_so_far(connection, unlearned)
    shown = [_shown(snapshot, taxonomy, one, customers[one.task.customer_id], named) for one in leased]
    if snapshot is not None:
        _show_what_models_see(snapshot, leased, customers, shown)
    for one in shown:
        one["tag"]["to_learn"] = _to_learn(told.get(one["tag"]["key"]))
    return shown


def _to_learn(told: tuple[int, int] | None) -> Shown | None:
    """How far people are with a tag that no model knows yet."""
    if told is None:
        return None
    accepted, rejected = told
    return {"accepted": accepted, "rejected": rejected, "needed": int(DECISIONS.least)}


def _shown(
    snapshot: Snapshot | None, taxonomy: Taxonomy, leased: Leased, customer: StoredCustomer, named: Named
) -> Shown:
    task, tag = leased.task, taxonomy[leased.task.tag]
    return {
        "task_id": task.task_id,
        "leased_until": leased.until,
        "as_of": task.as_of,
        "is_blind": task.is_blind,
        "tag": _tag(tag, snapshot, task.as_of),
        "customer": {
            "customer_id": task.customer_id,
            "attributes": _attributes(customer.facts, task.as_of, named),
            "figures": [],
            "bought": [],
        },
        "timeline": None,
        "suggestion": None,
    }


def _show_what_models_see(
    snapshot: Snapshot,
    leased: Sequence[Leased],
    customers: Mapping[str, StoredCustomer],
    shown: Sequence[Shown],
) -> None:
    """Put figures, purchases, timeline and, unless blind, what the model said to each of the shown tasks."""
    tasks = [one.task for one in leased]
    views = views_of(snapshot, tasks, customers)
    reasons = reasons_of(snapshot, tasks, views)
    catalogue = snapshot.features.catalogue
    for task, view, one in zip(tasks, views, shown, strict=True):
        one["customer"]["figures"] = _figures(snapshot, view.row)
        one["customer"]["bought"] = _bought(snapshot, view.row)
        one["timeline"] = timeline(view.history, task.as_of, snapshot.spec, catalogue, task.tag)
        if not task.is_blind and task.confidence is not None:
            said = {"confidence": task.confidence, "decision": task.decision, "model": task.model}
            one["suggestion"] = {**said, "reasons": reasons.get(task.task_id, [])}


def _tag(tag: Tag, snapshot: Snapshot | None, as_of: datetime) -> Shown:
    certificate = snapshot.certificates.get(tag.key) if snapshot else None
    is_certified = certificate is not None and certificate.why_not(as_of) is None
    return {
        "key": tag.key,
        "names": tag.name.model_dump(),
        "definition": tag.definition.model_dump(),
        "target_precision": tag.target_precision,
        "is_certified": is_certified,
        "labels_to_certify": None if is_certified or certificate is None else certificate.more_labels,
    }


def _attributes(facts: Sequence[AttributeFact], as_of: datetime, named: Named) -> list[Shown]:
    """The newest fact of each kind that was known by then."""
    known = [one for one in facts if one.observed_at is None or one.observed_at < as_of]
    known.sort(key=lambda one: (one.observed_at is not None, one.observed_at or as_of))
    newest = {one.key: one.value for one in known if not PRIVATE.search(one.key)}
    return [
        {"key": key, "names": named.get(key, {"en": key, "zh": key}), "value": value}
        for key, value in sorted(newest.items())
    ]


def _figures(snapshot: Snapshot, rows: Floats) -> list[Shown]:
    if not len(rows):
        return []
    names: Mapping[str, tuple[str, str]] = snapshot.column_definitions
    return [
        {"key": key, "names": {"en": names[key][0], "zh": names[key][1]}, "value": _finite(rows, place)}
        for key in KEY_FIGURES
        for place in [snapshot.column_places.get(key)]
        if place is not None
    ]


def _bought(snapshot: Snapshot, rows: Floats) -> list[Shown]:
    """The groups of goods that the customer bought most often lately: what kind of household it is shows there."""
    if not len(rows):
        return []
    goods = snapshot.explainer.vocabulary.goods
    groups = {(group.labels, group.level): group.name for group in reversed(snapshot.spec.groups)}
    counts = [
        (int(rows[0, snapshot.column_places[f"purchases_84d__{name}"]]), name) for name in groups.values()
    ]
    most = sorted((one for one in counts if one[0]), key=lambda one: (-one[0], one[1]))[:MOST_BOUGHT]
    return [
        {"key": name, "names": dict(zip(("en", "zh"), goods(name), strict=True)), "purchases": count}
        for count, name in most
    ]


def _finite(rows: Floats, place: int) -> float | None:
    value = float(rows[0, place])
    return None if value != value else value  # noqa: PLR0124 (only NaN differs from itself)
