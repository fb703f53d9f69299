"""A customer's tags of all sources and their history, as plain values: what the API answers and commands print."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from features.stored_histories import known_customers
from serving.phrases import no_such_customer
from serving.tagging.why import why_carried, why_changed
from tags.profile.reading import Carried, ChangeRead, computed, history_of, profile_at
from tags.taxonomy import Taxonomy

Answer = dict[str, Any]


def tags_of(connection: Connection, taxonomy: Taxonomy, customer_id: str, at: datetime) -> Answer:
    """The tags that the customer carries at that instant, with the why of each, and through when that is known.

    Raises:
        NotFoundError: There is no such customer.
    """
    _check_known(connection, customer_id)
    return {
        "customer_id": customer_id,
        "as_of": at,
        "assignments": assignments(connection, taxonomy, customer_id, at),
        "computed": computed_through(connection),
    }


def assignments(connection: Connection, taxonomy: Taxonomy, customer_id: str, at: datetime) -> list[Answer]:
    """The tags that the customer carries at that instant, in the order of the taxonomy."""
    carried = profile_at(connection, [customer_id], at).get(customer_id, [])
    places = {tag.key: place for place, tag in enumerate(taxonomy.tags)}
    carried.sort(key=lambda one: (places.get(one.tag, len(places)), one.tag))
    return [_assignment(taxonomy, one) for one in carried]


def computed_through(connection: Connection) -> dict[str, Answer]:
    """By part (rules, models, ends, timers) through which instant everybody's tags are worked out, and from what."""
    return {
        part: {"through": one.through, "version": one.version, "computed_at": one.computed_at}
        for part, one in computed(connection).items()
    }


def history(
    connection: Connection,
    taxonomy: Taxonomy,
    customer_id: str,
    *,
    tag: str | None,
    before: int | None,
    limit: int,
) -> Answer:
    """A page of the changes of a customer's tags, newest first, each with its why.

    Raises:
        NotFoundError: There is no such customer.
    """
    _check_known(connection, customer_id)
    found = history_of(connection, customer_id, tag=tag, before=before, limit=limit + 1)
    return {
        "customer_id": customer_id,
        "changes": [_change(taxonomy, one) for one in found[:limit]],
        "next_cursor": str(found[limit - 1].seq) if len(found) > limit else None,
    }


def _check_known(connection: Connection, customer_id: str) -> None:
    if not known_customers(connection, [customer_id]):
        raise no_such_customer(customer_id)


def _assignment(taxonomy: Taxonomy, one: Carried) -> Answer:
    tag = taxonomy.get(one.tag)
    return {
        "tag": one.tag,
        "names": names_of(taxonomy, one.tag),
        "kind": tag.kind if tag else None,
        "group": tag.group if tag else None,
        "value": one.value,
        "confidence": one.confidence,
        "source": one.source,
        "source_version": one.source_version,
        "tag_version": one.tag_version,
        "as_of": one.as_of,
        "from": one.began_at,
        "until": one.ends_at,
        "why": why_carried(one),
        "evidence": one.evidence,
    }


def _change(taxonomy: Taxonomy, one: ChangeRead) -> Answer:
    body: Mapping[str, Any] = one.body
    return {
        "seq": one.seq,
        "tag": one.tag,
        "names": names_of(taxonomy, one.tag),
        "change": one.change,
        "at": one.at,
        "value": body.get("value"),
        "confidence": body.get("confidence"),
        "source": body.get("source"),
        "source_version": body.get("source_version"),
        "tag_version": body.get("tag_version"),
        "until": body.get("until"),
        "before": body.get("before"),
        "because": body.get("because"),
        "why": why_changed(one),
        "evidence": one.evidence or {},
    }


def names_of(taxonomy: Taxonomy, key: str) -> dict[str, str]:
    """What people call the tag; a tag that left the taxonomy has no name any more."""
    tag = taxonomy.get(key)
    return {"en": tag.name.en, "zh": tag.name.zh} if tag else {"en": key, "zh": key}
