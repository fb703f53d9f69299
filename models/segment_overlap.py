"""How far two assignments of the same customers to segments agree, pair of segments by pair."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import Floats

Places = NDArray[np.integer]


def shared_customers(first: Places, second: Places, shape: tuple[int, int]) -> Floats:
    """How many customers each segment of the first assignment shares with each of the second, of that shape.

    >>> shared_customers(np.array([0, 0, 1]), np.array([1, 1, 0]), (2, 2))
    array([[0., 2.],
           [1., 0.]])
    """
    counts = np.zeros(shape)
    np.add.at(counts, (first, second), 1.0)
    return counts


def jaccard(shared: Floats) -> Floats:
    """Of the customers in either of two segments the share that is in both, of the shape of `shared`.

    >>> jaccard(np.array([[3.0, 1.0], [0.0, 0.0]]))
    array([[0.75, 0.25],
           [0.  , 0.  ]])
    """
    either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    out: Floats = shared / np.maximum(either, 1.0)
    return out
