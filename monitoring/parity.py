"""Parity: were served features what the lake says they had to be? A sample of what was served, computed again.

Online features are the kernel over a customer's stored history; here the same kernel runs over the lake's events of the
customer, as of the instant of the answer, counting what had been received by then. Equal means equal to the bit.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import Connection, Row, select

from core.clock import to_us
from core.errors import TagloopError
from core.ids import bucket_of
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
from monitoring.parity_runs import Culprit, Parity, parity_blocks, record
from monitoring.served_rows import knew, unpack
from monitoring.tables import ServedPrediction
from monitoring.watched import spec_of
from tags.taxonomy import Taxonomy

ROWS_A_NIGHT = 1_000
UNDER_WAY = (timedelta(seconds=1), timedelta(seconds=20))
"""An event gets its instant before it is committed: one that was received so shortly before an answer may not have been
there yet when the answer read the store.
"""

ServedRow = Row[*tuple[Any, ...]]


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
        record(connection, parity, settings.make_clock().now())
    return parity


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


__all__ = ["Culprit", "Parity", "parity_blocks", "replay_served"]
