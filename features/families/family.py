"""The shape that every feature family has."""

from collections.abc import Callable
from dataclasses import dataclass

from features.histories import Floats
from features.spec import FeatureSpec
from features.view import View


@dataclass(frozen=True)
class Column:
    """One feature: its name (meaning, window and unit) and its definition in both languages."""

    name: str
    en: str
    zh: str


@dataclass(frozen=True)
class Family:
    """Columns and the one function that computes them over any number of customers.

    `compute` gives the columns' values in order, in parts of shape (n_customers,) for one column and
    (..., n_customers) for several, NaN where a value does not exist; it may look at nothing but the view.
    """

    name: str
    columns: Callable[[FeatureSpec], list[Column]]
    compute: Callable[[View], list[Floats]]
