"""Tags that only reviewers know: their labels with the features of the moment that was reviewed."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import GroupKFold

from core.storage import Store
from features.histories import Floats
from features.kernel import column_names
from features.online import OnlineFeatures
from features.source import FeatureSource
from models.metrics import metrics_by_tag
from models.needs import DECISIONS
from models.reviewed import ReviewedTags
from review.audit import audited
from review.consensus import ReviewLabel, read_labels
from tags.taxonomy import ReviewedOutcome, Tag, Taxonomy
from training.audit_evidence import AuditEvidence
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
class LabelledRows:
    """Feature rows `X` of reviewed moments, what people said `Y`, and how much each label counts.

    All have the index (as_of, customer_id); a tag that was not decided is NaN in `Y` and 0 in `weight`.
    """

    X: pd.DataFrame
    Y: pd.DataFrame
    weight: pd.DataFrame

    def take(self, places: "np.ndarray[Any, np.dtype[np.intp]]") -> "LabelledRows":
        """Those rows, with the tags of which they say something."""
        Y = self.Y.iloc[places]
        Y = Y[Y.columns[Y.notna().any()]]
        return LabelledRows(self.X.iloc[places], Y, self.weight.iloc[places][Y.columns])


@dataclass(frozen=True, eq=False)
class ReviewedResult:
    """The fitted model of the tags that have enough labels (None without any), and the tags that have not.

    `quality` has one row a tag, from folds of whole customers; `audit` is what certifies.
    """

    model: ReviewedTags | None
    rows: LabelledRows | None
    quality: pd.DataFrame
    left_out: tuple[LeftOut, ...]
    audit: AuditEvidence | None = None


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
    keys = [tag.key for tag in taxonomy.reviewed_tags]
    with store.read() as connection:
        labels = read_labels(connection, keys, until=until)
        drawn = audited(connection, tags=keys, until=until)
    rows = _rows(keys, labels, source, store)
    enough, left_out = _split(taxonomy.reviewed_tags, rows.Y)
    if not enough:
        return ReviewedResult(None, None, pd.DataFrame(), left_out)
    rows = _of_tags(rows, [tag.key for tag in enough])
    fitted = _fitted(ReviewedTags(hidden=_hidden(enough)), rows, others)
    scores = _held_out(fitted, rows, rows, others)
    evidence = AuditEvidence.of_scores(drawn, scores)
    return ReviewedResult(fitted, rows, metrics_by_tag(rows.Y, scores), left_out, evidence)


def audit_of(
    model: ReviewedTags,
    learned_until: datetime,
    source: FeatureSource,
    store: Store,
    until: datetime,
    others: pd.DataFrame | None = None,
) -> AuditEvidence:
    """What the audit says by now of a model that learned from labels before `learned_until`.

    Customers whose labels it learned from are scored by fits of the same kind that did without them, all others by the
    model itself.
    """
    with store.read() as connection:
        labels = read_labels(connection, model.tags_, until=until)
        before = read_labels(connection, model.tags_, until=learned_until)
        drawn = audited(connection, tags=model.tags_, until=until)
    asked = _rows(model.tags_, labels, source, store)
    taught = _rows(model.tags_, before, source, store)
    return AuditEvidence.of_scores(drawn, _held_out(model, asked, taught, others))


def _split(tags: Sequence[Tag], Y: pd.DataFrame) -> tuple[list[Tag], tuple[LeftOut, ...]]:
    """The tags with enough customers of both kinds, and the others with their counts."""
    counted = [LeftOut(tag.key, _customers(Y, tag.key, 1.0), _customers(Y, tag.key, 0.0)) for tag in tags]
    short = tuple(found for found in counted if min(found.accepted, found.rejected) < DECISIONS.least)
    return [tag for tag in tags if tag.key not in {missing.tag for missing in short}], short


def _customers(Y: pd.DataFrame, tag: str, value: float) -> int:
    return int(Y.index[Y[tag] == value].get_level_values("customer_id").nunique())


def _of_tags(rows: LabelledRows, tags: Sequence[str]) -> LabelledRows:
    """The rows that say something of those tags."""
    Y = rows.Y[list(tags)]
    told = Y.notna().any(axis=1)
    return LabelledRows(rows.X[told], Y[told], rows.weight.loc[told, list(tags)])


def _hidden(tags: Sequence[Tag]) -> dict[str, list[str]]:
    return {tag.key: list(tag.outcome.defined_by) for tag in tags if isinstance(tag.outcome, ReviewedOutcome)}


def _rows(
    tags: Sequence[str], labels: Sequence[ReviewLabel], source: FeatureSource, store: Store
) -> LabelledRows:
    """One row for each customer and reviewed instant; tags that were not decided there are NaN."""
    online = OnlineFeatures(source.spec, source.catalogue)
    moments: dict[datetime, dict[str, dict[str, ReviewLabel]]] = defaultdict(lambda: defaultdict(dict))
    for label in labels:
        moments[label.as_of][label.customer_id][label.tag] = label
    names = column_names(source.spec)
    index: list[tuple[datetime, str]] = []
    blocks: list[Floats] = [np.zeros((0, len(names)))]
    said: list[dict[str, ReviewLabel]] = []
    for as_of, customers in sorted(moments.items()):
        with store.read() as connection:
            found, block = online.of_stored(connection, list(customers), as_of)
        index += [(as_of, name) for name in found]
        blocks.append(block)
        said += [customers[name] for name in found]
    places = pd.MultiIndex.from_arrays(
        [[as_of for as_of, _ in index], [name for _, name in index]], names=["as_of", "customer_id"]
    )

    def table(values: list[list[float]]) -> pd.DataFrame:
        return pd.DataFrame(values, index=places, columns=list(tags), dtype=np.float64)

    return LabelledRows(
        pd.DataFrame(np.concatenate(blocks), index=places, columns=list(names)),
        table([[float(row[tag].value) if tag in row else np.nan for tag in tags] for row in said]),
        table([[row[tag].weight if tag in row else 0.0 for tag in tags] for row in said]),
    )


def _fitted(model: ReviewedTags, rows: LabelledRows, others: pd.DataFrame | None) -> ReviewedTags:
    """The model, fitted on labelled rows with the others beside them, whose labels nobody knows."""
    if others is None:
        return model.fit(rows.X, rows.Y, sample_weight=rows.weight)
    beside = others[list(rows.X.columns)]
    unknown = pd.DataFrame(np.nan, index=beside.index, columns=rows.Y.columns)
    return model.fit(
        pd.concat([rows.X, beside], ignore_index=True),
        pd.concat([rows.Y, unknown], ignore_index=True),
        sample_weight=pd.concat([rows.weight, unknown.fillna(0.0)], ignore_index=True),
    )


def _held_out(
    fitted: ReviewedTags, asked: LabelledRows, taught: LabelledRows, others: pd.DataFrame | None
) -> pd.DataFrame:
    """The asked rows' probabilities, each from a model that never saw its customer's labels.

    Customers of the taught rows are scored by fits on the other customers', the rest by the fitted model.
    """
    customers = asked.X.index.get_level_values("customer_id")
    groups = taught.X.index.get_level_values("customer_id")
    scores = fitted.predict_proba(asked.X)
    if groups.nunique() < 2:  # noqa: PLR2004 (nobody else to learn from)
        scores[customers.isin(groups)] = 0.5
        return scores
    kind = clone(fitted)
    for past, present in GroupKFold(min(FOLDS, groups.nunique())).split(taught.X, groups=groups):
        apart = customers.isin(groups[present])
        left = taught.take(past)
        if not apart.any():
            continue
        # A label that nobody else has cannot be learned; it is worth a coin.
        scores.loc[apart] = 0.5
        scores.loc[apart, left.Y.columns] = _fitted(kind, left, others).predict_proba(asked.X[apart])
    return scores
