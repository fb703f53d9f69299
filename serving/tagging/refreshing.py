"""Works everybody out anew: at the turn of the day, and after definitions, models or loaded data changed."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime

from filelock import FileLock, Timeout
from sqlalchemy import Connection, func, select

from core.clock import Clock
from core.errors import ConflictError, NotReadyError
from core.settings import Settings
from core.storage import Store
from core.storage.upsert import upsert
from features import counters
from features.tables import Customer
from models.release_read import current_release_id
from review.planning import plan_day
from review.watching import watch_outcomes
from serving.snapshot import Snapshot, load_snapshot, load_tags
from serving.tagging.everybody import everybody
from serving.tagging.working import Worker
from tags.catalogue.store import COUNTER as TAXONOMY
from tags.certificates import COUNTER as CERTIFICATES
from tags.current import Current
from tags.definition import Method
from tags.knowing import known_of
from tags.profile.because import Because
from tags.profile.book import Written, tick, withdraw_tag
from tags.profile.carrying import AUTOMATIC
from tags.profile.claims import Source
from tags.profile.reading import Through, computed
from tags.profile.tables import ClaimRow, Computed
from tags.rules.quantiles import Taking, read_values, write_values
from tags.taxonomy import Taxonomy
from tags.workings import Workings

LOCK_FILE = "tags_refresh.lock"
RULES, MODELS = "rules", "models"
LAPSES_AT_ONCE = 2_000

Progress = Callable[[str, int, int], None]
"""Gets what is being done, how many customers are done, and how many there are."""

_METHOD_OF = {Source.RULE: Method.RULE, Source.TRIGGER: Method.TRIGGER, Source.MODEL: Method.MODEL}


@dataclass(frozen=True)
class Refreshed:
    """A refresh that was carried out, through an instant, and what it wrote."""

    through: datetime
    version: str
    written: Written


def version_now(connection: Connection, settings: Settings) -> str:
    """What everybody's tags would be worked out with now: definitions, certificates, loaded data and release."""
    named = current_release_id(settings.releases_path) or "-"
    numbers = (counters.value(connection, name) for name in (TAXONOMY, CERTIFICATES, "bulk"))
    return "/".join([*map(str, numbers), named])


def is_due(connection: Connection, settings: Settings, now: datetime) -> bool:
    """Whether a refresh has to be made: none was on this day of the shop's, or not with what there is now."""
    return not _is_current(computed(connection).get(RULES), version_now(connection, settings), settings, now)


def _is_current(last: Through | None, version: str, settings: Settings, now: datetime) -> bool:
    if last is None or last.version != version:
        return False
    made, present = (at.astimezone(settings.zone).date() for at in (last.through, now))
    return made == present


def refresh(
    settings: Settings,
    store: Store,
    clock: Clock,
    progress: Progress = lambda _what, _done, _total: None,
    *,
    force: bool = False,
    wait: bool = True,
    writer: Executor | None = None,
) -> Refreshed | None:
    """Work everybody out and write the differences; None where nothing is due.

    With `force` everybody's claims are weighed anew, whether or not anything is due. See `Worker` for `writer`.
    Ended in the middle it leaves every customer as before or as after, and no stamp: the next one does the rest.

    Raises:
        ConflictError: Another refresh is at work, and nobody is to wait for it.
    """
    try:
        with FileLock(settings.home / LOCK_FILE, timeout=-1 if wait else 0), store.turn(LOCK_FILE):
            with store.read() as connection:
                if not force and not is_due(connection, settings, clock.now()):
                    return None
            return _refresh(settings, store, clock, progress, anew=force, writer=writer)
    except Timeout:
        raise ConflictError(
            "Another process is working out everybody's tags: wait until it is done, then try again"
        ) from None


def _refresh(
    settings: Settings,
    store: Store,
    clock: Clock,
    progress: Progress,
    *,
    anew: bool,
    writer: Executor | None,
) -> Refreshed:
    taxonomy = load_tags(settings, store)
    with store.read() as connection:
        version, total = version_now(connection, settings), _count(connection)
        redefined = _redefined(computed(connection).get(RULES), version)
    written = _lapses(store, taxonomy, clock)
    written += _strays(store, taxonomy, clock)
    current = Current(settings, store)
    workings = current.refresh()
    snapshot = _snapshot(settings, store, workings)
    _take_quantiles(store, clock, workings, lambda done: progress("Quantiles", done, total))
    through = clock.now()
    worker, done = Worker(settings, store, clock, current, snapshot, writer), 0
    for names in everybody(store):
        written += worker.work_out(names, resettled=redefined or anew)
        done += len(names)
        progress("Tags", done, max(total, done))
    with store.write() as connection:
        _stamp(connection, [RULES] if snapshot is None else [RULES, MODELS], through, version, clock.now())
        if snapshot is not None:
            reviewed = [tag.key for tag in taxonomy.reviewed_tags if tag.is_current]
            plan_day(
                connection,
                settings,
                _modelled(taxonomy),
                now=clock.now(),
                reviewed=reviewed,
                unlearned=[key for key in reviewed if key not in snapshot.tag_numbers],
            )
            watch_outcomes(connection, settings, taxonomy, now=clock.now())
    return Refreshed(through, version, written)


def _redefined(last: Through | None, version: str) -> bool:
    """Whether definitions are others than at the last refresh, so that standing claims have to be weighed anew."""
    return last is None or last.version.split("/")[0] != version.split("/", maxsplit=1)[0]


def _snapshot(settings: Settings, store: Store, workings: Workings) -> Snapshot | None:
    try:
        return load_snapshot(settings, store, workings.taxonomy, items=workings.items)
    except NotReadyError:
        return None  # rules need no model


def _lapses(store: Store, taxonomy: Taxonomy, clock: Clock) -> Written:
    """Turn ends of claims that have passed into changes, some customers at a time."""
    written = Written()
    while True:
        with store.write() as connection:
            done = tick(connection, taxonomy=taxonomy, now=clock.now(), most=LAPSES_AT_ONCE)
        written += done
        if not done.ended:
            return written


def _strays(store: Store, taxonomy: Taxonomy, clock: Clock) -> Written:
    """End what a source said of tags that it gives no more, or that are gone."""
    with store.read() as connection:
        standing = connection.execute(
            select(ClaimRow.tag, ClaimRow.source)
            .where(ClaimRow.ended_at.is_(None), ClaimRow.source.in_([*AUTOMATIC]))
            .distinct()
        ).all()
    written = Written()
    for key, source in standing:
        tag = taxonomy.get(key)
        if tag is None or not tag.is_current or tag.method is not _METHOD_OF[Source(source)]:
            with store.write() as connection:
                written += withdraw_tag(
                    connection,
                    key,
                    because=Because.DEFINITION,
                    taxonomy=taxonomy,
                    now=clock.now(),
                    sources=[Source(source)],
                )
    return written


def _take_quantiles(store: Store, clock: Clock, workings: Workings, progress: Callable[[int], None]) -> None:
    """Take the thresholds that rules and triggers want from the shop's own customers, and keep those that changed."""
    wanted = workings.taken
    if not wanted:
        return
    taking, done = Taking(wanted, workings.spec, workings.taxonomy), 0
    as_of = clock.now()
    for names in everybody(store):
        with store.read() as connection:
            taking.add(known_of(connection, workings, names, as_of))
        done += len(names)
        progress(done)
    found = taking.found()
    with store.write() as connection:
        known = read_values(connection)
        if any(threshold not in known or known[threshold] != one.value for threshold, one in found.items()):
            write_values(connection, found, as_of=as_of)


def _stamp(connection: Connection, parts: list[str], through: datetime, version: str, now: datetime) -> None:
    rows = [{"part": part, "through": through, "version": version, "computed_at": now} for part in parts]
    upsert(connection, Computed, rows)


def _modelled(taxonomy: Taxonomy) -> list[str]:
    return [tag.key for tag in taxonomy.current if tag.method is Method.MODEL]


def _count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(Customer)) or 0
