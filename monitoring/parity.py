"""Parity: were served features what the lake says they had to be? A sample of what was served, computed again.

Online features are the kernel over a customer's stored history; here the same kernel runs over the lake's events of the
customer, as of the instant of the answer, counting what had been received by then. Equal means equal to the bit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, insert, select

from core.clock import to_us
from core.errors import TagloopError
from core.ids import bucket_of, new_id
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.assemble import KERNEL_COLUMNS, from_events
from features.flush import flush
from features.histories import Floats, Histories
from features.kernel import column_names, compute
from features.lake import Lake
from features.source import FeatureSource, open_source
from models.release import Release
from models.release_read import load_release
from monitoring.finding import CRITICAL, NOBODY, Finding, text_as_json, text_of
from monitoring.served_rows import knew, unpack
from monitoring.tables import ParityRun, ServedPrediction
from monitoring.watched import spec_of
from tags.taxonomy import Taxonomy

CHECK = "parity"
ROWS_A_NIGHT = 1_000
CULPRITS_TOLD = 20
UNDER_WAY = (timedelta(seconds=1), timedelta(seconds=20))
"""An event gets its instant before it is committed: one that was received so shortly before an answer may not have been
there yet when the answer read the store.
"""

ServedRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True)
class Culprit:
    """One feature of one served customer that comes out otherwise.

    Attributes:
        kind: `mismatch`; `missing` where it had no value when it was served; `extra` where it had one and has none.
        served: What it was; None for no value.
        computed: What it had to be.
    """

    feature: str
    customer_id: str
    as_of: datetime
    kind: str
    served: float | None
    computed: float | None


@dataclass(frozen=True)
class Parity:
    """What a replay came to.

    Attributes:
        compared: Rows that were computed again.
        skipped: Rows that could not be: data were loaded since, or the release is gone.
        differing: Of the compared rows those with a culprit.
        culprits: All of them, by how often each feature differs.
    """

    since: datetime
    until: datetime
    compared: int = 0
    skipped: int = 0
    differing: int = 0
    culprits: tuple[Culprit, ...] = field(default=())

    @property
    def problem(self) -> Text | None:
        """What is wrong, by the feature that differs most often; None where all is the same."""
        if not self.culprits:
            return None
        first = self.culprits[0]
        return Text(
            "{n} of {of} served customers get other features from the lake: {feature} of customer {customer} as of "
            "{at} was {served} and had to be {computed}",
            {
                "n": self.differing,
                "of": self.compared,
                "feature": first.feature,
                "customer": first.customer_id,
                "at": first.as_of.isoformat(timespec="seconds"),
                "served": _shown(first.served),
                "computed": _shown(first.computed),
            },
        )


def replay_served(
    settings: Settings,
    store: Store,
    taxonomy: Taxonomy,
    *,
    since: datetime,
    until: datetime,
    most: int = ROWS_A_NIGHT,
) -> Parity:
    """Compute a sample of what was served from `since` to `until` again, compare, and keep the result.

    Raises:
        NotReadyError: No events were loaded yet.
    """
    flush(store, Lake(settings.lake_path, buckets=settings.lake_buckets))
    with store.read() as connection:
        rows, known = _sample(connection, since, until, most), knew(connection)
    by_release: dict[str, list[ServedRow]] = defaultdict(list)
    for row in rows:
        by_release[row.release_id].append(row)
    compared, differing, culprits = 0, 0, list[Culprit]()
    for release_id, of_release in by_release.items():
        same = [row for row in of_release if row.knew == known]
        release = _release(settings, release_id)
        if release is None or not same:
            continue
        source = open_source(
            settings, store, taxonomy.groups, targets=taxonomy.targets, spec=spec_of(release)
        )
        found = list(_compare(source, release, same))
        compared += len(same)
        differing += sum(bool(one) for one in found)
        culprits += [culprit for one in found for culprit in one]
    parity = Parity(since, until, compared, len(rows) - compared, differing, _ranked(culprits))
    with store.write() as connection:
        _record(connection, parity, settings.make_clock().now())
    return parity


def parity_blocks(connection: Connection, *, now: datetime | None = None) -> Text | None:
    """Why nothing may be promoted: what the last replay found; None where it found nothing, or none was made."""
    last = _last(connection, now)
    return None if last is None or last.problem is None else text_of(last.problem)


def latest_parity(connection: Connection, *, until: datetime | None = None) -> list[Finding]:
    """What the last replay found, as a finding of a window; none before there was one that compared anything."""
    last = _last(connection, until)
    if last is None or not last.compared:
        return []
    words = (
        Text("Features of {n} served customers come out the same from the lake", {"n": f"{last.compared:,}"})
        if last.problem is None
        else text_of(last.problem)
    )
    alarm = None if last.problem is None else CRITICAL
    return [
        Finding(CHECK, NOBODY, last.differing / last.compared, words, warning=0.0, critical=0.0, alarm=alarm)
    ]


def _last(connection: Connection, until: datetime | None) -> Any:
    query = select(ParityRun.__table__).order_by(ParityRun.until.desc(), ParityRun.made_at.desc()).limit(1)
    if until is not None:
        query = query.where(ParityRun.until <= until)
    return connection.execute(query).first()


def _sample(connection: Connection, since: datetime, until: datetime, most: int) -> Sequence[ServedRow]:
    """The rows with the least draws: a random sample of whom was served."""
    query = (
        select(ServedPrediction.__table__)
        .where(ServedPrediction.as_of >= since, ServedPrediction.as_of < until)
        .order_by(ServedPrediction.draw, ServedPrediction.seq)
        .limit(most)
    )
    return connection.execute(query).all()


def _release(settings: Settings, release_id: str) -> Release | None:
    try:
        release = load_release(settings.releases_path, release_id)
        spec_of(release)
    except TagloopError:
        return None  # it was removed, or this version computes features differently
    return release


def _compare(source: FeatureSource, release: Release, rows: Sequence[ServedRow]) -> Iterator[list[Culprit]]:
    """Of each row what comes out otherwise."""
    names = list(release.facts.feature_columns)
    places = {name: place for place, name in enumerate(column_names(source.spec))}
    wanted = [places[name] for name in names]
    by_bucket: dict[int, list[ServedRow]] = defaultdict(list)
    for row in rows:
        by_bucket[bucket_of(row.customer_id, source.lake.buckets)].append(row)
    for bucket, here in sorted(by_bucket.items()):
        histories = _histories(source, bucket, sorted({row.customer_id for row in here}))
        for row in here:
            served = unpack(row.features, len(names))
            yield _of_row(source, histories.get(row.customer_id), row, served, names, wanted)


def _histories(source: FeatureSource, bucket: int, customers: Sequence[str]) -> Mapping[str, Histories]:
    """The lake's histories of those customers of a bucket."""
    events = source.lake.read_bucket(bucket, KERNEL_COLUMNS, version=source.lake_version)
    named = events.column("customer_id").cast(pa.string())
    found = {}
    for name in customers:
        own = events.filter(pc.equal(named, pa.scalar(name)))
        if len(own):
            found[name] = from_events(own, source.facts)
    return found


def _of_row(
    source: FeatureSource,
    history: Histories | None,
    row: ServedRow,
    served: Floats,
    names: Sequence[str],
    wanted: Sequence[int],
) -> list[Culprit]:
    if history is None:
        return [Culprit("*", row.customer_id, row.as_of, "extra", None, None)]
    computed = _computed(source, history, row.as_of, wanted)
    if not _differs(served, computed).any():
        return []
    for patience in UNDER_WAY:
        without = _received_before(history, row.as_of - patience)
        if not _differs(served, _computed(source, without, row.as_of, wanted)).any():
            return []
    return [
        _culprit(names[place], row, served[place], computed[place])
        for place in np.flatnonzero(_differs(served, computed)).tolist()
    ]


def _computed(source: FeatureSource, history: Histories, as_of: datetime, wanted: Sequence[int]) -> Floats:
    found: Floats = compute(history, to_us(as_of), source.spec, source.catalogue)[0, list(wanted)]
    return found


def _received_before(history: Histories, instant: datetime) -> Histories:
    kept = np.flatnonzero(history.received_at_us < to_us(instant))
    return history.take(kept, np.array([0, len(kept)], dtype=np.int64))


def _differs(served: Floats, computed: Floats) -> "NDArray[np.bool_]":
    same = (served == computed) | (np.isnan(served) & np.isnan(computed))
    differs: NDArray[np.bool_] = ~same
    return differs


def _culprit(feature: str, row: ServedRow, served: float, computed: float) -> Culprit:
    kind = "missing" if np.isnan(served) else "extra" if np.isnan(computed) else "mismatch"
    values = (None if np.isnan(value) else float(value) for value in (served, computed))
    return Culprit(feature, row.customer_id, row.as_of, kind, *values)


def _ranked(culprits: Sequence[Culprit]) -> tuple[Culprit, ...]:
    """Those of the feature that differs most often first, its first customer before the others."""
    counts: dict[str, int] = defaultdict(int)
    for one in culprits:
        counts[one.feature] += 1
    return tuple(sorted(culprits, key=lambda one: (-counts[one.feature], one.feature, one.as_of)))


def _record(connection: Connection, parity: Parity, now: datetime) -> None:
    problem = parity.problem
    told = [{**vars(one), "as_of": one.as_of.isoformat()} for one in parity.culprits[:CULPRITS_TOLD]]
    row = {
        "run_id": new_id("parity"),
        "made_at": now,
        "since": parity.since,
        "until": parity.until,
        "compared": parity.compared,
        "skipped": parity.skipped,
        "differing": parity.differing,
        "problem": None if problem is None else text_as_json(problem),
        "culprits": {"culprits": told},
    }
    connection.execute(insert(ParityRun), [row])


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
