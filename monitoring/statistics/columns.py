"""Whether columns have another distribution in a window than they had at training, beyond what is usual."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from monitoring.statistics.contrast import Contrast, Units, contrast
from monitoring.statistics.rows import Floats, Sample
from monitoring.statistics.shape import SCORES, scores
from monitoring.statistics.usual import usual_shift
from monitoring.window import Window

N_SCORES = len(SCORES)


@dataclass(frozen=True, eq=False)
class Moved:
    """What became of `n` columns, each told by `SCORES`.

    Attributes:
        shift: Differences of mean scores and their errors, `(n, 4)` each, flattened.
        usual: What shift is usual of each score, `(n, 4)`.
        p_values: Of each column the least of its scores, times their number, `(n,)`.
        score: Which of the scores it is, `(n,)`.
    """

    shift: Contrast
    usual: Floats
    p_values: Floats
    score: "np.ndarray[tuple[int], np.dtype[np.intp]]"

    @property
    def size(self) -> Floats:
        """The shift of the score that moved most surely, `(n,)`."""
        return self._chosen(self.shift.difference.reshape(-1, N_SCORES))

    @property
    def error(self) -> Floats:
        """The standard error of `size`, `(n,)`."""
        return self._chosen(self.shift.error.reshape(-1, N_SCORES))

    @property
    def is_usual_up_to(self) -> Floats:
        """What shift of that score is usual, `(n,)`."""
        return self._chosen(self.usual)

    def _chosen(self, values: Floats) -> Floats:
        out: Floats = values[np.arange(len(values)), self.score]
        return out


def moved(
    reference: Sample,
    window: Sample,
    names: Sequence[Hashable],
    rows: tuple[Window, Window],
    past: Sequence[Window],
    sample: Callable[[Window], Sample],
    check: str,
) -> Moved:
    """How the named columns of a window differ from the reference, one column in memory at a time.

    Args:
        reference: The reference's sample.
        window: The window's.
        names: Of the columns.
        rows: The reference and the window themselves, for their dates.
        past: Earlier windows.
        sample: Takes their samples.
        check: What is kept of them is kept under this name.
    """

    def shift(of: Window) -> Contrast:
        return shifts(reference, window if of is rows[1] else sample(of), names)

    found = shift(rows[1])
    usual = usual_shift(rows[0], past, rows[1], shift, check)
    p_values = found.p_values(usual).reshape(-1, N_SCORES)
    usual = np.broadcast_to(usual, found.difference.shape).reshape(-1, N_SCORES)
    told = (found.error > 0).reshape(-1, N_SCORES) | (p_values < 1.0)
    return Moved(
        found,
        usual,
        np.minimum(1.0, p_values.min(axis=1) * np.maximum(1, told.sum(axis=1))),
        p_values.argmin(axis=1),
    )


def shifts(reference: Sample, window: Sample, names: Sequence[Hashable]) -> Contrast:
    """The differences of the columns' mean scores, `(n_columns * 4,)`."""
    units = Units.of(reference.customers, window.customers)
    difference, error = np.zeros(len(names) * N_SCORES), np.zeros(len(names) * N_SCORES)
    for place, name in enumerate(names):
        one = contrast(*scores(reference.values(name), window.values(name)), units)
        difference[place * N_SCORES : (place + 1) * N_SCORES] = one.difference
        error[place * N_SCORES : (place + 1) * N_SCORES] = one.error
    return Contrast(difference, error, units.freedom)
