"""Weeks of a real shop, as they were or after a known change, for households drawn anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.drifting.breaks import BREAKS, Break, instant_us, renamed, scaled
from benchmarks.drifting.champion import Champion
from core.clock import add_days
from core.settings import Settings
from core.storage import Store
from features.assemble import KERNEL_COLUMNS, from_events
from features.histories import Histories
from features.kernel import column_names, compute
from features.outcomes import Horizon, outcome_names, outcomes
from features.source import FeatureSource
from monitoring.window import Reference, Window

WEEK_DAYS = 7
PAST_WEEKS = 12
ACTIVE = "baskets_84d"
OF_CATALOGUE = "__category_"
"""In the names of features that no release of the demo reads: those of the catalogue's largest groups."""


@dataclass(eq=False)
class World:
    """A champion that learned until its origin, its reference, the weeks before it and the weeks after."""

    settings: Settings
    source: FeatureSource
    store: Store
    champion: Champion
    n_weeks: int
    histories: Histories = field(init=False)
    reference: Reference = field(init=False)
    past: tuple[Window, ...] = field(init=False)
    weeks: tuple[Window, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Reads the events once and computes the weeks as they were."""
        lake, version = self.source.lake, self.source.lake_version
        events = pa.concat_tables(
            [lake.read_bucket(bucket, KERNEL_COLUMNS, version=version) for bucket in range(lake.buckets)]
        )
        self.histories = from_events(events.unify_dictionaries(), self.source.facts)
        at = add_days(self.origin, -self.settings.horizon_days, self.settings.zone)
        own = self.champion.window(self._before(at), at, self._rows(at))
        self.reference = Reference(
            **vars(own), importance=self.champion.importance, promised=self.champion.promised
        )
        self.past = tuple(
            self.week(add_days(at, -WEEK_DAYS * back, self.settings.zone))
            for back in range(PAST_WEEKS, 0, -1)
        )
        self.weeks = tuple(self.week(end) for end in self.ends)

    @property
    def origin(self) -> datetime:
        """Until when the champion learned."""
        return self.champion.origin

    @property
    def ends(self) -> list[datetime]:
        """The ends of the weeks after the origin."""
        zone = self.settings.zone
        return [add_days(self.origin, WEEK_DAYS * week, zone) for week in range(1, self.n_weeks + 1)]

    @property
    def important(self) -> str:
        """Of the features that most customers have something of, the one that the models go by most."""
        features = self.reference.features
        filled = (features > 0).mean() > 0.5  # noqa: PLR2004 (most)
        return str(
            self.champion.importance[
                filled[filled].index.intersection(self.champion.importance.index)
            ].idxmax()
        )

    def broken(self, name: str) -> list[Window]:
        """The weeks after the origin with a change that begins at the origin."""
        change = BREAKS[name]
        return [self.week(end, change) for end in self.ends]

    def week(self, end: datetime, change: Break | None = None) -> Window:
        """The week that ends there, customers as of its end."""
        return self.champion.window(self._before(end), end, self._rows(end, change))

    def outcomes(self, of: Window) -> pd.DataFrame:
        """What turned out of a window's customers within the horizon after it: a column a tag, 1 or 0."""
        source, at = self.source, of.ended_at
        horizon = Horizon(
            self.settings.horizon_days, add_days(at, self.settings.horizon_days, self.settings.zone)
        )
        values = outcomes(
            self.histories, instant_us(at), horizon, source.spec, source.catalogue, source.targets
        )
        names = outcome_names(source.spec, source.targets)
        frame = pd.DataFrame(values, columns=names, index=list(self.histories.customer_ids))
        return frame.loc[of.features.index, list(of.probabilities.columns)]

    def _before(self, end: datetime) -> datetime:
        return add_days(end, -WEEK_DAYS, self.settings.zone)

    def _rows(self, end: datetime, change: Break | None = None) -> pd.DataFrame:
        spec, catalogue, histories = self.source.spec, self.source.catalogue, self.histories
        if change is not None:
            histories = change.histories(histories, instant_us(self.origin))
            if change.renames:
                catalogue = renamed(self.source, self.store, change.renames)
        values = compute(histories, instant_us(end), spec, catalogue)
        frame = pd.DataFrame(values, columns=list(column_names(spec)), index=list(histories.customer_ids))
        active = frame.loc[frame[ACTIVE] > 0, [name for name in frame.columns if OF_CATALOGUE not in name]]
        return scaled(active, self.important) if change is not None and change.scales else active


@dataclass(frozen=True, eq=False)
class Households:
    """Households drawn with replacement, each draw a household of its own with all its weeks."""

    names: Sequence[str]

    @classmethod
    def drawn(cls, names: Sequence[str], dice: np.random.Generator) -> "Households":
        """As many as there are."""
        return cls([names[place] for place in dice.integers(len(names), size=len(names))])

    def of(self, window: Any, prefix: str = "") -> Any:
        """The window (or reference) as these households make it."""
        places = window.features.index.get_indexer(self.names)
        there = np.flatnonzero(places >= 0)
        return taken(
            window, places[there], [f"{prefix}{place}~{self.names[place]}" for place in there.tolist()]
        )


def taken(window: Any, places: Any, names: Sequence[str]) -> Any:
    """Rows of a window under other names."""
    index = pd.Index(np.array(names, dtype=object), name="customer_id")
    frames = {
        name: getattr(window, name).iloc[places].set_axis(index)
        for name in ("features", "probabilities", "decisions", "segments", "distances", "churn", "instants")
    }
    return replace(window, population=len(names), **frames)
