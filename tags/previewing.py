"""What a tag's rule would do to the shop's customers, as the store knows them now; nothing is saved."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from sqlalchemy import Connection, select

from core.errors import ConflictError, FieldError, InvalidInputError
from core.language import Text
from core.settings import Settings
from core.storage.lookup import rows_of
from features.histories import Floats
from features.tables import Customer
from tags.definition import Method, Rule, Status, Tag
from tags.knowing import known_of
from tags.part import Name, Words
from tags.profile.claims import Source
from tags.profile.tables import ClaimRow, CustomerPrediction, Span
from tags.rules.known import Known, Predicted
from tags.rules.preview import Now, Preview, Previewer
from tags.taxonomy import Taxonomy
from tags.workings import Workings, load_workings

MOST = 10_000  # customers; of a larger shop an even sample of about so many
AT_ONCE = 500
NAMELESS = "rule_asked_for"
"""The key of a rule that belongs to no tag."""


def preview_rule(
    connection: Connection,
    settings: Settings,
    taxonomy: Taxonomy,
    tag: Tag,
    *,
    now: datetime,
    before: Workings | None = None,
    most: int = MOST,
) -> Preview:
    """What would become of the tag if its rule were saved as it is given.

    Drafts are looked at as if they were active, pilots as what they are. `before` are workings of which the catalogue
    is taken over, where there are any.

    Raises:
        InvalidInputError: The rule cannot be read, makes no sense, or closes a circle of tags.
    """
    tried = tag if tag.status is Status.PILOT else tag.model_copy(update={"status": Status.ACTIVE})
    changed = with_tag(taxonomy, tried)
    workings = load_workings(connection, settings, changed, before=before)
    broken = workings.rulebook.broken.get(tag.key)
    if broken is not None:
        raise broken
    previewer = Previewer(changed, workings.rulebook, tag.key)
    everybody = connection.scalars(select(Customer.customer_id).order_by(Customer.customer_id)).all()
    for names in _some_at_a_time(everybody[:: -(-len(everybody) // most) or 1]):
        known = known_of(connection, workings, names, now)
        previewer.add(_with_predictions(connection, known) if workings.rulebook.reads_predictions else known)
    return previewer.preview(_now(connection, tag.key, now), len(everybody))


def tag_of(taxonomy: Taxonomy, key: str | None, rule: Rule | None) -> Tag:
    """The tag to look at: one that is there, with another rule where one is given, or a new one of that rule.

    Raises:
        NotFoundError: There is no such tag.
        InvalidInputError: There is neither a key nor a rule.
        ConflictError: The tag has no rule, and none is given.
    """
    if key is not None:
        tag = taxonomy[key]
        if rule is not None:
            return tag.model_copy(
                update={"method": Method.RULE, "rule": rule, "outcome": None, "trigger": None}
            )
        if tag.rule is not None:
            return tag
        none = Text("the tag {tag} has no rule of its own: give one", {"tag": repr(key)})
        raise ConflictError(none.message, fields=(FieldError("rule", none, "required"),), **none.values)
    if rule is not None:
        words = Words(en=NAMELESS, zh=NAMELESS)
        return Tag(
            key=NAMELESS,
            name=Name(en=NAMELESS, zh=NAMELESS),
            definition=words,
            kind="custom",
            method=Method.RULE,
            rule=rule,
        )
    text = Text("give a rule, or the key of a tag that has one")
    raise InvalidInputError(text.message, fields=(FieldError("rule", text, "required"),))


def with_tag(taxonomy: Taxonomy, tag: Tag) -> Taxonomy:
    """The taxonomy with the tag in place of the one of its key, or besides all others."""
    others = [tag if one.key == tag.key else one for one in taxonomy.tags]
    tags = others if taxonomy.get(tag.key) is not None else [*others, tag]
    return taxonomy.model_copy(update={"tags": tuple(tags)})


def _some_at_a_time(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[first : first + AT_ONCE] for first in range(0, len(names), AT_ONCE)]


def _with_predictions(connection: Connection, known: Known) -> Known:
    """The same with what the models last said of the customers."""
    return replace(known, predicted=predicted_of(connection, known.customer_ids))


def predicted_of(connection: Connection, customer_ids: Sequence[str]) -> Predicted:
    """Segments and churn risks as they were last worked out for everybody."""
    query = select(CustomerPrediction.customer_id, CustomerPrediction.segment, CustomerPrediction.churn)
    found = {
        row.customer_id: row
        for row in rows_of(connection, query, CustomerPrediction.customer_id, customer_ids)
    }
    churn: Floats = np.array(
        [
            np.nan if (row := found.get(name)) is None or row.churn is None else row.churn
            for name in customer_ids
        ],
        dtype=np.float64,
    )
    return Predicted(churn, [row.segment if (row := found.get(name)) else None for name in customer_ids])


def _now(connection: Connection, tag: str, now: datetime) -> Now:
    """Who carries the tag, and what people and imports say of whom."""
    spans = select(Span.customer_id).where(Span.tag == tag, Span.began_at <= now, Span.ended_at > now)
    stronger = (Source.PERSON.value, Source.IMPORT.value)
    claims = (
        select(ClaimRow.customer_id, ClaimRow.source, ClaimRow.carries)
        .where(
            ClaimRow.tag == tag,
            ClaimRow.source.in_(stronger),
            ClaimRow.ended_at.is_(None),
            ClaimRow.holds_until > now,
        )
        .order_by(ClaimRow.source)
    )
    said: dict[str, bool] = {row.customer_id: row.carries for row in connection.execute(claims)}
    carriers: Collection[str] = frozenset(connection.scalars(spans))
    return Now(carriers, said)
