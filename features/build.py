"""Feature frames over the whole lake as of one instant or many.

Importing it loads no pandas: a server needs rows and no frames.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from core.clock import to_us
from features.blocks import Block, Progress, blocks
from features.histories import Floats, Ints
from features.kernel import column_names
from features.outcomes import Horizon, every_target, outcome_names
from features.source import FeatureSource

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Panel:
    """Rows as of several cutoffs, one a customer and cutoff, indexed by (as_of, customer_id).

    `features` is float64, NaN where a value does not exist. `outcomes` is 0/1, NaN where the horizon has not
    passed in the data; `outcomes.attrs["meaning"]` says of each what it counts.
    """

    features: "pd.DataFrame"
    outcomes: "pd.DataFrame"

    def at(self, as_of: datetime) -> "Panel":
        """The rows of one cutoff, indexed by customer_id."""
        import pandas as pd  # noqa: PLC0415 (only where a frame is asked for)

        key = pd.Timestamp(as_of).tz_convert("UTC")
        here = self.features.index.get_level_values("as_of") == key  # none where nobody was known by then
        return Panel(self.features[here].droplevel("as_of"), self.outcomes[here].droplevel("as_of"))


def build(
    source: FeatureSource, as_of: datetime | Sequence[datetime], *, progress: Progress | None = None
) -> "pd.DataFrame":
    """Features as of an instant: one row for each customer with an event known by then, sorted by customer_id.

    With several instants the rows are a training panel indexed by (as_of, customer_id). Values are float64 and
    NaN where they do not exist; `frame.attrs["schema_version"]` names the columns' meaning. Memory is bounded by
    the largest bucket and the frame itself.
    """
    if isinstance(as_of, datetime):
        return _frame(source, list(blocks(source, [to_us(as_of)], progress=progress)))
    return build_panel(source, as_of, horizon=None, progress=progress).features


def frames(
    source: FeatureSource, as_of: datetime, *, at_least: int = 1, progress: Progress | None = None
) -> Iterator["pd.DataFrame"]:
    """The rows of `build`, `at_least` so many customers at a time and in the order of the lake.

    Memory is bounded by the buckets that are read at once and one such part. Where nobody was known there is one
    empty frame.
    """
    waiting: list[Block] = []
    given = False
    for block in blocks(source, [to_us(as_of)], progress=progress):
        waiting.append(block)
        if sum(len(block.customer_ids) for block in waiting) >= at_least:
            yield _frame(source, waiting)
            waiting, given = [], True
    if not given or any(block.customer_ids for block in waiting):
        yield _frame(source, waiting)


def build_panel(
    source: FeatureSource,
    cutoffs: Sequence[datetime],
    *,
    horizon: Horizon | None,
    progress: Progress | None = None,
) -> Panel:
    """Features as of each cutoff, and what happened within the horizon after it, in one pass over the lake."""
    instants = [to_us(cutoff) for cutoff in cutoffs]
    return _panel(source, list(blocks(source, instants, horizon=horizon, progress=progress)), horizon)


def _frame(source: FeatureSource, found: list[Block]) -> "pd.DataFrame":
    """The features of blocks of one cutoff, indexed by customer_id."""
    frame = _panel(source, found, None).features
    frame.index = frame.index.droplevel("as_of")  # in place: a copy would be as large as the frame
    return frame


def _panel(source: FeatureSource, found: list[Block], horizon: Horizon | None) -> Panel:
    import pandas as pd  # noqa: PLC0415 (only where a frame is asked for)

    as_of = np.repeat([block.as_of_us for block in found], [len(block.customer_ids) for block in found])
    index = pd.MultiIndex.from_arrays(
        [
            pd.to_datetime(as_of.astype(np.int64), unit="us", utc=True),
            pd.Index([name for block in found for name in block.customer_ids], dtype=object),
        ],
        names=["as_of", "customer_id"],
    )
    order = index.argsort()
    labels = outcome_names(source.spec, source.targets) if horizon else []
    features = _sorted([block.features for block in found], order, len(names := column_names(source.spec)))
    happened = _sorted([block.outcomes for block in found], order, len(labels))
    panel = Panel(
        pd.DataFrame(features, index=index[order], columns=list(names), copy=False),
        pd.DataFrame(happened, index=index[order], columns=labels, copy=False),
    )
    panel.features.attrs["schema_version"] = source.spec.schema_version
    panel.outcomes.attrs["meaning"] = {
        target.name: target.as_json() for target in every_target(source.spec, source.targets)
    }
    return panel


def _sorted(parts: list[Floats], order: Ints, width: int) -> Floats:
    """The parts' rows in that order, put where they belong at once: they are there twice, never three times."""
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    rows, begin = np.empty((len(order), width)), 0
    for part in parts:
        rows[place[begin : begin + len(part)]] = part
        begin += len(part)
    return rows
