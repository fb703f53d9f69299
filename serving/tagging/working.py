"""Works out what models and rules say of some customers, and writes only what differs from what stands."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from filelock import FileLock
from sqlalchemy import Connection, select, union

from core.clock import Clock
from core.settings import Settings
from core.storage import Store
from core.storage.upsert import upsert
from features import counters
from features.tables import Attribute, Customer
from review.suggestions import Suggested, keep_suggestions
from serving.snapshot import Snapshot
from serving.tagging.foretelling import Foretold, foretell
from tags.current import Current
from tags.knowing import gather
from tags.profile.because import Because
from tags.profile.book import CHANGES, CLAIMS, Written, put, resettle, restate, spoken_of_since
from tags.profile.claims import Claim, Source
from tags.profile.reading import standing
from tags.profile.restating import says_otherwise
from tags.profile.tables import CustomerPrediction
from tags.profile.touched import COUNTER, forget, mark, touched_since
from tags.rules.known import Known
from tags.rules.settling import Differences, differences
from tags.workings import Workings

CUSTOMERS_AT_ONCE = 256
CUSTOMERS_A_TURN = 64
"""Are written in one transaction: an event that comes meanwhile waits for its end."""

LOCK_FILE = "tags_at_work.lock"

Write = Callable[[Connection, Sequence[str]], Written]


class _Redefined(Exception):  # noqa: N818 (it is no error: the work is done again)
    """Definitions changed while customers were worked out with those before."""


@dataclass(frozen=True)
class _Looked:
    """How far the store had come when somebody looked: the last mark, claim and change."""

    touched: int
    claimed: int
    changed: int

    @staticmethod
    def at(connection: Connection) -> "_Looked":
        return _Looked(*(counters.value(connection, name) for name in (COUNTER, CLAIMS, CHANGES)))


@dataclass(frozen=True, eq=False)
class _Models:
    """What the models say of customers, and of which of them that is not what stands."""

    foretold: Foretold
    claims: Mapping[str, Sequence[Claim]]
    differing: frozenset[str]
    predictions: Mapping[str, dict[str, Any]]
    suggested: Mapping[str, Sequence[Suggested]]
    at: datetime


@dataclass(frozen=True, eq=False)
class _Rules:
    """The differences between what the rules say of customers and what stands, by customer; and who has a mark."""

    at: datetime
    marked: frozenset[str]
    claims: dict[str, list[Claim]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, list[tuple[str, str, Source]]] = field(default_factory=lambda: defaultdict(list))

    @staticmethod
    def of(found: Differences, at: datetime, marked: Iterable[str]) -> "_Rules":
        rules = _Rules(at, frozenset(marked))
        for claim in found.claims:
            rules.claims[claim.customer_id].append(claim)
        for one in found.ended:
            rules.ended[one[0]].append(one)
        return rules

    def concerns(self, name: str) -> bool:
        """Whether there is anything to write of the customer."""
        return name in self.marked or name in self.claims or name in self.ended


@dataclass(frozen=True, eq=False)
class Worker:
    """Works customers out, some at a time; whoever does so takes turns with the others of the store.

    All is worked out while others write; what differs is then written in short turns.

    Attributes:
        snapshot: None before the first training: then models say nothing, and what they said stands.
        writer: Carries out the turns, where whoever works has a lower priority than those who wait for their turn.
    """

    settings: Settings
    store: Store
    clock: Clock
    current: Current
    snapshot: Snapshot | None
    writer: Executor | None = None

    def work_out(self, names: Sequence[str], *, resettled: bool = False) -> Written:
        """Make the claims of models and rules about those customers what they say now.

        Whoever sends events meanwhile does not wait: a customer who was touched while models or rules looked keeps
        what stands and the mark, and is looked at again. With `resettled` all their claims are weighed anew, as after a
        change of definitions.
        """
        with one_at_a_time(self.settings, self.store):
            while True:
                try:
                    return self._work_out(names, resettled=resettled)
                except _Redefined:
                    continue

    def _work_out(self, names: Sequence[str], *, resettled: bool) -> Written:
        workings, written = self.current.refresh(), Written()
        looked, models = self._ask_models(names, workings)
        if models is not None:
            write = partial(_write_models, models=models, looked=looked, workings=workings)
            written += self._in_turns(names, workings, write)
        foretold = models.foretold if models else None
        again, rules = self._ask_rules(names, foretold, workings)
        return written + self._in_turns(
            [name for name in names if resettled or rules.concerns(name)],
            workings,
            partial(
                _write_rules, rules=rules, looked=again, seen=looked, workings=workings, resettled=resettled
            ),
        )

    def _ask_models(self, names: Sequence[str], workings: Workings) -> tuple[_Looked, _Models | None]:
        with self.store.read() as connection:
            looked, now = _Looked.at(connection), self.clock.now()
            if self.snapshot is None:
                return looked, None
            foretold = foretell(connection, self.snapshot, names, now)
            stands = standing(connection, names)
        claims: dict[str, list[Claim]] = {name: [] for name in names}
        for claim in foretold.claims(workings.taxonomy):
            claims[claim.customer_id].append(claim)
        suggested: dict[str, list[Suggested]] = defaultdict(list)
        for one in foretold.suggestions():
            suggested[one.customer_id].append(one)
        return looked, _Models(
            foretold,
            claims,
            frozenset(
                name
                for name in names
                if says_otherwise(claims[name], stands.get(name, ()), Source.MODEL, now)
            ),
            {row["customer_id"]: row for row in foretold.prediction_rows()},
            suggested,
            now,
        )

    def _ask_rules(
        self, names: Sequence[str], foretold: Foretold | None, workings: Workings
    ) -> tuple[_Looked, _Rules]:
        with self.store.read() as connection:
            looked, now = _Looked.at(connection), self.clock.now()
            known = known_with(connection, workings, names, foretold, now)
            stands, marked = standing(connection, names), touched_since(connection, names, 0)
        found = differences(
            stands,
            names,
            workings.rulebook.evaluate(known),
            tags=workings.rulebook.tags,
            taxonomy=workings.taxonomy,
            now=now,
            zone=self.settings.zone,
        )
        return looked, _Rules.of(found, now, marked)

    def _in_turns(self, names: Sequence[str], workings: Workings, write: Write) -> Written:
        """Write some customers at a time, and let others write between; each turn with the same definitions."""
        written = Written()
        for start in range(0, len(names), CUSTOMERS_A_TURN):
            some, began = names[start : start + CUSTOMERS_A_TURN], time.monotonic()
            if self.writer is None:
                written += self._turn(some, workings, write)
            else:
                written += self.writer.submit(self._turn, some, workings, write).result()
            # SQLite gives nobody the next turn: whoever waits looks again a little later.
            time.sleep(time.monotonic() - began)
        return written

    def _turn(self, names: Sequence[str], workings: Workings, write: Write) -> Written:
        with self.store.write() as connection:
            if self.current.at(connection) is not workings:
                raise _Redefined
            return write(connection, names)


def _write_models(
    connection: Connection, names: Sequence[str], *, models: _Models, looked: _Looked, workings: Workings
) -> Written:
    left = touched_since(connection, names, looked.touched)
    settled = [name for name in names if name not in left]
    upsert(
        connection,
        CustomerPrediction,
        [models.predictions[name] for name in settled if name in models.predictions],
    )
    keep_suggestions(connection, settled, [one for name in settled for one in models.suggested.get(name, ())])
    others = [name for name in settled if name in models.differing]
    return restate(
        connection,
        [claim for name in others for claim in models.claims[name]],
        source=Source.MODEL,
        customer_ids=others,
        because=Because.NO_LONGER,
        taxonomy=workings.taxonomy,
        now=models.at,
    )


def _write_rules(
    connection: Connection,
    names: Sequence[str],
    *,
    rules: _Rules,
    looked: _Looked,
    seen: _Looked,
    workings: Workings,
    resettled: bool,
) -> Written:
    """Write what rules say otherwise; a customer of whom something was said meanwhile is looked at again.

    Marks are taken of those whom nobody touched since the models looked, which was earlier.
    """
    forget(connection, names, seen.touched)
    spoken_of = spoken_of_since(connection, looked.claimed, looked.changed).intersection(names)
    mark(connection, sorted(spoken_of))
    left = touched_since(connection, names, looked.touched)
    settled = [name for name in names if name not in left]
    written = put(
        connection,
        [claim for name in settled for claim in rules.claims.get(name, ())],
        ended=[one for name in settled for one in rules.ended.get(name, ())],
        taxonomy=workings.taxonomy,
        now=rules.at,
    )
    if resettled:
        written += resettle(connection, names, taxonomy=workings.taxonomy, now=rules.at)
    return written


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


def everybody(store: Store) -> Iterator[list[str]]:
    """All customers that had an event or of whom a fact is known, some hundred at a time, by their ids."""
    last = ""
    while True:
        names = union(
            select(Customer.customer_id.label("name"))
            .where(Customer.customer_id > last)
            .order_by(Customer.customer_id)
            .limit(CUSTOMERS_AT_ONCE)
            .subquery()
            .select(),
            select(Attribute.customer_id.label("name"))
            .where(Attribute.customer_id > last)
            .distinct()
            .order_by(Attribute.customer_id)
            .limit(CUSTOMERS_AT_ONCE)
            .subquery()
            .select(),
        ).subquery()
        query = select(names.c.name).order_by(names.c.name).limit(CUSTOMERS_AT_ONCE)
        with store.read() as connection:
            found = list(connection.scalars(query))
        if not found:
            return
        yield found
        last = found[-1]


@contextmanager
def one_at_a_time(settings: Settings, store: Store) -> Iterator[None]:
    """One worker at a time in a store: who looked first also writes first."""
    with FileLock(settings.home / LOCK_FILE), store.turn(LOCK_FILE):
        yield
