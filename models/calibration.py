"""Probabilities put right by what came true later: a line in the log odds for each label, sparse ones held back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from models.arrays import Floats, sigmoid

CLIP = 1e-9
"""No probability is taken for more certain than this: its log odds would outweigh all others."""

LEAST_SLOPE = 0.1
"""A calibration never turns the order of customers round, and hardly ever flattens it."""

_GLOBAL_SD = 1.0  # how far slope and offset of all labels together may lie from 1 and 0
_START_SD = 0.3  # of the labels' deviations, before anything is known of them
_LEAST_SD = 1e-3
_LEAST_STEP = 1e-9
_ROUNDS, _STEPS = 20, 4  # of learning the deviations' spread, and of Newton's method in each


@dataclass(frozen=True, eq=False)
class Calibration:
    """`sigmoid(slope * log odds + offset)` for each label.

    Attributes:
        slope: `(n_labels,)`; below 1 for a model that is too sure.
        offset: `(n_labels,)`, in log odds; above 0 for a model that promises too little.
    """

    slope: Floats
    offset: Floats

    @classmethod
    def identity(cls, n_labels: int) -> Self:
        """The calibration that changes nothing."""
        return cls(np.ones(n_labels), np.zeros(n_labels))

    def of_labels(self, places: Sequence[int]) -> "Calibration":
        """The calibration of the labels at those places, in that order."""
        return Calibration(self.slope[list(places)], self.offset[list(places)])

    def apply(self, probability: Floats) -> Floats:
        """Calibrated probabilities `(n, n_labels)` of a model's own.

        >>> Calibration(np.array([0.5]), np.array([0.0])).apply(np.array([[0.9], [0.5]])).round(3)
        array([[0.75],
               [0.5 ]])
        """
        return sigmoid(log_odds(probability) * self.slope + self.offset)


def fit_calibration(Y: Floats, P: Floats) -> Calibration:
    """The calibration under which labels `Y (n, n_labels)` of 1, 0 or NaN (unknown) are likeliest, given `P`.

    `P (n, n_labels)` are probabilities that the model gave before it could know: time-forward scores. Slope and
    offset (Platt, 1999) are those of all labels together plus a label's own deviation, which is held towards 0 by a
    normal prior. The spread of the deviations is learned from the labels themselves (empirical Bayes by EM with a
    normal approximation; Efron and Morris, JASA 1975; Laird and Ware, Biometrics 1982): where labels do not differ,
    or one has little to tell, it borrows the others' line.

    >>> dice = np.random.default_rng(0)
    >>> truth = dice.uniform(0.05, 0.95, (4000, 3))
    >>> too_sure = sigmoid(2.0 * log_odds(truth))
    >>> learned = fit_calibration((dice.random(truth.shape) < truth).astype(float), too_sure)
    >>> bool(np.abs(learned.slope - 0.5).max() < 0.05)
    True
    """
    known = ~np.isnan(Y)
    of_label = np.nonzero(known)[1]
    odds = log_odds(P[known])
    problem = _Problem(Y[known], odds, of_label, Y.shape[1])
    state, spread = np.zeros(2 + 2 * Y.shape[1]), np.full(2, _START_SD)
    state[0] = 1.0
    for _ in range(_ROUNDS):
        state, covariance = problem.solve(state, spread)
        own = state[2:].reshape(2, -1)
        uncertainty = np.diag(covariance)[2:].reshape(2, -1)
        spread = np.sqrt((own**2 + uncertainty).mean(axis=1)).clip(_LEAST_SD)
    own = state[2:].reshape(2, -1)
    return Calibration((state[0] + own[0]).clip(LEAST_SLOPE), state[1] + own[1])


def log_odds(probability: Floats) -> Floats:
    """The log odds of probabilities, those at the ends a little inside."""
    inside = np.clip(probability, CLIP, 1.0 - CLIP)
    out: Floats = np.log(inside / (1.0 - inside))
    return out


@dataclass(frozen=True, eq=False)
class _Problem:
    """Known labels `y (n,)`, their log odds, which label each is of, and how many labels there are.

    The state is: slope and offset of all, then every label's own slopes, then their offsets.
    """

    y: Floats
    odds: Floats
    label: "np.ndarray[tuple[int], np.dtype[np.intp]]"
    n_labels: int

    def solve(self, state: Floats, spread: Floats) -> tuple[Floats, Floats]:
        """The likeliest state under that spread by Newton's method, and its covariance."""
        weight = np.repeat(1.0 / spread**2, self.n_labels)
        prior = np.concatenate([np.full(2, 1.0 / _GLOBAL_SD**2), weight])
        centre = np.concatenate([[1.0], np.zeros(len(state) - 1)])
        for _ in range(_STEPS):
            gradient, curvature = self._derivatives(state)
            curvature[np.diag_indices_from(curvature)] += prior
            step = np.linalg.solve(curvature, gradient - prior * (state - centre))
            before = self._cost(state, prior, centre)
            # Where the labels contradict the model, a whole step of Newton's method may go too far.
            while self._cost(state + step, prior, centre) > before and np.abs(step).max() > _LEAST_STEP:
                step = step / 2
            state = state + step
        return state, np.asarray(np.linalg.inv(curvature), dtype=np.float64)

    def _cost(self, state: Floats, prior: Floats, centre: Floats) -> float:
        """How unlikely the state is: minus its log posterior, but for a constant."""
        margin = self._margin(state)
        loss = np.logaddexp(0.0, np.where(self.y > 0, -margin, margin)).sum()
        return float(loss + (prior * (state - centre) ** 2).sum() / 2)

    def _margin(self, state: Floats) -> Floats:
        slope, offset = state[0] + state[2 : 2 + self.n_labels], state[1] + state[2 + self.n_labels :]
        out: Floats = slope[self.label] * self.odds + offset[self.label]
        return out

    def _derivatives(self, state: Floats) -> tuple[Floats, Floats]:
        """Gradient and negative curvature of the log likelihood; sums by label are all that is needed."""
        p = sigmoid(self._margin(state))
        pull, mass = self.y - p, p * (1.0 - p)
        by_slope, by_offset = self._sums(pull * self.odds), self._sums(pull)
        gradient = np.concatenate([[by_slope.sum(), by_offset.sum()], by_slope, by_offset])
        square, cross, plain = (self._sums(mass * self.odds**power) for power in (2, 1, 0))
        top = np.array([[square.sum(), cross.sum()], [cross.sum(), plain.sum()]])
        side = np.block([[square, cross], [cross, plain]])
        own = np.block([[np.diag(square), np.diag(cross)], [np.diag(cross), np.diag(plain)]])
        return gradient, np.block([[top, side], [side.T, own]])

    def _sums(self, values: Floats) -> Floats:
        return np.bincount(self.label, values, self.n_labels).astype(np.float64)
