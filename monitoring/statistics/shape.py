"""The shape of a column as scores whose means tell where and how it moved.

A column of features is often a heap (most customers never bought coffee) and a tail. So four things are asked of it:
how often a value is missing, how often it is the heap's, and of the rest where the values lie and how far they spread,
by their ranks among reference and window together. Ranks see a change of unit and one of a hundredth alike where they
change the order of customers, and no outlier outweighs the others (Lehmann, Nonparametrics, 1975).
"""

import numpy as np

from monitoring.statistics.rows import Floats, Places

SCORES = ("place", "spread", "heap", "missing")

HEAP_SHARE = 0.1
"""A value that so many customers have in common is asked about on its own."""


def scores(reference: Floats, window: Floats) -> tuple[Floats, Floats]:
    """Scores `(n, 4)` of a column's values in the reference and in the window, in the order of `SCORES`.

    >>> before, now = scores(np.array([1.0, 2.0, np.nan]), np.array([3.0, 4.0, 5.0]))
    >>> (now.mean(axis=0) - before.mean(axis=0)).round(2)
    array([ 0.4 , -0.17,  0.  , -0.33])
    """
    values = np.concatenate([reference, window])
    order = np.argsort(values)  # missing ones come last
    n_told = len(values) - int(np.isnan(values).sum())
    ordered = values[order[:n_told]]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], n_told > 0))
    counts = np.diff(ends, prepend=-1)
    heap = _heap(counts, n_told)
    out = np.zeros((len(values), len(SCORES)))
    of_group = np.column_stack(_place_and_spread(np.where(np.arange(len(counts)) == heap, 0, counts)))
    if heap >= 0:
        of_group[heap] = 0.0
        out[order[ends[heap] - counts[heap] + 1 : ends[heap] + 1], 2] = 1.0
    out[order[:n_told], :2] = np.repeat(of_group, counts, axis=0)
    out[order[n_told:], 3] = 1.0
    return out[: len(reference)], out[len(reference) :]


def _heap(counts: Places, n_told: int) -> int:
    """Which group of equal values is the heap, -1 where none is."""
    if not len(counts) or counts.max() < max(2, HEAP_SHARE * n_told):
        return -1
    return int(counts.argmax())


def _place_and_spread(counts: Places) -> tuple[Floats, Floats]:
    """Of each group its middle rank, from -1/2 to 1/2, and the second Legendre polynomial of it."""
    upto = counts.cumsum()
    total = upto[-1] if len(upto) else 0
    place = (upto - counts / 2.0) / max(total, 1) - 0.5
    return place, 6.0 * place**2 - 0.5
