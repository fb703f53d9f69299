"""How a model behaves for each group of a profile fact: ranking and calibration, with intervals over customers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.contract import AttributeDefinition
from models.card.interval_chart import Interval
from models.evaluation import Holdout, Metric, compare

FEWEST_CUSTOMERS = 50
"""A smaller group says little, and may say too much of single people: it is named, and no figure is told."""

N_RESAMPLES = 200


@dataclass(frozen=True)
class GroupFigures:
    """One group: its level, customers, and without too few of them how well the model ranks and how calibrated it is.

    `ratio` is what was predicted over what came true, 1 where promises are kept.
    """

    level: str
    customers: int
    metric: Interval | None = None
    predicted: float = float("nan")
    observed: float = float("nan")
    ratio: Interval | None = None


def groups_of(
    attribute: AttributeDefinition, X: pd.DataFrame, holdouts: Sequence[Holdout], metric: Metric, seed: int
) -> list[GroupFigures]:
    """The figures of each level of a profile fact, in its order; none where it is a number or nobody's is known.

    Args:
        attribute: The profile fact.
        X: Features of the customers at the holdouts' cutoffs, indexed by (as_of, customer_id).
        holdouts: With the scores of one model each.
        metric: How well it ranks.
        seed: Of the resampling.
    """
    level_of = _levels(attribute, X)
    found = []
    for level in attribute.levels:
        customers = level_of.index[level_of == level]
        own = [_of(holdout, customers) for holdout in holdouts]
        count = len({name for holdout in own for name in holdout.labels.index})
        if count == 0:
            continue
        found.append(
            GroupFigures(level, count)
            if count < FEWEST_CUSTOMERS
            else _figures(level, count, own, metric, seed)
        )
    return found


def _levels(attribute: AttributeDefinition, X: pd.DataFrame) -> "pd.Series[str]":
    """Each customer's level as of the last cutoff, by customer; those of whom it is not known are missing."""
    last = X.groupby(level="customer_id").last()
    if attribute.kind == "ordinal":
        column = f"profile_{attribute.key}"
        places = last[column].dropna() if column in last else pd.Series(dtype=float)
        return places.astype(int).map(dict(enumerate(attribute.levels)))
    if attribute.kind == "nominal":
        columns = {f"profile_{attribute.key}__{level}": level for level in attribute.levels}
        flags = last[[name for name in columns if name in last]]
        return flags[flags.eq(1).any(axis=1)].idxmax(axis=1).map(columns)
    return pd.Series(dtype=object)


def _of(holdout: Holdout, customers: pd.Index) -> Holdout:
    here = holdout.labels.index.isin(customers)
    scores = {name: frame[here] for name, frame in holdout.scores.items()}
    return Holdout(holdout.name, holdout.labels[here], scores)


def _figures(level: str, count: int, own: Sequence[Holdout], metric: Metric, seed: int) -> GroupFigures:
    (kind,) = own[0].scores
    table = compare(
        [holdout for holdout in own if len(holdout.labels)],
        default=kind,
        metric=metric,
        n_resamples=N_RESAMPLES,
        seed=seed,
    ).table.loc[kind]
    sums = pd.concat(list(_sums(own, kind))).groupby(level=0).sum()
    predicted, observed, pairs = (float(sums[name].sum()) for name in ("predicted", "observed", "pairs"))
    return GroupFigures(
        level,
        count,
        Interval(float(table["mean"]), float(table["low"]), float(table["high"])),
        predicted / pairs,
        observed / pairs,
        _ratio(sums, seed) if observed else None,
    )


def _sums(own: Sequence[Holdout], kind: str) -> Iterator[pd.DataFrame]:
    """For each customer how much was predicted, how much came true, and of how many labels it is known."""
    for holdout in own:
        told = holdout.labels.notna()
        yield pd.DataFrame(
            {
                "predicted": holdout.scores[kind].where(told, 0.0).sum(axis=1),
                "observed": holdout.labels.where(told, 0.0).sum(axis=1),
                "pairs": told.sum(axis=1),
            }
        )


def _ratio(sums: pd.DataFrame, seed: int) -> Interval:
    """Predicted over observed, with the percentile interval of a bootstrap of customers."""
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=N_RESAMPLES)
    predicted, observed = (weights @ sums[name].to_numpy(np.float64) for name in ("predicted", "observed"))
    known = observed > 0
    low, high = np.quantile(predicted[known] / observed[known], [0.025, 0.975])
    return Interval(float(sums["predicted"].sum() / sums["observed"].sum()), float(low), float(high))
