"""Logistic models whose terms are stated: which columns, transformed how, pulling in which direction."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from models.arrays import Floats, LinearArrays, Preparation, Transform, sigmoid
from models.label_model import LabelModel, known, prior

Direction = Literal["up", "down", "any"]


@dataclass(frozen=True)
class Term:
    """One column of a linear model.

    Attributes:
        stem: The feature's name, without the tag.
        transform: What happens to it before it is scaled.
        own: Whether each tag has its own column of it, `stem__tag`.
        direction: `up` when more of the transformed column may never lower the probability, `down` when it
            may never raise it.
        days: The time constant of a decay, in days.
        fill: What stands for a missing value.
    """

    stem: str
    transform: Transform = Transform.LOG1P
    own: bool = False
    direction: Direction = "any"
    days: float = 1.0
    fill: float = 0.0

    def column(self, tag: str) -> str:
        """The column that a tag's model reads.

        >>> Term("baskets_84d", own=True).column("coffee"), Term("spend_84d").column("coffee")
        ('baskets_84d__coffee', 'spend_84d')
        """
        return f"{self.stem}__{tag}" if self.own else self.stem


class LinearModel(LabelModel):
    """One logistic model a label on its terms; learned state is `arrays_`, and it alone predicts.

    Attributes:
        arrays_: Columns with their preparation, `coef (n_labels, n_columns)` (0 where a label does not use
            a column) and `intercept (n_labels,)`.
    """

    arrays_: LinearArrays

    @abstractmethod
    def terms(self) -> tuple[Term, ...]:
        """The terms of every label's model that has none of its own."""

    def terms_of(self, tag: str) -> tuple[Term, ...]:  # noqa: ARG002 (others choose by it)
        """The terms of one label's model; of a column that labels share all must say the same transform."""
        return self.terms()

    def _weigh(
        self, Z: Floats, y: Floats, directions: list[Direction], cases: Floats | None = None
    ) -> tuple[Floats, float]:
        """Coefficients `(n_terms,)` and intercept for scaled columns `Z (n, n_terms)` and both classes.

        A row counts as one, or as much as `cases (n,)` says.
        """
        return fit_logistic(Z, y, directions, cases=cases)

    def _needed(self, tags: list[str], available: list[str]) -> list[str]:  # noqa: ARG002 (others choose by it)
        return list(self._columns(tags))

    def _columns(self, tags: list[str]) -> dict[str, Term]:
        """Each column with its term: the tags' own ones first, tag by tag, then the shared ones."""
        terms = {tag: self.terms_of(tag) for tag in tags}
        own = {term.column(tag): term for tag in tags for term in terms[tag] if term.own}
        return own | {term.stem: term for tag in tags for term in terms[tag] if not term.own}

    def _learn(self, values: Floats, labels: Floats) -> None:
        columns = self._columns(self.tags_)
        place = {name: position for position, name in enumerate(columns)}
        raw = _preparation(columns)
        transformed = raw.transformed(values)
        # What never changes may have a deviation all the same, of the size of rounding errors: nothing to divide by.
        scale = np.where(np.ptp(transformed, axis=0) > 0, transformed.std(axis=0), 1.0)
        centre = transformed.mean(axis=0)
        coef, intercept = np.zeros((len(self.tags_), len(columns))), np.zeros(len(self.tags_))
        Z = (transformed - centre) / scale
        # One thread: such narrow matrices gain nothing from more, and lose a lot where cores are shared.
        with threadpool_limits(limits=1):
            for output, tag in enumerate(self.tags_):
                terms = self.terms_of(tag)
                mine = np.array([place[term.column(tag)] for term in terms], dtype=np.intp)
                rows, y = known(labels, output)
                found = self._weights(Z[np.ix_(rows, mine)], y, terms, self._cases(rows, output))
                coef[output, mine], intercept[output] = found
        self.arrays_ = LinearArrays(_preparation(columns, centre, scale), coef, intercept)

    def _cases(self, rows: NDArray[np.intp], output: int) -> Floats | None:  # noqa: ARG002 (others choose by it)
        """How much each of a label's known rows counts `(n_rows,)`; None where all count as one."""
        return None

    def _weights(
        self, Z: Floats, y: Floats, terms: tuple[Term, ...], cases: Floats | None
    ) -> tuple[Floats, float]:
        if not Z.shape[1] or y.min() == y.max():
            share = prior(y)
            return np.zeros(Z.shape[1]), float(np.log(share / (1.0 - share)))
        return self._weigh(Z, y, [term.direction for term in terms], cases)

    def _probabilities(self, values: Floats) -> Floats:
        return self.arrays_.predict(values)

    @property
    def columns_(self) -> list[str]:
        """The columns that are read, in the order of the arrays."""
        return list(self.arrays_.columns)

    @property
    def coef_(self) -> Floats:
        """Weights of the scaled columns, `(n_labels, n_columns)`."""
        return self.arrays_.coef

    @property
    def intercept_(self) -> Floats:
        """Log odds at the centre, `(n_labels,)`."""
        return self.arrays_.intercept

    @property
    def centre_(self) -> Floats:
        """The mean of each transformed column, `(n_columns,)`."""
        return self.arrays_.preparation.centre

    @property
    def scale_(self) -> Floats:
        """The standard deviation of each transformed column, `(n_columns,)`; 1 where it does not vary."""
        return self.arrays_.preparation.scale


def fit_logistic(
    Z: Floats,
    y: Floats,
    directions: list[Direction],
    penalty: float = 1.0,
    *,
    cases: Floats | None = None,
) -> tuple[Floats, float]:
    """Coefficients `(n_columns,)` and intercept that minimise log loss + penalty/2 * |coef|^2.

    L2-penalised logistic regression, as scikit-learn's with `C = 1 / penalty`, but a coefficient can be
    held at or above 0 (`up`) or at or below (`down`), by L-BFGS-B (Byrd, Lu, Nocedal and Zhu, 1995). A row counts as
    one, or as much as `cases (n,)` says.

    >>> Z, y = np.array([[-1.0], [-1.0], [1.0], [1.0]]), np.array([0.0, 1.0, 1.0, 1.0])
    >>> bool(fit_logistic(Z, y, ["up"])[0][0] > 0), float(fit_logistic(Z, y, ["down"])[0][0])
    (True, 0.0)
    """
    n, width = Z.shape
    sign = 2.0 * y - 1.0

    def loss(weights: Floats) -> tuple[float, Floats]:
        coef = weights[:width]
        margin = sign * (Z @ coef + weights[width])
        pull, losses = -sign * sigmoid(-margin), np.logaddexp(0.0, -margin)
        if cases is not None:
            pull, losses = cases * pull, cases * losses
        gradient = np.append(Z.T @ pull + penalty * coef, pull.sum())
        value = losses.sum() + penalty / 2 * (coef @ coef)
        return float(value) / n, gradient / n

    limits = {"up": (0.0, None), "down": (None, 0.0), "any": (None, None)}
    share = prior(y)
    start = np.append(np.zeros(width), np.log(share / (1.0 - share)))
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[*(limits[direction] for direction in directions), limits["any"]],
        options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-7},
    )
    weights = np.asarray(found.x, dtype=np.float64)
    return weights[:width], float(weights[width])


def _preparation(
    columns: dict[str, Term], centre: Floats | float = 0.0, scale: Floats | float = 1.0
) -> Preparation:
    terms = list(columns.values())
    return Preparation.of(
        list(columns),
        [term.transform for term in terms],
        days=np.array([term.days for term in terms]),
        fill=np.array([term.fill for term in terms]),
        centre=centre,
        scale=scale,
    )
