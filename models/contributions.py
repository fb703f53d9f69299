"""What moved a model's margin for each customer: exact parts that add up to it.

The margin is the log odds that a model gives before any calibration. A linear model's parts are its terms; those of
trees are TreeSHAP's (Lundberg et al., From local explanations to global understanding with explainable AI for trees,
Nature Machine Intelligence 2, 2020), as LightGBM computes them. They say what the model went by, not what causes what.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.arrays import Floats, LinearArrays


@dataclass(frozen=True, eq=False)
class Contributions:
    """The parts of one output's margin for `n` customers.

    Attributes:
        columns: The names of the model's inputs.
        base: What the model says of nobody in particular, `(n,)`, in log odds.
        values: What each input adds for each customer, `(n, n_columns)`, in log odds; 0 of what is not used.
    """

    columns: tuple[str, ...]
    base: Floats
    values: Floats

    @property
    def margin(self) -> Floats:
        """The log odds `(n,)`: the base and all parts together."""
        total: Floats = self.base + self.values.sum(axis=1)
        return total


def of_linear(arrays: LinearArrays, values: Floats, output: int) -> Contributions:
    """Each term's coefficient times the prepared value, whose mean over the training rows is 0.

    Args:
        arrays: The model.
        values: Raw values `(n, n_columns)` of the columns that it reads.
        output: Which of its outputs.

    >>> from models.arrays import Preparation
    >>> model = LinearArrays(Preparation.of(["a", "b"], centre=1.0), np.array([[2.0, 0.5]]), np.array([-1.0]))
    >>> of_linear(model, np.array([[3.0, 1.0]]), 0).values
    array([[4., 0.]])
    """
    parts = arrays.preparation.prepared(values) * arrays.coef[output]
    return Contributions(arrays.columns, np.full(len(values), arrays.intercept[output]), parts)


def blended(weighted: Sequence[tuple[float, Contributions]]) -> Contributions:
    """The parts of a weighted sum of margins; an input of several models has one part.

    >>> one = Contributions(("a", "b"), np.array([1.0]), np.array([[2.0, 4.0]]))
    >>> other = Contributions(("b",), np.array([3.0]), np.array([[1.0]]))
    >>> both = blended([(0.5, one), (0.5, other)])
    >>> both.columns, both.base, both.values
    (('a', 'b'), array([2.]), array([[1. , 2.5]]))
    """
    columns = tuple(dict.fromkeys(name for _, part in weighted for name in part.columns))
    place = {name: position for position, name in enumerate(columns)}
    base = np.sum([weight * part.base for weight, part in weighted], axis=0)
    values = np.zeros((len(base), len(columns)))
    for weight, part in weighted:
        values[:, [place[name] for name in part.columns]] += weight * part.values
    return Contributions(columns, base, values)
