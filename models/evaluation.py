"""Models compared on later data, with intervals from resampled customers, and the choice that follows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.errors import InvalidInputError
from models.arrays import Floats
from models.metrics import check_alike, weighted_auc, weighted_average_precision

Metric = Literal["macro_ap", "auc"]

_METRICS: Mapping[Metric, Callable[[Floats, Floats, Floats], Floats]] = MappingProxyType(
    {"macro_ap": weighted_average_precision, "auc": weighted_auc}
)

LEVEL = 0.95
"""Of every interval."""

BLOCK = 128
"""Resamplings that are worked on together; bounds the memory and fits the processor's cache."""


@dataclass(frozen=True, eq=False)
class Holdout:
    """What several models said of the same customers at one cutoff, and what turned out.

    Attributes:
        name: The cutoff, as the table's column is called.
        labels: 1, 0 or NaN for unknown, `(n, n_labels)`; the index holds customer ids.
        scores: For each model its probabilities, of the shape of `labels`.
        new: Where a label counts in the slice "not bought in the last 84 days", of the shape of `labels`.
        weights: How many rows each row stands for `(n,)`, such as one over the chance with which it was drawn; each
            for itself if left out.
    """

    name: str
    labels: pd.DataFrame
    scores: Mapping[str, pd.DataFrame]
    new: pd.DataFrame | None = None
    weights: Floats | None = None

    def sliced(self) -> "Holdout":
        """The same with the labels that are not new unknown.

        Raises:
            InvalidInputError: The holdout says nothing about what is new.
        """
        if self.new is None:
            raise InvalidInputError("Holdout {name} does not say what is new to a customer", name=self.name)
        check_alike(self.labels, self.new)
        return Holdout(self.name, self.labels.where(self.new.astype(bool)), self.scores)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Models side by side.

    Attributes:
        metric: What is compared: the mean over labels of it, and over cutoffs of that.
        default: The model that the others are compared with.
        table: One row a model: a column for each cutoff, `mean` over them with its interval `low` to `high`,
            and `difference` to the default with `difference_low` to `difference_high` (paired).
        draws: The mean under each resampling of customers, `(n_resamples, n_models)`.
    """

    metric: Metric
    default: str
    table: pd.DataFrame
    draws: pd.DataFrame

    def difference(self, model: str, other: str) -> tuple[float, float, float]:
        """By how much the model is ahead of the other: estimate, low, high (paired, `LEVEL` interval)."""
        estimate = self.table["mean"][model] - self.table["mean"][other]
        low, high = _interval(self.draws[model] - self.draws[other], estimate)
        return float(estimate), low, high

    def ratio(self, model: str, other: str) -> tuple[float, float, float]:
        """How many times as high the model's mean is as the other's: estimate, low, high (paired)."""
        estimate = self.table["mean"][model] / self.table["mean"][other]
        low, high = _interval(self.draws[model] / self.draws[other], estimate)
        return float(estimate), low, high


def compare(
    holdouts: Sequence[Holdout],
    *,
    default: str,
    metric: Metric = "macro_ap",
    n_resamples: int = 1000,
    seed: int = 0,
) -> Comparison:
    """The models of the holdouts compared by a metric, with intervals from a bootstrap of customers.

    Whole customers are drawn with replacement: one who is drawn twice counts twice at every cutoff and for
    every label, since rows of one customer are not independent (cluster bootstrap; Davison and Hinkley, 1997,
    section 3.8). All models see the same draws, so that differences are paired. Labels without a positive
    are left out of a mean over labels, and cutoffs without any of a mean over cutoffs. Intervals are
    percentiles of the draws, moved so that their mean is the estimate: somebody drawn twice ranks beside
    their own copy, which flatters every average precision.

    Raises:
        InvalidInputError: A holdout lacks a model, or its frames differ in rows or columns.
    """
    models = _models(holdouts, default)
    customers = pd.Index(sorted({str(name) for holdout in holdouts for name in holdout.labels.index}))
    blocks = [
        np.stack([_values(holdout, models, customers, weights, metric) for holdout in holdouts])
        for weights in _weightings(len(customers), n_resamples, seed)
    ]
    # Shape (n_holdouts, n_models, 1 + n_resamples); the first weighting is the sample as it is.
    values = np.concatenate(blocks, axis=2)
    means = _mean_of_known(values)
    draws = pd.DataFrame(means[:, 1:].T, columns=models)
    cutoffs = {holdout.name: values[place, :, 0] for place, holdout in enumerate(holdouts)}
    table = pd.DataFrame({**cutoffs, "mean": means[:, 0]}, index=pd.Index(models, name="model"))
    return Comparison(metric, default, _with_intervals(table, draws, default), draws)


def comparison_table(whole: Comparison, new: Comparison | None = None) -> pd.DataFrame:
    """The table of a comparison, with that of the slice beside it under the prefix `slice_`."""
    return whole.table if new is None else whole.table.join(new.table.add_prefix("slice_"))


@dataclass(frozen=True)
class Choice:
    """Which model is to be promoted.

    Attributes:
        model: The best by the rules below.
        vetoes: The counting rules that it does not beat; with any, it must not be promoted.
        fallback: The best of the vetoing rules, to be promoted instead; None without a veto.
        differences: For each step that was decided its reason: (model, other, estimate, low, high).
    """

    model: str
    vetoes: tuple[str, ...] = ()
    fallback: str | None = None
    differences: tuple[tuple[str, str, float, float, float], ...] = field(default=())

    @property
    def promoted(self) -> str:
        """The model that may carry the promise: the chosen one, or the rule that it could not beat."""
        return self.fallback or self.model


def choose(comparison: Comparison, *, candidates: Sequence[str] = (), gates: Sequence[str] = ()) -> Choice:
    """The default, unless a larger candidate wins; counting rules can veto.

    Candidates are tried in the order given, smallest first. Each replaces the model chosen so far when the
    whole interval of its paired difference lies above 0. The winner has to beat every gate in the same way.
    """
    chosen, steps = comparison.default, []
    for candidate in candidates:
        difference = comparison.difference(candidate, chosen)
        steps.append((candidate, chosen, *difference))
        chosen = candidate if difference[1] > 0 else chosen
    return vetoed(Choice(chosen, differences=tuple(steps)), comparison, gates)


def vetoed(choice: Choice, comparison: Comparison, gates: Sequence[str]) -> Choice:
    """The choice with the vetoes of the counting rules that its model does not beat in a comparison.

    It may be another comparison than the one that the model was chosen in, such as one on later data.
    """
    at_gates = [(choice.model, gate, *comparison.difference(choice.model, gate)) for gate in gates]
    vetoes = tuple(gate for _, gate, _, low, _ in at_gates if not low > 0)
    fallback = max(vetoes, key=lambda gate: comparison.table["mean"][gate], default=None)
    return Choice(choice.model, vetoes, fallback, (*choice.differences, *at_gates))


def _models(holdouts: Sequence[Holdout], default: str) -> list[str]:
    models = list(holdouts[0].scores) if holdouts else []
    for holdout in holdouts:
        for name in {default, *models, *holdout.scores}:
            if name not in holdout.scores or name not in models:
                raise InvalidInputError(
                    "Model {model} has no scores at {holdout}", model=name, holdout=holdout.name
                )
            check_alike(holdout.labels, holdout.scores[name])
    if not models:
        raise InvalidInputError("There is nothing to compare: no holdout, or no model")
    return models


def _weightings(n_customers: int, n_resamples: int, seed: int) -> Iterator[Floats]:
    """How often each customer is drawn, in blocks `(n_customers, up to BLOCK)`; at first everybody once."""
    rng = np.random.default_rng(seed)
    yield np.ones((n_customers, 1), dtype=np.float64)
    for start in range(0, n_resamples, BLOCK):
        width = min(BLOCK, n_resamples - start)
        counts = np.empty((n_customers, width), dtype=np.float64)
        for resample in range(width):
            drawn = rng.integers(n_customers, size=n_customers)
            counts[:, resample] = np.bincount(drawn, minlength=n_customers)
        yield counts


def _values(
    holdout: Holdout, models: Sequence[str], customers: pd.Index, weights: Floats, metric: Metric
) -> Floats:
    """The metric of each model under each weighting `(n_models, n_weightings)`, the mean over labels."""
    mine = weights[customers.get_indexer(holdout.labels.index.astype(str))]
    if holdout.weights is not None:
        mine = mine * holdout.weights[:, None]
    sums = np.zeros((len(models), weights.shape[1]))
    counts = np.zeros_like(sums)
    scores = [holdout.scores[model].to_numpy(np.float64) for model in models]
    for label, y in enumerate(holdout.labels.to_numpy(np.float64).T):
        rows = ~np.isnan(y)
        weights_here = mine if rows.all() else mine[rows]
        for place, score in enumerate(scores):
            value = _METRICS[metric](y[rows], score[rows, label], weights_here)
            sums[place] += np.nan_to_num(value)
            counts[place] += ~np.isnan(value)
    return _ratio(sums, counts)


def _mean_of_known(values: Floats) -> Floats:
    """The mean over the first axis of what is no NaN; NaN where nothing is known."""
    return _ratio(np.nan_to_num(values).sum(axis=0), (~np.isnan(values)).sum(axis=0))


def _ratio(sums: Floats, counts: NDArray[Any]) -> Floats:
    out = np.full_like(sums, np.nan)
    np.divide(sums, counts, out=out, where=counts > 0)
    return out


def _with_intervals(table: pd.DataFrame, draws: pd.DataFrame, default: str) -> pd.DataFrame:
    ahead, difference = draws.sub(draws[default], axis=0), table["mean"] - table["mean"][default]
    own = np.array([_interval(draws[name], table["mean"][name]) for name in table.index])
    paired = np.array([_interval(ahead[name], difference[name]) for name in table.index])
    return table.assign(
        low=own[:, 0],
        high=own[:, 1],
        difference=difference,
        difference_low=paired[:, 0],
        difference_high=paired[:, 1],
    )


def _interval(draws: "pd.Series[float]", estimate: float) -> tuple[float, float]:
    known = draws.dropna().to_numpy(np.float64)
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0]) - known.mean() + estimate
    return float(low), float(high)
