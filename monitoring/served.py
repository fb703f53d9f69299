"""The window of what was served: the sample that the served log kept, as frames."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Row, select

from core.clock import to_us
from features.outcomes import CHURNED, Horizon, outcome_names, outcomes
from features.stored_customers import read_customers
from models.release import Release
from monitoring.saying import segments_of
from monitoring.served_rows import LEAST_SERVED, WORDS, unpack
from monitoring.tables import ServedPrediction
from monitoring.watched import Watched
from monitoring.window import Window

LEAST_SHARE = 0.2
"""Of fewer of the active customers than this share too little was served to tell anything."""

CUSTOMERS_AT_ONCE = 200
MOST_RESOLVED = 2_000


def served_window(watched: Watched, began_at: datetime, ended_at: datetime, *, active: int) -> Window | None:
    """The customers whom this release was asked about, the latest row of each; None where too few were.

    `active` is how many customers there are to be asked about.
    """
    with watched.store.read() as connection:
        rows = read_served(connection, watched.release.release_id, began_at, ended_at)
    latest = {row.customer_id: row for row in rows}
    if len(latest) < max(LEAST_SERVED, LEAST_SHARE * active):
        return None
    chosen = [latest[name] for name in sorted(latest)]
    return _window(watched, chosen, began_at, ended_at)


def read_served(
    connection: Connection, release_id: str, began_at: datetime, ended_at: datetime
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of a release and a stretch of time, oldest first."""
    query = (
        select(ServedPrediction.__table__)
        .where(ServedPrediction.release_id == release_id)
        .where(ServedPrediction.as_of >= began_at, ServedPrediction.as_of < ended_at)
        .order_by(ServedPrediction.as_of, ServedPrediction.seq)
    )
    return connection.execute(query).all()


def features_of(release: Release, rows: Sequence[Row[*tuple[Any, ...]]]) -> pd.DataFrame:
    """The features that were served, by customer."""
    columns = list(release.facts.feature_columns)
    values = [unpack(row.features, len(columns)) for row in rows]
    index = pd.Index([row.customer_id for row in rows], dtype=object, name="customer_id")
    return pd.DataFrame(np.array(values).reshape(len(rows), len(columns)), index=index, columns=columns)


def _window(
    watched: Watched, rows: Sequence[Row[*tuple[Any, ...]]], began_at: datetime, ended_at: datetime
) -> Window:
    features, tags = features_of(watched.release, rows), watched.tags
    index = features.index
    probabilities = np.array([unpack(row.probabilities, len(tags)) for row in rows])
    letters = [[WORDS[letter] for letter in row.decisions] for row in rows]
    segments, distances = segments_of(watched.release, features.to_numpy(dtype=np.float64), index)
    churn = None
    if watched.release.churn is not None:
        churn = pd.Series([row.churn for row in rows], index, dtype=np.float64)
    return Window(
        began_at=began_at,
        ended_at=ended_at,
        release_id=watched.release.release_id,
        source="served",
        population=len(rows),
        features=features,
        probabilities=pd.DataFrame(probabilities.reshape(len(rows), len(tags)), index=index, columns=tags),
        decisions=pd.DataFrame(letters, index=index, columns=tags, dtype=object),
        segments=segments,
        distances=distances,
        churn=churn,
        instants=pd.Series([pd.Timestamp(row.as_of).tz_convert("UTC") for row in rows], index),
    )


def outcomes_of_served(watched: Watched, window: Window, known_until: datetime) -> pd.DataFrame:
    """What turned out of served customers, each within the horizon after the instant of its own answer.

    Of many customers a part is looked at, the first in the order of the window; the rest is NaN.
    """
    source = watched.source
    horizon = Horizon(watched.settings.horizon_days, known_until)
    names = outcome_names(source.spec, source.targets)
    asked = [str(name) for name in window.features.index[:MOST_RESOLVED]]
    found: dict[str, Any] = {}
    for start in range(0, len(asked), CUSTOMERS_AT_ONCE):
        with watched.store.read() as connection:
            stored = read_customers(connection, asked[start : start + CUSTOMERS_AT_ONCE])
        for one in stored:
            if one.has_events:
                instant = to_us(window.instants[one.customer_id].to_pydatetime())
                found[one.customer_id] = outcomes(
                    one.history(), instant, horizon, source.spec, source.catalogue, source.targets
                )[0]
    frame = pd.DataFrame.from_dict(found, orient="index", columns=names)
    told = {one.key for one in watched.taxonomy.outcome_tags}
    known = frame[[name for name in names if name == CHURNED or name in told]]
    return known.reindex(index=window.features.index).reindex(columns=[*watched.tags, CHURNED])
