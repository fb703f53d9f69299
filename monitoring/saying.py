"""What a release says of rows of its features: probabilities, decisions, segments, distances and churn risk."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import Floats
from models.release import Release
from models.scorers import SegmentScorer
from monitoring.window import APPLY, REVIEW, WITHHOLD
from tags.certificates import Certificate

Strings = NDArray[Any]


def probabilities_of(release: Release, rows: Floats, index: "pd.Index[Any]") -> pd.DataFrame:
    """Of each tag `(n, n_tags)`; no column without a model of tags."""
    tags = [entry.key for entry in release.facts.tags]
    said = release.predict(rows).interest if len(rows) else None
    values = np.zeros((len(rows), len(tags))) if said is None else said
    return pd.DataFrame(values, index=index, columns=tags)


def decisions_of(
    release: Release,
    probabilities: pd.DataFrame,
    certificates: Mapping[str, Certificate],
    as_of: datetime,
) -> pd.DataFrame:
    """`apply`, `review` or `withhold` of each `(n, n_tags)`, as the models alone decide.

    Certificates count from the day on that the models were trained, and before it as well: of a past week it is asked
    what this release would have done. What people said is left out.
    """
    band = max((one.review_from for one in certificates.values()), default=0.0)
    floors = {entry.key: entry.floor for entry in release.facts.tags}
    decided = {
        tag: _decided(probabilities[tag].to_numpy(), certificates.get(tag), floors[tag], band, as_of)
        for tag in probabilities.columns
    }
    return pd.DataFrame(decided, index=probabilities.index, dtype=object)


def _decided(p: Floats, one: Certificate | None, floor: float, band: float, as_of: datetime) -> Strings:
    review_from = band if one is None else one.review_from
    holds = one is not None and one.why_not(max(as_of, one.certified_on)) is None
    apply_from = one.threshold if one is not None and holds and one.threshold is not None else inf
    shown = p >= floor
    return np.select([shown & (p >= apply_from), shown & (p >= review_from)], [APPLY, REVIEW], WITHHOLD)


def segments_of(
    release: Release, rows: Floats, index: "pd.Index[Any]"
) -> "tuple[pd.Series[str], pd.Series[float]]":
    """Each customer's segment, and how far the nearest centre is, `(n,)` each."""
    model = release.segments
    if not isinstance(model, SegmentScorer) or not len(rows):
        return pd.Series(None, index, dtype=object), pd.Series(np.nan, index, dtype=np.float64)
    squared = model.arrays.squared_distances(rows[:, model.places])
    keys = np.array([entry.key for entry in release.facts.segments], dtype=object)
    nearest = pd.Series(keys[squared.argmin(axis=1)], index)
    return nearest, pd.Series(np.sqrt(squared.min(axis=1)), index)


def importance_of(release: Release, features: pd.DataFrame) -> "pd.Series[float]":
    """How much the models go by each feature; see `monitoring.window.Reference`."""
    rows = features.to_numpy(dtype=np.float64)
    places = {name: place for place, name in enumerate(features.columns)}
    total = np.zeros(len(places))
    outputs = [release.tag_contributions(rows, tag) for tag in range(len(release.facts.tags))]
    if release.churn is not None:
        outputs.append(release.churn.contributions(rows, 0))
    for output in outputs:
        total += _shares(output.columns, np.abs(output.values).mean(axis=0), places)
    whole = total.sum()
    return pd.Series(total / whole if whole else total, index=features.columns)


def _shares(columns: Sequence[str], strengths: Floats, places: Mapping[str, int]) -> Floats:
    """The strengths by feature as shares; what a model made of features itself is left out."""
    out = np.zeros(len(places))
    for name, strength in zip(columns, strengths, strict=True):
        if name in places:
            out[places[name]] += strength
    whole = out.sum()
    return out / whole if whole else out
