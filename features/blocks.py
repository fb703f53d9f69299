"""Feature rows of the whole lake as plain arrays, a bucket at a time: what frames and scores are made of."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from features.assemble import KERNEL_COLUMNS, from_events
from features.histories import Floats, Histories, slices
from features.kernel import compute_known
from features.outcomes import Horizon, outcomes
from features.source import FeatureSource

EVENTS_A_SLICE = 1 << 16  # what outcomes are worked out of at once

Progress = Callable[[int, int], None]  # (buckets done, buckets in all)


@dataclass(frozen=True)
class Block:
    """Rows of some customers of one bucket as of one cutoff.

    `features` has the shape (n_customers, n_features), `outcomes` (n_customers, n_outcomes) without columns where
    no horizon was asked for.
    """

    as_of_us: int
    customer_ids: list[str]
    features: Floats
    outcomes: Floats


def blocks(
    source: FeatureSource,
    instants_us: Sequence[int],
    *,
    horizon: Horizon | None = None,
    progress: Progress | None = None,
) -> Iterator[Block]:
    """The rows as of each instant of everyone with an event known by then, bucket after bucket.

    No more buckets are in memory at once than there are workers. The kernel works on one customer after the other, and
    outcomes are worked out of `EVENTS_A_SLICE` events at once, so memory does not grow with the lake.
    """
    buckets = range(source.lake.buckets)
    with ThreadPoolExecutor(source.workers) as pool:
        ahead = [
            pool.submit(_bucket, source, bucket, instants_us, horizon) for bucket in buckets[: source.workers]
        ]
        for done in buckets:
            yield from ahead.pop(0).result()
            if progress:
                progress(done + 1, len(buckets))
            if done + source.workers < len(buckets):
                ahead.append(pool.submit(_bucket, source, done + source.workers, instants_us, horizon))


def _bucket(
    source: FeatureSource, bucket: int, instants_us: Sequence[int], horizon: Horizon | None
) -> list[Block]:
    events = source.lake.read_bucket(bucket, KERNEL_COLUMNS, version=source.lake_version)
    histories = from_events(events, source.facts)
    return [
        _block(source, part, instant, horizon)
        for part in slices(histories, EVENTS_A_SLICE)
        for instant in instants_us
    ]


def _block(source: FeatureSource, histories: Histories, as_of_us: int, horizon: Horizon | None) -> Block:
    features, n_known = compute_known(histories, as_of_us, source.spec, source.catalogue)
    there = n_known > 0
    features = features if there.all() else features[there]
    happened = (
        outcomes(histories, as_of_us, horizon, source.spec, source.catalogue, source.targets)[there]
        if horizon
        else np.zeros((int(there.sum()), 0))
    )
    names = [name for name, kept in zip(histories.customer_ids, there, strict=True) if kept]
    return Block(as_of_us, names, features, happened)
