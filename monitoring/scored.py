"""Customers scored by a release as of an instant: what a window is made of where too little was served."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.clock import to_us
from core.ids import stable_keys
from features.blocks import Block, Progress, blocks
from features.kernel import column_names
from features.outcomes import Horizon, outcome_names
from monitoring.saying import decisions_of, probabilities_of, segments_of
from monitoring.watched import Watched
from monitoring.window import Window

CHURN_ACTIVE = "baskets_56d"  # churn is asked of customers with an order in the last 56 days
CUSTOMERS_AT_ONCE = 4_096
_KEYS = 2.0**64


def scored_window(
    watched: Watched, began_at: datetime, ended_at: datetime, *, progress: Progress | None = None
) -> Window:
    """What the release says of active customers as of the window's end; of a random sample where there are many."""
    return scored_windows(watched, [(began_at, ended_at)], progress=progress)[0]


def scored_windows(
    watched: Watched, spans: Sequence[tuple[datetime, datetime]], *, progress: Progress | None = None
) -> list[Window]:
    """The windows of several stretches of time, in one pass over the lake."""
    rows = _rows(watched, [ended_at for _, ended_at in spans], progress)
    return [_told(watched, *found, *span) for found, span in zip(rows, spans, strict=True)]


def _told(
    watched: Watched,
    features: pd.DataFrame,
    is_churn_asked: "NDArray[np.bool_]",
    population: int,
    began_at: datetime,
    ended_at: datetime,
) -> Window:
    """The window of those rows, all as of its end."""
    release, values = watched.release, features.to_numpy(dtype=np.float64)
    probabilities = probabilities_of(release, values, features.index)
    segments, distances = segments_of(release, values, features.index)
    churn = None
    if release.churn is not None:
        risks = release.churn.predict(values)[:, 0] if len(values) else np.zeros(0)
        churn = pd.Series(np.where(is_churn_asked, risks, np.nan), features.index)
    return Window(
        began_at=began_at,
        ended_at=ended_at,
        release_id=release.release_id,
        source="scored",
        population=population,
        features=features,
        probabilities=probabilities,
        decisions=decisions_of(release, probabilities, watched.certificates, ended_at),
        segments=segments,
        distances=distances,
        churn=churn,
        instants=pd.Series(pd.Timestamp(ended_at).tz_convert("UTC"), features.index),
    )


def _rows(
    watched: Watched, instants: Sequence[datetime], progress: Progress | None
) -> "list[tuple[pd.DataFrame, NDArray[np.bool_], int]]":
    """By instant the sample's features as the release reads them, of whom churn is asked, and how many were active."""
    names = column_names(watched.source.spec)
    place = {name: number for number, name in enumerate(names)}
    wanted = [place[name] for name in watched.release.facts.feature_columns]
    activity = [place[name] for name in watched.activity]
    samples = {to_us(instant): _Sample(watched.settings.monitored_customers) for instant in instants}
    for block in blocks(watched.source, list(samples), progress=progress):
        active: NDArray[np.bool_] = np.asarray((block.features[:, activity] > 0).any(axis=1))
        churn_asked = block.features[:, place[CHURN_ACTIVE]] > 0
        samples[block.as_of_us].add(block, active, wanted, churn_asked)
    columns = list(watched.release.facts.feature_columns)
    return [samples[to_us(instant)].features(columns) for instant in instants]


class _Sample:
    """Rows of the customers with the least draws, as many as wanted: the same customers from window to window."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._names: list[str] = []
        self._draws = np.zeros(0)
        self._rows: list[NDArray[np.float64]] = []
        self._asked: list[NDArray[np.bool_]] = []
        self._population = 0

    def add(
        self,
        block: Block,
        active: "NDArray[np.bool_]",
        wanted: list[int],
        churn_asked: "NDArray[np.bool_]",
    ) -> None:
        """Take a block in; whoever has no place among the least draws any more goes."""
        names = [name for name, there in zip(block.customer_ids, active, strict=True) if there]
        self._population += len(names)
        self._names += names
        self._draws = np.concatenate([self._draws, draws_of(names)])
        self._rows.append(block.features[active][:, wanted])
        self._asked.append(churn_asked[active])
        if len(self._names) > 2 * self._most:
            self._shrink()

    def _shrink(self) -> None:
        kept = np.sort(np.argsort(self._draws, kind="stable")[: self._most])
        self._names = [self._names[place] for place in kept]
        self._draws = self._draws[kept]
        self._rows = [np.concatenate(self._rows)[kept]]
        self._asked = [np.concatenate(self._asked)[kept]]

    def features(self, columns: list[str]) -> "tuple[pd.DataFrame, NDArray[np.bool_], int]":
        """The rows by customer, of whom churn is asked, and how many customers they were drawn from."""
        if len(self._names) > self._most:
            self._shrink()
        order = np.argsort(np.array(self._names, dtype=object), kind="stable")
        rows = np.concatenate([np.zeros((0, len(columns))), *self._rows])[order]
        asked = np.concatenate([np.zeros(0, dtype=np.bool_), *self._asked])[order]
        index = pd.Index([self._names[place] for place in order], dtype=object, name="customer_id")
        return pd.DataFrame(rows, index=index, columns=columns), asked, self._population


def draws_of(names: list[str]) -> "NDArray[np.float64]":
    """A number from 0 to 1 for each customer, the same on every machine and in every window.

    >>> bool((draws_of(["a"]) == draws_of(["a"])).all()), draws_of([]).shape
    (True, (0,))
    """
    keys = np.frombuffer(stable_keys(f"monitoring {name}" for name in names), dtype="<u8")
    return keys.astype(np.float64) / _KEYS


def outcomes_of(
    watched: Watched, as_of: datetime, known_until: datetime, index: "pd.Index[Any]"
) -> pd.DataFrame:
    """What turned out of those customers after an instant: each tag of the release and `churned`, 1, 0 or NaN.

    NaN where the horizon had not passed by `known_until`, and of tags that only reviewers know.
    """
    horizon = Horizon(watched.settings.horizon_days, known_until)
    names = outcome_names(watched.source.spec, watched.source.targets)
    there = set(index)
    parts = []
    for block in blocks(watched.source, [to_us(as_of)], horizon=horizon):
        kept = [place for place, name in enumerate(block.customer_ids) if name in there]
        part = pd.DataFrame(
            block.outcomes[kept], index=[block.customer_ids[place] for place in kept], columns=names
        )
        parts.append(part)
    found = pd.concat(parts) if parts else pd.DataFrame(columns=names, dtype=np.float64)
    known = [tag for tag in watched.tags if tag in names and _is_told(watched, tag)]
    return (
        found.reindex(index=index)
        .reindex(columns=[*known, "churned"])
        .reindex(columns=[*watched.tags, "churned"])
    )


def _is_told(watched: Watched, tag: str) -> bool:
    """Whether events tell the tag's outcome."""
    return tag in {one.key for one in watched.taxonomy.outcome_tags}
