"""Works out what models and rules say of some customers, and writes only what differs from what stands."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from filelock import FileLock
from sqlalchemy import Connection, select, union

from core.clock import Clock
from core.settings import Settings
from core.storage import Store
from core.storage.upsert import upsert
from features import counters
from features.tables import Attribute, Customer
from review.suggestions import keep_suggestions
from serving.snapshot import Snapshot
from serving.tagging.foretelling import Foretold, foretell
from tags.current import Current
from tags.knowing import gather
from tags.profile.because import Because
from tags.profile.book import Written, put, resettle, restate
from tags.profile.claims import Claim, Source
from tags.profile.reading import standing
from tags.profile.tables import CustomerPrediction
from tags.profile.touched import COUNTER, forget, touched_since
from tags.rules.known import Known
from tags.rules.settling import Differences, differences
from tags.workings import Workings

CUSTOMERS_AT_ONCE = 256
LOCK_FILE = "tags_at_work.lock"


class _Redefined(Exception):  # noqa: N818 (it is no error: the work is done again)
    """Definitions changed while customers were worked out with those before."""


@dataclass(frozen=True, eq=False)
class Worker:
    """Works customers out, some at a time; whoever does so takes turns with the others of the store.

    `snapshot` is None before the first training: then models say nothing, and what they said stands.
    """

    settings: Settings
    store: Store
    clock: Clock
    current: Current
    snapshot: Snapshot | None

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
        workings = self.current.refresh()
        seen, foretold, written = self._models(names, workings)
        written += self._rules(names, foretold, workings, resettled=resettled)
        with self.store.write() as connection:
            forget(connection, names, seen)
        return written

    def _models(self, names: Sequence[str], workings: Workings) -> tuple[int, Foretold | None, Written]:
        with self.store.read() as connection:
            seen, now = counters.value(connection, COUNTER), self.clock.now()
            foretold = foretell(connection, self.snapshot, names, now) if self.snapshot else None
        if foretold is None:
            return seen, None, Written()
        claims = foretold.claims(workings.taxonomy)
        with self._writing(workings) as connection:
            left = touched_since(connection, names, seen)
            settled = [name for name in names if name not in left]
            written = restate(
                connection,
                [claim for claim in claims if claim.customer_id not in left],
                source=Source.MODEL,
                customer_ids=settled,
                because=Because.NO_LONGER,
                taxonomy=workings.taxonomy,
                now=now,
            )
            _keep_predictions(connection, settled, foretold, left)
        return seen, foretold, written

    def _rules(
        self, names: Sequence[str], foretold: Foretold | None, workings: Workings, *, resettled: bool
    ) -> Written:
        with self.store.read() as connection:
            seen, now = counters.value(connection, COUNTER), self.clock.now()
            known = known_with(connection, workings, names, foretold, now)
        answers = workings.rulebook.evaluate(known)
        with self._writing(workings) as connection:
            left = touched_since(connection, names, seen)
            found = differences(
                standing(connection, names),
                names,
                answers,
                tags=workings.rulebook.tags,
                taxonomy=workings.taxonomy,
                now=now,
                zone=self.settings.zone,
            )
            found = _without(found, left)
            written = put(connection, found.claims, ended=found.ended, taxonomy=workings.taxonomy, now=now)
            if resettled:
                written += resettle(connection, names, taxonomy=workings.taxonomy, now=now)
        return written

    @contextmanager
    def _writing(self, workings: Workings) -> Iterator[Connection]:
        """A transaction in which the definitions are still those."""
        with self.store.write() as connection:
            if self.current.at(connection) is not workings:
                raise _Redefined
            yield connection


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


def _keep_predictions(
    connection: Connection, settled: Sequence[str], foretold: Foretold, left: Iterable[str]
) -> None:
    beside = set(left)
    rows = [row for row in foretold.prediction_rows() if row["customer_id"] not in beside]
    upsert(connection, CustomerPrediction, rows)
    suggested = [one for one in foretold.suggestions() if one.customer_id not in beside]
    keep_suggestions(connection, settled, suggested)


def _without(found: Differences, left: set[str]) -> Differences:
    if not left:
        return found
    claims: list[Claim] = [claim for claim in found.claims if claim.customer_id not in left]
    return Differences(claims, [one for one in found.ended if one[0] not in left])
