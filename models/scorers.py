"""What turns feature rows into probabilities without the estimators' packages: the parts that a release is made of."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats, LinearArrays, SegmentArrays, blended
from models.calibration import Calibration
from models.contributions import Contributions, of_linear
from models.contributions import blended as blended_parts

Places = NDArray[np.intp]


class Scorer(Protocol):
    """Anything that gives probabilities for whole feature rows."""

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`."""
        ...


class Explainable(Scorer, Protocol):
    """A scorer that can say what its margin is made of."""

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`; they add up to it."""
        ...


@dataclass(frozen=True, eq=False)
class LinearScorer:
    """Linear models, with the places of their columns in a feature row."""

    arrays: LinearArrays
    places: Places

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`."""
        return self.arrays.predict(rows[:, self.places])

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`: its terms."""
        return of_linear(self.arrays, rows[:, self.places], output)


@dataclass(frozen=True, eq=False)
class CalibratedScorer:
    """A scorer whose probabilities are put right; its margin, and what that is made of, stay the model's own."""

    scorer: Explainable
    calibration: Calibration

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`."""
        return self.calibration.apply(self.scorer.predict(rows))

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin, before calibration, for feature rows `(n, n_features)`."""
        return self.scorer.contributions(rows, output)


@dataclass(frozen=True, eq=False)
class BlendScorer:
    """Several models as one: the weighted mean of their log odds."""

    members: tuple[Explainable, ...]
    weights: tuple[float, ...]

    def predict(self, rows: Floats) -> Floats:
        """Probabilities `(n, n_outputs)` of feature rows `(n, n_features)`."""
        return blended([member.predict(rows) for member in self.members], self.weights)

    def contributions(self, rows: Floats, output: int) -> Contributions:
        """The parts of an output's margin for feature rows `(n, n_features)`: the members' parts by their weights."""
        parts = [member.contributions(rows, output) for member in self.members]
        return blended_parts(list(zip(self.weights, parts, strict=True)))


@dataclass(frozen=True, eq=False)
class SegmentScorer:
    """Cluster centres, with the places of their columns in a feature row."""

    arrays: SegmentArrays
    places: Places

    def predict(self, rows: Floats) -> Floats:
        """Membership degrees `(n, n_segments)` of feature rows `(n, n_features)`."""
        return self.arrays.membership(rows[:, self.places])
