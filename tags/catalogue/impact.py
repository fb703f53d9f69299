"""What depends on a tag: to be looked at before it is changed or retired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from tags.catalogue.checking import looked_at_by
from tags.definition import Tag
from tags.imports.tables import HeldTag
from tags.outbox.tables import Webhook
from tags.profile.tables import ClaimRow, Span
from tags.tables import CertificateRow
from tags.taxonomy import Taxonomy
from tags.triggers.tables import Due


@dataclass(frozen=True)
class Impact:
    """Everything that names a tag or came from it.

    Attributes:
        rules: Tags whose rule looks at it.
        triggers: Tags whose trigger looks at it, or waits for customers who move within its group.
        group: The others of its exclusive group, which take its place where it goes.
        is_learned: Whether a model learns it.
        certified_for: Model versions that it has a certificate for.
        webhooks: Webhooks that ask for it by its key.
        held: Rows of imports that wait for their customer.
        due: Customers for whom a trigger will give it unless something comes between.
        customers: Who carries it now.
        claims: By source what stands on it, also where it is outranked.
    """

    key: str
    version: int
    rules: tuple[str, ...]
    triggers: tuple[str, ...]
    group: tuple[str, ...]
    is_learned: bool
    certified_for: tuple[str, ...]
    webhooks: tuple[str, ...]
    held: int
    due: int
    customers: int
    claims: Mapping[str, int]


def impact_of(connection: Connection, taxonomy: Taxonomy, key: str, now: datetime) -> Impact:
    """What depends on the tag at an instant.

    Raises:
        NotFoundError: There is no such tag.
    """
    tag = taxonomy[key]
    looking = [one for one in taxonomy.in_use if one.key != key and key in looked_at_by(one)]
    moving = [
        one for one in taxonomy.in_use if tag.group and one.trigger and one.trigger.crosses == tag.group
    ]
    return Impact(
        key=key,
        version=taxonomy.versions[key],
        rules=tuple(one.key for one in looking if one.rule),
        triggers=tuple(dict.fromkeys(one.key for one in [*looking, *moving] if one.trigger)),
        group=_others(taxonomy, tag),
        is_learned=any(one.key == key for one in (*taxonomy.outcome_tags, *taxonomy.reviewed_tags)),
        certified_for=_certified_for(connection, key),
        webhooks=_webhooks(connection, key),
        held=_count(connection, HeldTag.tag == key),
        due=_count(connection, Due.tag == key),
        customers=_count(connection, Span.tag == key, Span.began_at <= now, Span.ended_at > now),
        claims=_claims(connection, key),
    )


def _others(taxonomy: Taxonomy, tag: Tag) -> tuple[str, ...]:
    group = taxonomy.group_of_tags(tag.group) if tag.group else None
    if group is None or not group.exclusive:
        return ()
    return tuple(one.key for one in taxonomy.tags_of_group(group.key) if one.key != tag.key)


def _certified_for(connection: Connection, key: str) -> tuple[str, ...]:
    query = select(CertificateRow.model).where(CertificateRow.tag == key).distinct()
    return tuple(sorted(connection.scalars(query)))


def _webhooks(connection: Connection, key: str) -> tuple[str, ...]:
    query = select(Webhook.webhook_id, Webhook.wants).where(Webhook.ended_at.is_(None))
    return tuple(webhook_id for webhook_id, wants in connection.execute(query) if key in wants["tags"])


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).where(*conditions)) or 0


def _claims(connection: Connection, key: str) -> dict[str, int]:
    query = (
        select(ClaimRow.source, func.count())
        .where(ClaimRow.tag == key, ClaimRow.ended_at.is_(None))
        .group_by(ClaimRow.source)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
