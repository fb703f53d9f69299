"""Whether shares of customers are others in a window than at training, beyond what is usual."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitoring.statistics.contrast import Contrast, Units, contrast
from monitoring.statistics.many import adjusted
from monitoring.statistics.rows import Floats, Sample
from monitoring.statistics.usual import usual_shift
from monitoring.window import Reference, Window

Scored = Callable[[Window], tuple[Floats, Sample]]
"""Gives of a window numbers `(n, k)`, one row a customer, whose means are asked about, and whose rows they are."""


@dataclass(frozen=True, eq=False)
class Changed:
    """What became of `k` means.

    Attributes:
        before: In the reference, `(k,)`.
        now: In the window, `(k,)`.
        contrast: Their differences with errors.
        q_values: The least false discovery rate at which each is a discovery, `(k,)`.
    """

    before: Floats
    now: Floats
    contrast: Contrast
    q_values: Floats


def changed(
    reference: Reference, past: Sequence[Window], window: Window, scored: Scored, check: str
) -> Changed:
    """How the means of a window differ from the reference's; what is kept of the past is kept under that name."""
    before, whose_before = scored(reference)

    def shift(of: Window) -> Contrast:
        now, whose_now = scored(of)
        return contrast(before, now, Units.of(whose_before.customers, whose_now.customers))

    found = shift(window)
    p_values = found.p_values(usual_shift(reference, past, window, shift, check))
    means = before.mean(axis=0)
    return Changed(means, means + found.difference, found, adjusted(p_values))
