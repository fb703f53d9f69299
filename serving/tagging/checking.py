"""Does a full rebuild of everybody's tags give what is stored? Looks, and writes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.clock import Clock
from core.settings import Settings
from core.storage import Store
from serving.snapshot import Snapshot
from serving.tagging.asking import known_with
from serving.tagging.everybody import everybody
from serving.tagging.foretelling import foretell
from tags.current import Current
from tags.profile.checking import disagreeing
from tags.profile.claims import Claim, Source
from tags.profile.reading import standing
from tags.profile.resolve import Standing
from tags.profile.touched import touched_since
from tags.rules.settling import differences
from tags.workings import Workings


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild came to.

    Attributes:
        customers: How many were worked out.
        waiting: How many were left out because something touched them a moment ago.
        profiles: Whose profile is not what their claims come to.
        models: Whose claims are not what the models say.
        rules: Whose claims are not what the rules say.
    """

    customers: int
    waiting: int
    profiles: tuple[str, ...]
    models: tuple[str, ...]
    rules: tuple[str, ...]

    @property
    def differing(self) -> tuple[str, ...]:
        """Everybody for whom a rebuild would give something else."""
        return tuple(dict.fromkeys((*self.profiles, *self.models, *self.rules)))


def rebuild(
    settings: Settings,
    store: Store,
    clock: Clock,
    snapshot: Snapshot | None,
    progress: Callable[[int], None] = lambda _done: None,
) -> Rebuilt:
    """Work everybody out from nothing but events, facts, definitions and people's words, and compare."""
    workings = Current(settings, store).refresh()
    customers, waiting = 0, 0
    profiles: list[str] = []
    models: list[str] = []
    rules: list[str] = []
    for some in everybody(store):
        with store.read() as connection:
            now = clock.now()
            left = touched_since(connection, some, 0)
            names = [name for name in some if name not in left]
            profiles += disagreeing(connection, names, taxonomy=workings.taxonomy, now=now)
            of_models, of_rules = _differing(connection, settings, workings, snapshot, names, now)
        models += of_models
        rules += of_rules
        customers += len(names)
        waiting += len(left)
        progress(customers + waiting)
    return Rebuilt(customers, waiting, tuple(profiles), tuple(models), tuple(rules))


def _differing(
    connection: Connection,
    settings: Settings,
    workings: Workings,
    snapshot: Snapshot | None,
    names: Sequence[str],
    now: datetime,
) -> tuple[list[str], list[str]]:
    foretold = foretell(connection, snapshot, names, now) if snapshot else None
    claims = foretold.claims(workings.taxonomy) if foretold else []
    stands = standing(connection, names)
    of_models = _other(claims, stands, names, now) if foretold else []
    answers = workings.rulebook.evaluate(known_with(connection, workings, names, foretold, now))
    found = differences(
        stands,
        names,
        answers,
        tags=workings.rulebook.tags,
        taxonomy=workings.taxonomy,
        now=now,
        zone=settings.zone,
    )
    of_rules = {claim.customer_id for claim in found.claims} | {name for name, _, _ in found.ended}
    return of_models, sorted(of_rules)


def _other(
    claims: Sequence[Claim], stands: dict[str, list[Standing]], names: Sequence[str], now: datetime
) -> list[str]:
    """The customers of whom the models say something else than what stands."""
    said: dict[str, set[tuple[str, str, float | None]]] = {name: set() for name in names}
    for claim in claims:
        said[claim.customer_id].add((claim.tag, claim.source_version, claim.confidence))
    known = {
        name: {
            (one.tag, one.source_version, one.confidence)
            for one in stands.get(name, [])
            if one.source == Source.MODEL and one.holds_until > now
        }
        for name in names
    }
    return [name for name in names if said[name] != known[name]]
