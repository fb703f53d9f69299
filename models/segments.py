"""Segments: groups of customers who behave alike, as many as the data bear out."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from core.errors import InvalidInputError
from models.arrays import Floats, Preparation, SegmentArrays, Transform
from models.label_model import numbers
from models.segment_names import SegmentName, name_segments

BEHAVIOUR: tuple[str, ...] = (
    "days_since_last_purchase",
    "baskets_84d",
    "basket_spend_mean_84d",
    "distinct_categories_84d",
    "discount_share_84d",
    "weekend_share_84d",
)
"""What a customer is grouped by: recency, frequency, size, breadth, price and rhythm of shopping."""

CLIP_SHARE = 0.01
SILHOUETTE_SAMPLE = 5000
N_SEEDS = 4
N_STARTS = 10


@dataclass(frozen=True)
class Candidate:
    """One number of segments that was tried.

    Attributes:
        n_segments: The number.
        silhouette: Mean silhouette (Rousseeuw 1987), -1 to 1.
        least_share: The share of customers in the smallest segment.
        stability: Mean adjusted Rand index (Hubert and Arabie 1985) between runs with other seeds.
        fits: Whether the smallest segment is large enough and the runs agree.
    """

    n_segments: int
    silhouette: float
    least_share: float
    stability: float
    fits: bool


class CustomerSegments(BaseEstimator):  # type: ignore[misc]  # scikit-learn publishes no types
    """k-means on clipped, logged and scaled behaviour; largest segment first.

    The number of segments is the one with the highest silhouette among those whose smallest segment holds at
    least `min_share` of the customers and whose runs from other seeds agree (`min_stability`); when none
    does, the most stable one. There are always fewer segments than customers that differ.

    Args:
        columns: The features to group by.
        n_segments: The numbers to try, from and to.
        min_share: The least share of customers in a segment.
        min_stability: The least mean adjusted Rand index between runs.
        seed: Of the starting centres.

    Attributes:
        arrays_: What predicts: the preparation and `centres (n_segments, n_columns)`.
        names_: Key and names of each segment, in the order of the centres.
        candidates_: Every number tried, with its figures.
        sizes_: Customers in each segment at fitting, `(n_segments,)`.
        medians_: Median raw feature values, `(n_segments, n_columns)`.
    """

    arrays_: SegmentArrays
    names_: tuple[SegmentName, ...]
    candidates_: tuple[Candidate, ...]

    def __init__(
        self,
        columns: tuple[str, ...] = BEHAVIOUR,
        *,
        n_segments: tuple[int, int] = (4, 8),
        min_share: float = 0.05,
        min_stability: float = 0.9,
        seed: int = 0,
    ) -> None:
        self.columns = columns
        self.n_segments = n_segments
        self.min_share = min_share
        self.min_stability = min_stability
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002 (scikit-learn passes labels to all)
        """Groups the customers in the rows of X.

        Raises:
            InvalidInputError: A column is missing or not a number, or there are too few customers to group.
        """
        values = numbers(X, self.columns)
        preparation = _preparation(self.columns, values)
        Z = preparation.prepared(values)
        most = min(self.n_segments[1], self._distinct(Z) - 1)
        runs = {k: self._runs(Z, k) for k in range(self.n_segments[0], most + 1)}
        self.candidates_ = tuple(self._judged(Z, labels) for labels, _ in runs.values())
        _, centres = runs[_chosen(self.candidates_)]
        labels = SegmentArrays(preparation, centres).predict(values)
        order = np.argsort(-np.bincount(labels, minlength=len(centres)), kind="stable")
        self.arrays_ = SegmentArrays(preparation, centres[order])
        self._describe(values)
        return self

    def predict(self, X: pd.DataFrame) -> "pd.Series[str]":
        """The key of each customer's segment `(n,)`, with the index of X."""
        values = self._values(X)
        places = self.arrays_.predict(values)
        keys = np.array([name.key for name in self.names_], dtype=object)
        return pd.Series(keys[places], index=X.index, name="segment")

    def membership(self, X: pd.DataFrame) -> pd.DataFrame:
        """How far each customer belongs to each segment `(n, n_segments)`; rows sum to 1.

        The degree of fuzzy c-means with m = 2 (Bezdek 1981), see `SegmentArrays.membership`.
        """
        values = self._values(X)
        degrees = self.arrays_.membership(values)
        return pd.DataFrame(degrees, index=X.index, columns=[name.key for name in self.names_])

    def predict_proba(self, X: pd.DataFrame) -> pd.DataFrame:
        """The same as `membership`, under the name that model registries call."""
        return self.membership(X)

    @property
    def profile_(self) -> pd.DataFrame:
        """One row a segment: customers, share of all, and the median of each feature in its own unit."""
        check_is_fitted(self, "arrays_")
        facts = {"customers": self.sizes_, "share": self.sizes_ / self.sizes_.sum()}
        medians = {name: self.medians_[:, place] for place, name in enumerate(self.columns_)}
        return pd.DataFrame(facts | medians, index=[name.key for name in self.names_])

    @property
    def columns_(self) -> list[str]:
        """The columns that are read, in order."""
        return list(self.arrays_.columns)

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """The columns that are read, as scikit-learn calls them."""
        return np.array(self.columns_, dtype=object)

    @property
    def centre_(self) -> Floats:
        """The mean of each transformed column, `(n_columns,)`."""
        return self.arrays_.preparation.centre

    @property
    def scale_(self) -> Floats:
        """The standard deviation of each transformed column, `(n_columns,)`."""
        return self.arrays_.preparation.scale

    @property
    def centres_(self) -> Floats:
        """The segments' centres in standard deviations from the mean, `(n_segments, n_columns)`."""
        return self.arrays_.centres

    def _values(self, X: pd.DataFrame) -> Floats:
        check_is_fitted(self, "arrays_")
        return numbers(X, self.columns_)

    def _distinct(self, Z: Floats) -> int:
        distinct = _distinct(Z)
        if distinct <= self.n_segments[0]:
            raise InvalidInputError(
                "{distinct} customers that differ are too few for {n_segments} segments or more",
                distinct=distinct,
                n_segments=self.n_segments[0],
            )
        return distinct

    def _runs(self, Z: Floats, n_segments: int) -> tuple[list[NDArray[np.int32]], Floats]:
        """Labels of each run `(n,)`, and the centres of the first."""
        # One thread: so few rows gain nothing from more, and lose a lot where cores are shared.
        with threadpool_limits(limits=1):
            fitted = [
                KMeans(n_segments, n_init=N_STARTS, random_state=self.seed + run).fit(Z)
                for run in range(N_SEEDS)
            ]
        return [run.labels_ for run in fitted], np.asarray(fitted[0].cluster_centers_, dtype=np.float64)

    def _judged(self, Z: Floats, labels: list[NDArray[np.int32]]) -> Candidate:
        sizes = np.bincount(labels[0])
        least_share = float(sizes.min() / sizes.sum())
        stability = float(np.mean([adjusted_rand_score(a, b) for a, b in combinations(labels, 2)]))
        sample = SILHOUETTE_SAMPLE if len(Z) > SILHOUETTE_SAMPLE else None
        silhouette = float(silhouette_score(Z, labels[0], sample_size=sample, random_state=self.seed))
        fits = least_share >= self.min_share and stability >= self.min_stability
        return Candidate(len(sizes), silhouette, least_share, stability, fits)

    def _describe(self, values: Floats) -> None:
        segment = self.arrays_.predict(values)
        n_segments = len(self.arrays_.centres)
        self.sizes_ = np.bincount(segment, minlength=n_segments)
        medians = pd.DataFrame(values).groupby(segment).median().reindex(range(n_segments))
        self.medians_ = medians.to_numpy(np.float64)
        self.names_ = name_segments(self.columns_, self.arrays_.centres)


def distinct_behaviours(X: pd.DataFrame, columns: tuple[str, ...] = BEHAVIOUR) -> int:
    """How many customers are left when those who look alike to the segments count once.

    Raises:
        InvalidInputError: A column is missing or not a number.
    """
    values = numbers(X, columns)
    return _distinct(_preparation(columns, values).prepared(values))


def _distinct(Z: Floats) -> int:
    return len(np.unique(Z, axis=0))


def _chosen(candidates: tuple[Candidate, ...]) -> int:
    fitting = [candidate for candidate in candidates if candidate.fits]
    if fitting:
        return max(fitting, key=lambda candidate: candidate.silhouette).n_segments
    return max(candidates, key=lambda candidate: candidate.stability).n_segments


def _preparation(columns: tuple[str, ...], values: Floats) -> Preparation:
    """Shares as they are, the rest logged; 1 in 100 clipped at either end, the median for what is missing."""
    seen = np.where(np.isnan(values).all(axis=0), 0.0, values)
    kinds = [Transform.IDENTITY if "_share_" in name else Transform.LOG1P for name in columns]
    lower, upper = np.nanquantile(seen, [CLIP_SHARE, 1.0 - CLIP_SHARE], axis=0)
    limits: dict[str, Any] = {"fill": np.nanmedian(seen, axis=0), "lower": lower, "upper": upper}
    transformed = Preparation.of(columns, kinds, **limits).transformed(values)
    scale = transformed.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    return Preparation.of(columns, kinds, **limits, centre=transformed.mean(axis=0), scale=scale)
