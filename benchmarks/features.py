"""The feature kernel beside SQL over the same lake, and one household's row from its stored history."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd
from sqlalchemy import select

from benchmarks import plain_sql, sql, tuned_sql
from benchmarks.first_buckets import FirstBuckets
from benchmarks.report import Figure
from benchmarks.stopwatch import medians, seconds
from core.errors import ConflictError
from core.language import Text
from core.storage import Store
from features.build import build
from features.histories import Floats
from features.kernel import column_names
from features.online import OnlineFeatures
from features.source import FeatureSource
from features.tables import History
from features.unpacking import unpack_all

TUNED_ROUNDS = 9
PLAIN_ROUNDS = 5
PLAIN_BUCKETS = 2
HOUSEHOLDS = 25  # around the median, so that no single history stays in the processor's caches
ONLINE_ROUNDS = 40
RELATIVE, ABSOLUTE = 1e-9, 1e-6  # sums of the same amounts in another order


def measure(source: FeatureSource, store: Store, as_of: datetime) -> list[Figure]:
    """The figures `features.*`; the kernel computes its full rows, SQL the columns that it can state.

    The plain query takes so long that it and the kernel get the first two buckets of the lake only.

    Raises:
        ConflictError: A query computes something else than the kernel.
    """
    part = replace(source, lake=FirstBuckets(source.lake.path, min(PLAIN_BUCKETS, source.lake.buckets)))
    plain = _times(part, as_of, plain_sql.queries, PLAIN_ROUNDS)
    tuned = _times(source, as_of, tuned_sql.queries, TUNED_ROUNDS)
    columns = {"all": len(column_names(source.spec)), "stated": len(sql.stated(source.spec))}
    return [
        Figure(
            "features.kernel_vs_plain_sql",
            plain["sql"] / plain["kernel"],
            Text(
                "one filtered aggregate each: {sql:.1f} s for {stated} features, kernel {kernel:.2f} s for all {all} "
                "({part} of {buckets} buckets)",
                {**plain, **columns, "part": part.lake.buckets, "buckets": source.lake.buckets},
            ),
            target=20,
        ),
        Figure(
            "features.kernel_vs_tuned_sql",
            tuned["sql"] / tuned["kernel"],
            Text(
                "grouped, then pivoted: {sql:.2f} s for {stated} features, kernel {kernel:.2f} s for all {all}",
                {**tuned, **columns},
            ),
            target=1,
        ),
        *_online(source, store, as_of),
    ]


def _times(
    source: FeatureSource, as_of: datetime, queries_for: Callable[[sql.Shop], list[str]], rounds: int
) -> dict[str, float]:
    """Median seconds of the kernel and of the queries, after both have given the same numbers."""
    queries = queries_for(sql.open_shop(source, as_of))
    with sql.connect(source, threads=source.workers) as connection:
        ask = partial(sql.ask, connection, queries, source.spec)
        check_equal(ask(), build(source, as_of))
        return medians({"kernel": partial(build, source, as_of), "sql": ask}, rounds=rounds)


def check_equal(found: pd.DataFrame, kernel_rows: pd.DataFrame) -> None:
    """Say nothing when a query gives the kernel's numbers, to rounding.

    Raises:
        ConflictError: It does not; the columns are named.
    """
    expected = kernel_rows[found.columns]
    if list(found.index) != list(expected.index):
        raise ConflictError("SQL finds other customers than the kernel")
    close = np.isclose(found.to_numpy(), expected.to_numpy(), rtol=RELATIVE, atol=ABSOLUTE, equal_nan=True)
    wrong = list(found.columns[~close.all(axis=0)])
    if wrong:
        raise ConflictError("SQL and the kernel differ in {columns}", columns=", ".join(wrong[:5]))


def _online(source: FeatureSource, store: Store, as_of: datetime) -> list[Figure]:
    online = OnlineFeatures(source.spec, source.catalogue)
    alone: list[float] = []
    stored: list[float] = []
    with store.read() as connection:
        sizes = connection.execute(select(History.customer_id, History.n_events)).tuples().all()
        names = median_customers(sizes, HOUSEHOLDS)
        query = select(History.customer_id, History.packed).where(History.customer_id.in_(names))
        packed = dict(connection.execute(query).tuples().all())
        for _ in range(ONLINE_ROUNDS):
            alone += [seconds(partial(_row, online, name, packed[name], as_of)) for name in names]
            stored += [seconds(partial(online.of_stored, connection, [name], as_of)) for name in names]
    micros = {"alone": statistics.median(alone) * 1e6, "stored": statistics.median(stored) * 1e6}
    return [
        Figure(
            "features.online_us",
            micros["alone"],
            Text(
                "a median household's row of {n} features from its packed history; {stored:.0f} µs with the store read",
                {"n": len(column_names(source.spec)), "stored": micros["stored"]},
            ),
            target=500,
            at_most=True,
        ),
        Figure(
            "features.online_with_store_us", micros["stored"], Text("the same, read from the store each time")
        ),
    ]


def _row(online: OnlineFeatures, name: str, packed: bytes, as_of: datetime) -> Floats:
    return online.of_histories(unpack_all([name], [packed]), as_of)


def median_customers(sizes: Sequence[tuple[str, int]], count: int) -> list[str]:
    """So many customers around the median number of events."""
    ranked = sorted(sizes, key=lambda pair: (pair[1], pair[0]))
    first = max(0, (len(ranked) - count) // 2)
    return [name for name, _ in ranked[first : first + count]]
