"""Whether segments are found again when other customers of the same kind happen to be there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from models.arrays import Floats
from models.segment_overlap import jaccard, shared_customers

REPLICATES = 20
N_STARTS = 3

MOST_CUSTOMERS = 10_000
"""A replicate draws no more, so that it stays cheap; with fewer customers segments only come out less stable."""


@dataclass(frozen=True, eq=False)
class Stability:
    """How far refits on resampled customers agree with the segments of all customers.

    Attributes:
        ari: The adjusted Rand index of each replicate, `(n_replicates,)`: 1 is the same again, 0 is chance.
        found_again: How much of each segment is found again: the mean over the replicates of the Jaccard index
            with the most alike segment of the refit, `(n_segments,)`. Below 0.5 it dissolves as often as not.
    """

    ari: Floats
    found_again: Floats


def stability(
    Z: Floats, labels: NDArray[np.int32], *, seed: int = 0, replicates: int = REPLICATES
) -> Stability:
    """The stability of k-means segments by a bootstrap of customers.

    Each replicate fits anew to customers drawn with replacement and assigns all customers by the centres that it
    found. The two assignments are compared as wholes by the adjusted Rand index (Hubert and Arabie 1985), and
    segment by segment by the Jaccard index (Hennig 2007, "Cluster-wise assessment of cluster stability").

    Args:
        Z: What the segments were fitted to, `(n, n_columns)`.
        labels: The segment of each customer, `(n,)`, counted from 0.
        seed: Of the draws and of the starting centres.
        replicates: How many fits.
    """
    n_segments = int(labels.max()) + 1
    rng = np.random.default_rng(seed)
    seen = rng.choice(len(Z), size=min(len(Z), MOST_CUSTOMERS), replace=False)
    customers, expected = Z[seen], labels[seen]
    ari, found_again = [], []
    for replicate in range(replicates):
        drawn = customers[rng.integers(len(customers), size=len(customers))]
        # Of very few customers, fewer different ones may be drawn than there are segments.
        n_drawn = min(n_segments, len(np.unique(drawn, axis=0)))
        again = KMeans(n_drawn, n_init=N_STARTS, random_state=seed + replicate).fit(drawn).predict(customers)
        ari.append(float(adjusted_rand_score(expected, again)))
        shared = shared_customers(expected, again, (n_segments, n_drawn))
        found_again.append(jaccard(shared).max(axis=1))
    return Stability(np.array(ari), np.array(found_again).mean(axis=0))
