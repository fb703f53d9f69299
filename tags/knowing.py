"""What the store knows of customers, gathered as rules and triggers read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from features.histories import Histories
from features.records import to_histories
from features.stored_customers import StoredCustomer, read_customers
from tags.profile.carrying import Carrying, carrying_of
from tags.profile.claims import Source
from tags.profile.reading import standing
from tags.profile.resolve import Standing, carried_by
from tags.rules.known import Known, Said, Word
from tags.workings import Workings


@dataclass(frozen=True, eq=False)
class Gathered:
    """Some stored customers as of an instant: what rules read, and the claims that stand.

    Attributes:
        known: What rules read, in the order of the customers.
        histories: All of their events.
        standing: By customer the claims in force at the instant.
    """

    known: Known
    histories: Histories
    standing: Mapping[str, Sequence[Standing]]


def gather(
    connection: Connection, workings: Workings, customer_ids: Sequence[str], as_of: datetime
) -> Gathered:
    """What is known of those customers, each named once; one without events has a row of none."""
    customers = read_customers(connection, customer_ids)
    histories = _histories(workings, customers)
    claims = in_force(connection, customer_ids, as_of)
    known = Known(
        as_of,
        customer_ids,
        workings.features.of_histories(histories, as_of),
        histories=histories,
        said=said_to_rules(claims, customer_ids, workings),
    )
    return Gathered(known, histories, claims)


def again(connection: Connection, workings: Workings, gathered: Gathered) -> Gathered:
    """The same customers after claims about them have changed; their events have not."""
    known = gathered.known
    claims = in_force(connection, known.customer_ids, known.as_of)
    return replace(
        gathered,
        known=replace(known, said=said_to_rules(claims, known.customer_ids, workings)),
        standing=claims,
    )


def known_of(
    connection: Connection, workings: Workings, customer_ids: Sequence[str], as_of: datetime
) -> Known:
    """What rules read of those customers, each named once."""
    return gather(connection, workings, customer_ids, as_of).known


def in_force(connection: Connection, customer_ids: Sequence[str], at: datetime) -> dict[str, list[Standing]]:
    """By customer the claims that nothing has ended and whose time has not passed."""
    found = standing(connection, customer_ids)
    return {name: [claim for claim in claims if claim.holds_until > at] for name, claims in found.items()}


def said_to_rules(
    claims: Mapping[str, Sequence[Standing]], customer_ids: Sequence[str], workings: Workings
) -> Said:
    """What others say of the tags that rules look at.

    Of a tag that a rule gives it is each other source's word, since the rule itself is asked; of every other tag it is
    what the customer carries.
    """
    rulebook = workings.rulebook
    return _said(claims, customer_ids, workings, rulebook.reads_tags, frozenset(rulebook.tags))


def said_to_triggers(
    claims: Mapping[str, Sequence[Standing]], customer_ids: Sequence[str], workings: Workings
) -> Said:
    """The same of the tags that triggers look at; a rule that needs a model is not asked then."""
    return _said(claims, customer_ids, workings, workings.conditions.reads_tags, workings.at_once)


def _said(
    claims: Mapping[str, Sequence[Standing]],
    customer_ids: Sequence[str],
    workings: Workings,
    wanted: frozenset[str],
    asked: frozenset[str],
) -> Said:
    if not wanted:
        return Said()
    carrying = carrying_of(workings.taxonomy)
    words = [
        word
        for place, name in enumerate(customer_ids)
        if (own := claims.get(name))
        for word in _words(place, own, wanted & asked, wanted - asked, carrying)
    ]
    return Said.of(words, len(customer_ids))


def _words(
    place: int,
    claims: Sequence[Standing],
    asked: frozenset[str],
    carried: frozenset[str],
    carrying: Carrying,
) -> list[Word]:
    found = [
        claim
        for claim in claims
        if claim.tag in asked
        and claim.source != Source.RULE
        and carrying.lets(claim.customer_id, claim.tag, claim.source)
    ]
    if carried:
        found += [claim for tag, claim in carried_by(claims, carrying).items() if tag in carried]
    return [Word(place, one.tag, Source(one.source), one.carries, one.value, one.confidence) for one in found]


def _histories(workings: Workings, customers: Sequence[StoredCustomer]) -> Histories:
    return workings.features.histories(customers) or to_histories({})
