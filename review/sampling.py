"""The audit: a random draw over all suggestions in which each one's chance of being chosen is known."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.ids import stable_keys

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def audit_probabilities(strata: Ints, n: float) -> Floats:
    """The chance of each suggestion to be drawn, so that about `n` come and each stratum gives as many: shape (n_all,).

    Strata are what becomes of a suggestion (applied, reviewed, withheld): precision at apply is what is promised, and
    hardly any of the applied would come in a plain draw. A stratum that has fewer than its share is taken whole and the
    others get what it leaves.

    >>> audit_probabilities(np.array([0, 1, 1, 1, 1]), 2).tolist()
    [1.0, 0.25, 0.25, 0.25, 0.25]
    """
    sizes = np.bincount(strata) if len(strata) else np.zeros(0, dtype=np.intp)
    rates = np.zeros(len(sizes))
    left, waiting = float(n), [place for place, size in enumerate(sizes) if size]
    for place in sorted(waiting, key=lambda stratum: sizes[stratum]):
        share = left / len(waiting)
        rates[place] = min(1.0, share / sizes[place])
        left -= rates[place] * sizes[place]
        waiting.remove(place)
    chances: Floats = rates[strata] if len(strata) else np.zeros(0)
    return chances


def drawn(names: Sequence[str], probabilities: Floats, *, seed: int) -> NDArray[np.bool_]:
    """Which are drawn, each by itself with its probability (Poisson sampling, Haejek 1964): shape (n,).

    The draw is a hash of the seed and the name, so it is the same whoever repeats it and whatever else is there.
    """
    keys = np.frombuffer(stable_keys(f"{seed}\x1f{name}" for name in names), dtype="<u8")
    uniform = (keys >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return uniform < probabilities
