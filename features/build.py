"""Feature frames over the whole lake, bucket by bucket, as of one instant or many."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from core.clock import to_us
from features.assemble import KERNEL_COLUMNS, from_events
from features.histories import Floats, Histories, known_at
from features.kernel import column_names, compute
from features.outcomes import Horizon, outcome_names, outcomes
from features.source import FeatureSource

Progress = Callable[[int, int], None]  # (buckets done, buckets in all)


@dataclass(frozen=True)
class Panel:
    """Rows as of several cutoffs, one a customer and cutoff, indexed by (as_of, customer_id).

    `features` is float64, NaN where a value does not exist. `outcomes` is 0/1, NaN where the horizon has not
    passed in the data.
    """

    features: pd.DataFrame
    outcomes: pd.DataFrame

    def at(self, as_of: datetime) -> "Panel":
        """The rows of one cutoff, indexed by customer_id."""
        key = pd.Timestamp(as_of).tz_convert("UTC")
        here = self.features.index.get_level_values("as_of") == key  # none where nobody was known by then
        return Panel(self.features[here].droplevel("as_of"), self.outcomes[here].droplevel("as_of"))


def build(
    source: FeatureSource, as_of: datetime | Sequence[datetime], *, progress: Progress | None = None
) -> pd.DataFrame:
    """Features as of an instant: one row for each customer with an event known by then, sorted by customer_id.

    With several instants the rows are a training panel indexed by (as_of, customer_id). Values are float64 and
    NaN where they do not exist; `frame.attrs["schema_version"]` names the columns' meaning. Memory is bounded by
    the largest bucket and the frame itself.
    """
    cutoffs = [as_of] if isinstance(as_of, datetime) else list(as_of)
    panel = build_panel(source, cutoffs, horizon=None, progress=progress)
    return panel.at(cutoffs[0]).features if isinstance(as_of, datetime) else panel.features


def build_panel(
    source: FeatureSource,
    cutoffs: Sequence[datetime],
    *,
    horizon: Horizon | None,
    progress: Progress | None = None,
) -> Panel:
    """Features as of each cutoff, and what happened within the horizon after it, in one pass over the lake."""
    instants = [to_us(cutoff) for cutoff in cutoffs]
    buckets = range(source.lake.buckets)
    blocks: list[_Block] = []
    with ThreadPoolExecutor(source.workers) as pool:
        for done, found in enumerate(_in_order(pool, source, buckets, instants, horizon), start=1):
            blocks.extend(found)
            if progress:
                progress(done, len(buckets))
    return _panel(source, blocks, horizon)


@dataclass(frozen=True)
class _Block:
    """The rows of one bucket as of one cutoff."""

    as_of_us: int
    customer_ids: list[str]
    features: Floats
    outcomes: Floats


def _in_order(
    pool: ThreadPoolExecutor,
    source: FeatureSource,
    buckets: Sequence[int],
    instants: Sequence[int],
    horizon: Horizon | None,
) -> Iterator[list[_Block]]:
    """Each bucket's blocks; no more buckets are in memory at once than there are workers."""
    ahead = [pool.submit(_bucket, source, bucket, instants, horizon) for bucket in buckets[: source.workers]]
    for bucket in [*buckets[source.workers :], *[None] * len(ahead)]:
        yield ahead.pop(0).result()
        if bucket is not None:
            ahead.append(pool.submit(_bucket, source, bucket, instants, horizon))


def _bucket(
    source: FeatureSource, bucket: int, instants: Sequence[int], horizon: Horizon | None
) -> list[_Block]:
    events = source.lake.read_bucket(bucket, KERNEL_COLUMNS, version=source.lake_version)
    histories = from_events(events, source.facts)
    if not histories.n_customers:
        return []
    return [_block(source, histories, instant, horizon) for instant in instants]


def _block(source: FeatureSource, histories: Histories, as_of_us: int, horizon: Horizon | None) -> _Block:
    there = np.diff(known_at(histories, as_of_us).offsets) > 0
    features = compute(histories, as_of_us, source.spec, source.catalogue)[there]
    happened = (
        outcomes(histories, as_of_us, horizon, source.spec, source.catalogue)[there]
        if horizon
        else np.zeros((int(there.sum()), 0))
    )
    names = [name for name, kept in zip(histories.customer_ids, there, strict=True) if kept]
    return _Block(as_of_us, names, features, happened)


def _panel(source: FeatureSource, blocks: list[_Block], horizon: Horizon | None) -> Panel:
    as_of = np.concatenate([np.full(len(b.customer_ids), b.as_of_us) for b in blocks] or [np.zeros(0)])
    index = pd.MultiIndex.from_arrays(
        [
            pd.to_datetime(as_of.astype(np.int64), unit="us", utc=True),
            pd.Index([name for b in blocks for name in b.customer_ids], dtype=object),
        ],
        names=["as_of", "customer_id"],
    )
    names = list(column_names(source.spec))
    labels = outcome_names(source.spec) if horizon else []
    features = np.concatenate([b.features for b in blocks] or [np.zeros((0, len(names)))])
    happened = np.concatenate([b.outcomes for b in blocks] or [np.zeros((0, len(labels)))])
    panel = Panel(
        pd.DataFrame(features, index=index, columns=names).sort_index(),
        pd.DataFrame(happened, index=index, columns=labels).sort_index(),
    )
    panel.features.attrs["schema_version"] = source.spec.schema_version
    return panel
