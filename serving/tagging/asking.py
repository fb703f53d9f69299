"""What models and rules say of some customers, worked out while others write, and how it differs from what stands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core.clock import Clock
from core.storage import Store
from features import counters
from review.suggestions import Suggested
from serving.snapshot import Snapshot
from serving.tagging.foretelling import Foretold, foretell
from tags.knowing import gather
from tags.profile.book import CHANGES, CLAIMS
from tags.profile.claims import Claim, Source
from tags.profile.reading import standing
from tags.profile.restating import says_otherwise
from tags.profile.touched import COUNTER, touched_since
from tags.rules.known import Known
from tags.rules.settling import Differences, differences
from tags.workings import Workings


@dataclass(frozen=True)
class Looked:
    """How far the store had come when somebody looked: the last mark, claim and change."""

    touched: int
    claimed: int
    changed: int

    @staticmethod
    def at(connection: Connection) -> "Looked":
        """As far as a transaction sees."""
        return Looked(*(counters.value(connection, name) for name in (COUNTER, CLAIMS, CHANGES)))


@dataclass(frozen=True, eq=False)
class OfModels:
    """What the models say of customers, and of which of them that is not what stands."""

    foretold: Foretold
    claims: Mapping[str, Sequence[Claim]]
    differing: frozenset[str]
    predictions: Mapping[str, dict[str, Any]]
    suggested: Mapping[str, Sequence[Suggested]]
    at: datetime


@dataclass(frozen=True, eq=False)
class OfRules:
    """The differences between what the rules say of customers and what stands, by customer; and who has a mark."""

    at: datetime
    marked: frozenset[str]
    claims: dict[str, list[Claim]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, list[tuple[str, str, Source]]] = field(default_factory=lambda: defaultdict(list))

    @staticmethod
    def of(found: Differences, at: datetime, marked: Iterable[str]) -> "OfRules":
        """The differences told apart by customer."""
        rules = OfRules(at, frozenset(marked))
        for claim in found.claims:
            rules.claims[claim.customer_id].append(claim)
        for one in found.ended:
            rules.ended[one[0]].append(one)
        return rules

    def concerns(self, name: str) -> bool:
        """Whether there is anything to write of the customer."""
        return name in self.marked or name in self.claims or name in self.ended


def ask_models(
    store: Store, clock: Clock, snapshot: Snapshot | None, names: Sequence[str], workings: Workings
) -> tuple[Looked, OfModels | None]:
    """What the models say; None before the first training."""
    with store.read() as connection:
        looked, now = Looked.at(connection), clock.now()
        if snapshot is None:
            return looked, None
        foretold = foretell(connection, snapshot, names, now)
        stands = standing(connection, names)
    claims: dict[str, list[Claim]] = {name: [] for name in names}
    for claim in foretold.claims(workings.taxonomy):
        claims[claim.customer_id].append(claim)
    suggested: dict[str, list[Suggested]] = defaultdict(list)
    for one in foretold.suggestions():
        suggested[one.customer_id].append(one)
    return looked, OfModels(
        foretold,
        claims,
        frozenset(
            name for name in names if says_otherwise(claims[name], stands.get(name, ()), Source.MODEL, now)
        ),
        {row["customer_id"]: row for row in foretold.prediction_rows()},
        suggested,
        now,
    )


def ask_rules(
    store: Store, clock: Clock, names: Sequence[str], foretold: Foretold | None, workings: Workings
) -> tuple[Looked, OfRules]:
    """What the rules make of what is stored and of what the models say."""
    with store.read() as connection:
        looked, now = Looked.at(connection), clock.now()
        known = known_with(connection, workings, names, foretold, now)
        stands, marked = standing(connection, names), touched_since(connection, names, 0)
    found = differences(
        stands,
        names,
        workings.rulebook.evaluate(known),
        tags=workings.rulebook.tags,
        taxonomy=workings.taxonomy,
        now=now,
        zone=workings.zone,
    )
    return looked, OfRules.of(found, now, marked)


def known_with(
    connection: Connection,
    workings: Workings,
    names: Sequence[str],
    foretold: Foretold | None,
    now: datetime,
) -> Known:
    """What rules read of those customers, what the models say included."""
    known = gather(connection, workings, names, now).known
    return known if foretold is None else replace(known, predicted=foretold.predicted(names))
