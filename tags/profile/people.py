"""What people say about customers' tags: it outranks every other source, for as long as it holds."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from core.clock import add_days
from core.errors import ConflictError, FieldError, InvalidInputError
from core.language import Text
from tags.definition import Tag
from tags.profile.because import Because
from tags.profile.book import put, withdraw
from tags.profile.claims import NEVER, Claim, Source
from tags.profile.tables import ClaimRow
from tags.taxonomy import Taxonomy

OF_PEOPLE = "person:"
"""Ids of people's words begin so in the book, that no other source's are the same."""


@dataclass(frozen=True)
class Word:
    """What a person says: that the customer carries the tag, with which value, or that it does not fit.

    `word_id` is chosen by the caller, so that a call that is repeated counts once.
    """

    word_id: str
    customer_id: str
    tag: str
    carries: bool
    by: str
    value: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Heard:
    """What became of a word: whether it is new, and until when it holds; None until somebody says otherwise."""

    is_new: bool
    holds_until: datetime | None


def say(connection: Connection, word: Word, *, taxonomy: Taxonomy, now: datetime, zone: ZoneInfo) -> Heard:
    """Take a person's word down; it holds for the tag's lifetime, and the same word given again changes nothing.

    Raises:
        NotFoundError: There is no such tag.
        InvalidInputError: Customers cannot carry the tag with that value.
        ConflictError: The tag is a draft or retired, or the id was used before for another word.
    """
    tag = taxonomy[word.tag]
    claim_id = OF_PEOPLE + word.word_id
    known = _known(connection, claim_id)
    if known is None:
        check_current(tag)
        if word.carries:
            check_value(tag, word.value)
        days = tag.decision_days
        until = NEVER if days is None else add_days(now, days, zone).astimezone(UTC)
        claim = Claim(
            claim_id=claim_id,
            customer_id=word.customer_id,
            tag=word.tag,
            tag_version=taxonomy.versions[word.tag],
            source=Source.PERSON,
            source_version=word.by,
            carries=word.carries,
            as_of=now,
            until=until,
            value=word.value,
            evidence={"note": word.note} if word.note else {},
        )
        put(connection, [claim], taxonomy=taxonomy, now=now)
    else:
        _check_same(known, word)
        until = known.holds_until
    return Heard(is_new=known is None, holds_until=None if until == NEVER else until)


def take_back(
    connection: Connection, customer_id: str, tag: str, *, taxonomy: Taxonomy, now: datetime
) -> bool:
    """End what people said of the tag, so that the other sources count again; whether there was anything.

    Raises:
        NotFoundError: There is no such tag.
    """
    those = [(customer_id, taxonomy[tag].key, Source.PERSON)]
    written = withdraw(connection, those, because=Because.WITHDRAWN, taxonomy=taxonomy, now=now)
    return written.ended > 0


def check_current(tag: Tag) -> None:
    """Say nothing when customers can carry the tag.

    Raises:
        ConflictError: It is a draft, or retired.
    """
    if not tag.is_current:
        text = Text(
            "{tag} is {status}, so customers cannot carry it: make it a pilot or active first",
            {"tag": repr(tag.key), "status": tag.status.value},
        )
        raise ConflictError(text.message, fields=(FieldError("tag", text, "tag_not_current"),), **text.values)


def check_value(tag: Tag, value: str | None) -> None:
    """Say nothing when the tag can be carried with that value.

    Raises:
        InvalidInputError: It needs one, has none, or has others.
    """
    if value is None and not tag.has_values:
        return
    if value is not None and tag.has_values and value in (tag.values or (value,)):
        return
    if not tag.has_values:
        text = Text("the tag {tag} has no values: leave the value out", {"tag": repr(tag.key)})
    elif tag.values:
        text = Text(
            "expected one of the values of {tag}: {values}; got {got}",
            {"tag": repr(tag.key), "values": ", ".join(tag.values), "got": repr(value)},
        )
    else:
        text = Text("the tag {tag} needs a value", {"tag": repr(tag.key)})
    raise InvalidInputError(text.message, fields=(FieldError("value", text, "wrong_value"),), **text.values)


def _known(connection: Connection, claim_id: str) -> Any:
    return connection.execute(select(ClaimRow.__table__).where(ClaimRow.claim_id == claim_id)).one_or_none()


def _check_same(known: Any, word: Word) -> None:
    """Raise where a word differs from the one that was given under its id."""
    stored = {
        "customer_id": known.customer_id,
        "tag": known.tag,
        "carries": known.carries,
        "value": known.value,
        "by": known.source_version,
        "note": known.evidence.get("note"),
    }
    other = [name for name, value in stored.items() if getattr(word, name) != value]
    if other:
        raise ConflictError(
            "{word_id} was used before for another word on a tag: give each its own id",
            word_id=repr(word.word_id),
            fields=tuple(
                FieldError(
                    name,
                    Text(
                        "it was given with {stored}, now with {got}",
                        {"stored": repr(stored[name]), "got": repr(getattr(word, name))},
                    ),
                    "id_of_another_word",
                )
                for name in other
            ),
        )
