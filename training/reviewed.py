"""Tags that only reviewers know: their labels with the features of the moment that was reviewed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold

from core.storage import Store
from features.histories import Floats
from features.kernel import column_names
from features.online import OnlineFeatures
from features.source import FeatureSource
from models.metrics import metrics_by_tag
from models.needs import DECISIONS
from models.reviewed import ReviewedTags
from review.consensus import ReviewLabel, read_labels
from tags.taxonomy import ReviewedOutcome, Tag, Taxonomy
from training.data import Rows
from training.preflight import Finding

FOLDS = 5


@dataclass(frozen=True)
class LeftOut:
    """A tag that is not trained, and how many customers with a history were accepted and rejected."""

    tag: str
    accepted: int
    rejected: int

    @property
    def finding(self) -> Finding:
        """What is missing to train it."""
        fewer = min(self.accepted, self.rejected)
        values = {"accepted": self.accepted, "rejected": self.rejected}
        return Finding("reviewed", DECISIONS, fewer, DECISIONS.least, self.tag, values)


@dataclass(frozen=True, eq=False)
class ReviewedResult:
    """The fitted model of the tags that have enough labels (None without any), and the tags that have not.

    `quality` has one row a tag, from folds of whole customers.
    """

    model: ReviewedTags | None
    rows: Rows | None
    quality: pd.DataFrame
    left_out: tuple[LeftOut, ...]


def train_reviewed(
    taxonomy: Taxonomy,
    source: FeatureSource,
    store: Store,
    until: datetime,
    others: pd.DataFrame | None = None,
) -> ReviewedResult:
    """Learns each reviewed tag that has enough accepted and rejected customers (`DECISIONS`).

    `others` are feature rows of active customers as of `until`, whoever they are: they tell how columns are spread.
    """
    with store.read() as connection:
        labels = read_labels(connection, [tag.key for tag in taxonomy.reviewed_tags], until=until)
    rows = _rows([tag.key for tag in taxonomy.reviewed_tags], labels, source, store)
    enough, left_out = _split(taxonomy.reviewed_tags, rows.Y)
    if not enough:
        return ReviewedResult(None, None, pd.DataFrame(), left_out)
    rows = _of_tags(rows, [tag.key for tag in enough])
    model = ReviewedTags(hidden=_hidden(enough))
    quality = metrics_by_tag(rows.Y, _out_of_fold(model, rows, others))
    fitted = _fitted(ReviewedTags(hidden=_hidden(enough)), rows.X, rows.Y, others)
    return ReviewedResult(fitted, rows, quality, left_out)


def _split(tags: Sequence[Tag], Y: pd.DataFrame) -> tuple[list[Tag], tuple[LeftOut, ...]]:
    """The tags with enough customers of both kinds, and the others with their counts."""
    counted = [LeftOut(tag.key, _customers(Y, tag.key, 1.0), _customers(Y, tag.key, 0.0)) for tag in tags]
    short = tuple(found for found in counted if min(found.accepted, found.rejected) < DECISIONS.least)
    return [tag for tag in tags if tag.key not in {missing.tag for missing in short}], short


def _customers(Y: pd.DataFrame, tag: str, value: float) -> int:
    return int(Y.index[Y[tag] == value].get_level_values("customer_id").nunique())


def _of_tags(rows: Rows, tags: Sequence[str]) -> Rows:
    """The rows that say something of those tags."""
    Y = rows.Y[list(tags)]
    told = Y.notna().any(axis=1)
    return Rows(rows.X[told], Y[told])


def _hidden(tags: Sequence[Tag]) -> dict[str, list[str]]:
    return {tag.key: list(tag.outcome.defined_by) for tag in tags if isinstance(tag.outcome, ReviewedOutcome)}


def _rows(tags: Sequence[str], labels: Sequence[ReviewLabel], source: FeatureSource, store: Store) -> Rows:
    """One row for each customer and reviewed instant; tags that were not decided there are NaN."""
    online = OnlineFeatures(source.spec, source.catalogue)
    moments: dict[datetime, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for label in labels:
        moments[label.as_of][label.customer_id][label.tag] = float(label.value)
    names = column_names(source.spec)
    index: list[tuple[datetime, str]] = []
    blocks: list[Floats] = [np.zeros((0, len(names)))]
    decided: list[list[float]] = []
    for as_of, customers in sorted(moments.items()):
        with store.read() as connection:
            found, block = online.of_stored(connection, list(customers), as_of)
        index += [(as_of, name) for name in found]
        blocks.append(block)
        decided += [[customers[name].get(tag, np.nan) for tag in tags] for name in found]
    places = pd.MultiIndex.from_arrays(
        [[as_of for as_of, _ in index], [name for _, name in index]], names=["as_of", "customer_id"]
    )
    return Rows(
        pd.DataFrame(np.concatenate(blocks), index=places, columns=list(names)),
        pd.DataFrame(decided, index=places, columns=list(tags), dtype=np.float64),
    )


def _fitted(
    model: ReviewedTags, X: pd.DataFrame, Y: pd.DataFrame, others: pd.DataFrame | None
) -> ReviewedTags:
    """The model, fitted on labelled rows with the others beside them, whose labels nobody knows."""
    if others is None:
        return model.fit(X, Y)
    beside = others[list(X.columns)]
    unknown = pd.DataFrame(np.nan, index=beside.index, columns=Y.columns)
    return model.fit(pd.concat([X, beside], ignore_index=True), pd.concat([Y, unknown], ignore_index=True))


def _out_of_fold(model: ReviewedTags, rows: Rows, others: pd.DataFrame | None) -> pd.DataFrame:
    """Each row's probability from a model that never saw its customer's labels."""
    groups = rows.X.index.get_level_values("customer_id")
    folds = GroupKFold(min(FOLDS, groups.nunique()))
    scores = pd.DataFrame(np.nan, index=rows.Y.index, columns=rows.Y.columns)
    for past, present in folds.split(rows.X, groups=groups):
        learnt = rows.Y.columns[rows.Y.iloc[past].notna().any()]
        fitted = _fitted(model, rows.X.iloc[past], rows.Y.iloc[past][learnt], others)
        scores.iloc[present, scores.columns.get_indexer(learnt)] = fitted.predict_proba(rows.X.iloc[present])
    return scores.fillna(0.5)
