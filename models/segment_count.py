"""How many segments the data bear out: as many as come out alike when the customers are resampled."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from core.errors import InvalidInputError
from models.arrays import Floats
from models.segment_stability import REPLICATES, Stability, stability

SILHOUETTE_SAMPLE = 5000
N_STARTS = 10
LEAST_SEGMENTS = 2


@dataclass(frozen=True)
class Candidate:
    """One number of segments that was tried.

    Attributes:
        n_segments: The number.
        silhouette: Mean silhouette (Rousseeuw 1987), -1 to 1.
        least_share: The share of customers in the smallest segment.
        stability: Mean adjusted Rand index with fits to resampled customers, see `segment_stability`.
        fits: Whether the smallest segment is large enough and the segments are stable.
    """

    n_segments: int
    silhouette: float
    least_share: float
    stability: float
    fits: bool


@dataclass(frozen=True)
class Limits:
    """What a number of segments has to keep: the least share of customers in one, the least stability.

    Stability is told from so many resamplings of the customers.
    """

    min_share: float
    min_stability: float
    n_replicates: int = REPLICATES


@dataclass(frozen=True, eq=False)
class Tried:
    """One number of segments with the centres that were found for it, `(n_segments, n_columns)`."""

    candidate: Candidate
    centres: Floats
    stability: Stability


class UnstableSegmentsError(InvalidInputError):
    """No number of segments is stable; `candidates` are those that were tried."""

    code = "unstable_segments"

    def __init__(self, candidates: tuple[Candidate, ...], limits: Limits) -> None:
        super().__init__(
            "No number of segments is stable: {tried} were tried, and none comes out alike from resampled customers "
            "(adjusted Rand index {least} or more) with at least {share:.0%} of the customers in each segment",
            tried=", ".join(str(one.n_segments) for one in candidates),
            least=limits.min_stability,
            share=limits.min_share,
        )
        self.candidates = candidates


def choose_count(
    Z: Floats, wanted: range, limits: Limits, *, seed: int
) -> tuple[Tried, tuple[Candidate, ...]]:
    """The number with the highest silhouette among the wanted ones that fit, and every number that was tried.

    When none of them fits, smaller numbers are tried, from the largest down to two, and the first that fits is taken.

    Args:
        Z: Prepared behaviour, `(n, n_columns)`.
        wanted: The numbers to try first, ascending.
        limits: What makes a number fit.
        seed: Of the starting centres and of the resampling.

    Raises:
        UnstableSegmentsError: None fits.
    """
    tried = _try(Z, wanted, limits, seed)
    fewer = wanted.start - 1
    while not any(one.candidate.fits for one in tried) and fewer >= LEAST_SEGMENTS:
        tried = [*_try(Z, [fewer], limits, seed), *tried]
        fewer -= 1
    candidates = tuple(one.candidate for one in tried)
    fitting = [one for one in tried if one.candidate.fits]
    if not fitting:
        raise UnstableSegmentsError(candidates, limits)
    return max(fitting, key=lambda one: one.candidate.silhouette), candidates


def _try(Z: Floats, counts: Iterable[int], limits: Limits, seed: int) -> list[Tried]:
    # One thread: so few rows gain nothing from more, and lose a lot where cores are shared.
    with threadpool_limits(limits=1):
        return [_tried(Z, n_segments, limits, seed) for n_segments in counts]


def _tried(Z: Floats, n_segments: int, limits: Limits, seed: int) -> Tried:
    fitted = KMeans(n_segments, n_init=N_STARTS, random_state=seed).fit(Z)
    sizes = np.bincount(fitted.labels_)
    least_share = float(sizes.min() / sizes.sum())
    found = stability(Z, fitted.labels_, seed=seed, replicates=limits.n_replicates)
    ari = float(found.ari.mean())
    sample = SILHOUETTE_SAMPLE if len(Z) > SILHOUETTE_SAMPLE else None
    silhouette = float(silhouette_score(Z, fitted.labels_, sample_size=sample, random_state=seed))
    fits = least_share >= limits.min_share and ari >= limits.min_stability
    candidate = Candidate(n_segments, silhouette, least_share, ari, fits)
    return Tried(candidate, np.asarray(fitted.cluster_centers_, dtype=np.float64), found)
