"""The kernel: histories in, one feature row a customer out, the same code wherever it runs."""

import numpy as np

from features.catalogue import Catalogue
from features.families import FAMILIES, Column
from features.histories import Floats, Histories, known_at
from features.spec import FeatureSpec
from features.view import View


def compute(histories: Histories, as_of_us: int, spec: FeatureSpec, catalogue: Catalogue) -> Floats:
    """Feature rows as of an instant: shape (n_customers, n_features), columns as in `column_names(spec)`.

    Counts only events that had occurred and been received strictly before the instant. A value that does not
    exist (the gap of a customer with one purchase) is NaN.
    """
    if not histories.n_customers:
        return np.zeros((0, len(columns(spec))))
    view = View(known_at(histories, as_of_us), as_of_us, spec, catalogue)
    parts = [part for family in FAMILIES for part in family.compute(view)]
    rows = np.concatenate(parts, axis=None, dtype=np.float64).reshape(-1, view.n)
    return np.ascontiguousarray(rows.T)


def columns(spec: FeatureSpec) -> list[Column]:
    """Every feature of the spec with its definition, in column order."""
    return [column for family in FAMILIES for column in family.columns(spec)]


def column_names(spec: FeatureSpec) -> tuple[str, ...]:
    """The names of the features, in column order."""
    return tuple(column.name for column in columns(spec))
