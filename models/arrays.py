"""What a fitted linear model or a clustering is once learned: plain arrays that predict with NumPy alone.

Training and serving run these very lines, so a released model cannot drift from the registered one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


LEAST_DISTANCE = float(np.finfo(np.float64).tiny) ** 0.5  # may be divided by


class Transform(IntEnum):
    """What happens to a column before it is scaled; the number is what a release stores."""

    IDENTITY = 0
    LOG1P = 1  # sign(x) * log(1 + |x|): counts and money, refunds included
    DECAY = 2  # exp(-x / days): days since something; 1 = today, 0 = never
    INDICATOR = 3  # 1 when x > 0


@dataclass(frozen=True, eq=False)
class Preparation:
    """How raw columns become what a model multiplies: filled, clipped, transformed, centred, scaled.

    Attributes:
        columns: The names of the `n_columns` columns, in order.
        kinds: `Transform` numbers, `(n_columns,)`.
        days: The time constant of DECAY columns, in days; not used by others.
        fill: What stands for a missing value, in the column's own unit; infinite days are fine for DECAY.
        lower: The least value let through, in the column's own unit.
        upper: The greatest value let through.
        centre: What is subtracted after the transform.
        scale: What is divided by after that; never 0.
    """

    columns: tuple[str, ...]
    kinds: NDArray[np.int64]
    days: Floats
    fill: Floats
    lower: Floats
    upper: Floats
    centre: Floats
    scale: Floats

    @classmethod
    def of(
        cls,
        columns: Sequence[str],
        kinds: Sequence[Transform] | None = None,
        *,
        days: ArrayLike = 1.0,
        fill: ArrayLike = 0.0,
        lower: ArrayLike = -np.inf,
        upper: ArrayLike = np.inf,
        centre: ArrayLike = 0.0,
        scale: ArrayLike = 1.0,
    ) -> Self:
        """A preparation where a single number stands for all columns and what is left out changes nothing."""
        width = len(columns)
        numbers = [
            np.array(np.broadcast_to(x, width), np.float64) for x in (days, fill, lower, upper, centre, scale)
        ]
        return cls(tuple(columns), np.array(kinds or [Transform.IDENTITY] * width, np.int64), *numbers)

    def transformed(self, values: Floats) -> Floats:
        """Raw values `(n, n_columns)` filled, clipped and transformed; the input is left as it was."""
        values = np.ascontiguousarray(values)  # sums over columns that lie apart are rounded otherwise
        out = np.where(np.isnan(values), self.fill, values)
        np.maximum(out, self.lower, out=out)  # np.clip's own checks cost more than a row
        np.minimum(out, self.upper, out=out)
        log, decay, flag = _places(self.kinds.tobytes())
        if len(log):
            chosen = out[:, log]
            out[:, log] = np.copysign(np.log1p(np.abs(chosen)), chosen)
        if len(decay):
            out[:, decay] = np.exp(-np.maximum(out[:, decay], 0.0) / self.days[decay])
        if len(flag):
            out[:, flag] = out[:, flag] > 0
        return out

    def prepared(self, values: Floats) -> Floats:
        """Raw values `(n, n_columns)` as the model takes them."""
        out: Floats = (self.transformed(values) - self.centre) / self.scale
        return out


@lru_cache(maxsize=64)  # finding them anew takes as long as transforming a row
def _places(kinds: bytes) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Which columns are LOG1P, DECAY and INDICATOR ones."""
    numbers = np.frombuffer(kinds, dtype=np.int64)
    log, decay, flag = (
        np.flatnonzero(numbers == int(kind))
        for kind in (Transform.LOG1P, Transform.DECAY, Transform.INDICATOR)
    )
    return log, decay, flag


@dataclass(frozen=True, eq=False)
class LinearArrays:
    """Logistic models that share their columns: `coef (n_outputs, n_columns)`, `intercept (n_outputs,)`."""

    preparation: Preparation
    coef: Floats
    intercept: Floats

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read, in order."""
        return self.preparation.columns

    def margin(self, values: Floats) -> Floats:
        """Log odds `(n, n_outputs)` of raw values `(n, n_columns)`; a row's are the same alone and among others."""
        # Of many rows at once a matrix product rounds the last digits otherwise than of one.
        rows = self.preparation.prepared(values)[:, None, :]
        out: Floats = (rows @ self.coef.T)[:, 0] + self.intercept
        return out

    def predict(self, values: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of raw values `(n, n_columns)`."""
        return sigmoid(self.margin(values))


@dataclass(frozen=True, eq=False)
class SegmentArrays:
    """Segment centres `(n_segments, n_columns)` in the prepared space."""

    preparation: Preparation
    centres: Floats

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read, in order."""
        return self.preparation.columns

    def squared_distances(self, values: Floats) -> Floats:
        """Squared Euclidean distances `(n, n_segments)` of raw values `(n, n_columns)` to the centres."""
        away = self.preparation.prepared(values)[:, None, :] - self.centres[None, :, :]
        out: Floats = np.vecdot(away, away)  # einsum would round one row otherwise than many
        return out

    def predict(self, values: Floats) -> NDArray[np.intp]:
        """The place of the nearest centre `(n,)`; the first of equals."""
        out: NDArray[np.intp] = self.squared_distances(values).argmin(axis=1)
        return out

    def membership(self, values: Floats) -> Floats:
        """Degrees `(n, n_segments)`, each row summing to 1: fuzzy c-means with fuzzifier m = 2.

        With m = 2 a degree is inversely proportional to the squared distance (J. C. Bezdek, Pattern
        Recognition with Fuzzy Objective Function Algorithms, 1981, section 11). Whoever sits on a centre
        belongs to it alone.
        """
        distances = np.maximum(self.squared_distances(values), LEAST_DISTANCE)
        closeness = distances.min(axis=1, keepdims=True) / distances
        out: Floats = closeness / closeness.sum(axis=1, keepdims=True)
        return out


def sigmoid(margin: Floats) -> Floats:
    """Probabilities of log odds, without overflow at either end.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    small = np.exp(-np.abs(margin))
    out: Floats = np.where(margin >= 0, 1.0, small) / (1.0 + small)
    return out


def blended(said: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Probabilities `(n, n_outputs)` of several models as one: the weighted mean of their log odds.

    A logarithmic opinion pool (Genest and Zidek, Statistical Science 1, 1986): what moved each model's margin adds up
    to what moved the mean's.

    >>> blended([np.array([[0.2]]), np.array([[0.8]])], [0.5, 0.5])
    array([[0.5]])
    """
    odds = np.zeros_like(said[0])
    for weight, probability in zip(weights, said, strict=True):
        odds += weight * np.log(probability / (1.0 - probability))
    return sigmoid(odds)
