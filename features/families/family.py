"""The shape that every feature family has."""

from collections.abc import Callable
from dataclasses import dataclass

from core.compiled import Compiled
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
    """Columns and the one function that computes them for a customer.

    `fill` writes the columns' values in order into its part of the customer's row, NaN where a value does not exist;
    it may look at nothing but the view. It is compiled with all that it calls.
    """

    name: str
    columns: Callable[[FeatureSpec], list[Column]]
    fill: Compiled[[Floats, View], None]
