"""From which probability on a tag keeps its target precision, with a stated confidence, on what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.arrays import Floats
from models.precision_bound import Customers, Ranked, p_value

DRIFT = 0.03
"""By how much a tag's precision changes from the months that certify to the next one, as a standard deviation.

Measured on Complete Journey at cutoffs before 2017-09 (0.013 to 0.038, logistic regression and boosted trees); a shop
in which it moves more is found out by `drift_of`, and none is believed to move less.
"""

FIRST_ROWS = 15
"""The strictest threshold that is looked at has so many rows above it."""

ROWS_STEP = 1.1
"""Each further threshold has a tenth more: neighbours that hardly differ would only add places to stumble at."""

LEAST_FOR_DRIFT = 15
"""Rows above a threshold with fewer say nothing of drift."""

MOST_LABELS = 100_000
"""A plan that needs more labels than this is none."""


@dataclass(frozen=True)
class Certification:
    """What was found of one tag.

    Attributes:
        target: The precision that is asked for.
        confidence: How sure it has to be.
        drift: The standard deviation of the precision from month to month that was allowed for.
        threshold: The least probability that is certified; None if none is.
        n: Rows (a customer at a cutoff) at or above the threshold; without one, of the threshold that came nearest.
        customers: Different customers among them.
        correct: How many came true.
        precision_low: What the precision next month is at least, with that confidence; None without rows.
        coverage: The share of all that came true that lies at or above the threshold.
        positives: How many rows came true in all.
        more_labels: How many more rows above the threshold would certify it, if the precision stays what it is;
            0 where it is certified, None where no number would.
        reason: Why there is no threshold: a code; None where there is one.
    """

    target: float
    confidence: float
    drift: float
    threshold: float | None = None
    n: int = 0
    customers: int = 0
    correct: int = 0
    precision_low: float | None = None
    coverage: float = 0.0
    positives: int = 0
    more_labels: int | None = None
    reason: str | None = None

    @property
    def precision(self) -> float | None:
        """The share of the rows at or above the threshold that came true."""
        return self.correct / self.n if self.n else None


NO_LABELS = "no_labels"
TOO_FEW_POSITIVES = "too_few_positives"
TOO_FEW_LABELS = "too_few_labels"
OUT_OF_REACH = "target_out_of_reach"


def certify(
    probability: Floats,
    truth: Floats,
    customers: Customers,
    *,
    target: float = 0.8,
    confidence: float = 0.9,
    drift: float = DRIFT,
    weight: Floats | None = None,
) -> Certification:
    """The lowest threshold above which the precision next month is at least the target, with that confidence.

    Learn then test (Angelopoulos, Bates, Candes, Jordan and Lei, Annals of Applied Statistics 2025): thresholds are
    tested from a strict one downwards, each at the full level, and the first that fails ends it (fixed sequence
    testing), so that the chance that any certified one breaks the target is at most `1 - confidence`. The sequence
    begins where, going by the probabilities alone, the case is strongest. Each test is an exact binomial one whose
    unit is the customer: rows of a customer at several cutoffs are not independent, so the sample counts as smaller
    by its design effect (Korn and Graubard, Survey Methodology 1998), and the target is tested as it may look in a
    month that drifted (see `p_value`).

    Args:
        probability: Calibrated time-forward probabilities `(n,)`.
        truth: What turned out `(n,)`: 1, 0, or NaN for unknown, which is left out.
        customers: Whose row it is `(n,)`.
        target: The precision to reach.
        confidence: How sure to be.
        drift: The standard deviation of the precision from month to month.
        weight: One over the chance with which each row was drawn `(n,)`; left out where rows are all there are.
    """
    known = ~np.isnan(truth)
    drawn = None if weight is None else weight[known]
    sample = Ranked.of(probability[known], truth[known], customers[known], drawn)
    asked = Certification(target, confidence, drift, positives=int(sample.truth.sum()))
    if not len(sample.truth):
        return replace(asked, reason=NO_LABELS)
    rows = _sequence(sample, target, drift)
    last = None
    for n in rows:
        if sample.p_value(n, target, drift) > 1.0 - confidence:
            break
        last = n
    if last is not None:
        return _described(
            replace(asked, threshold=float(sample.probability[last - 1]), more_labels=0), sample, last
        )
    return _refused(asked, sample, rows)


def drift_of(
    probability: Sequence[Floats], truth: Sequence[Floats], *, at_least: float, least: float = DRIFT
) -> float:
    """The standard deviation with which tags' precision moves from cutoff to cutoff, never below `least`.

    For each cutoff there are probabilities and truths `(n, n_tags)`. How far the precision above `at_least` lies from
    the mean probability there, beyond what chance explains, is drift (method of moments; DerSimonian and Laird, 1986).
    """
    away, weight = [], []
    for P, Y in zip(probability, truth, strict=True):
        for p, y in zip(P.T, Y.T, strict=True):
            chosen = (p >= at_least) & ~np.isnan(y)
            if chosen.sum() >= LEAST_FOR_DRIFT:
                expected = float(np.clip(p[chosen].mean(), 0.01, 0.99))
                away.append(float(y[chosen].mean()) - expected)
                weight.append(float(chosen.sum()) / (expected * (1.0 - expected)))
    if len(away) < 2:  # noqa: PLR2004 (nothing to compare)
        return least
    a, w = np.array(away), np.array(weight)
    excess = (w * a**2).sum() - len(a)
    return max(least, float(np.sqrt(max(0.0, excess) / (w.sum() - (w**2).sum() / w.sum()))))


def _sequence(sample: Ranked, target: float, drift: float) -> list[int]:
    """Numbers of rows from the strongest case downwards, going by the probabilities and not by what came true."""
    counts: list[int] = []
    n = 0
    while n < len(sample.truth):
        n = min(max(FIRST_ROWS, int(np.ceil(n * ROWS_STEP))), len(sample.truth))
        n = sample.rows_at(n)
        counts.append(n)
    expected = [float(sample.probability[:n].mean()) for n in counts]
    customers = [len(np.unique(sample.customer[:n])) for n in counts]
    cases = [p_value(share * m, m, target, drift) for share, m in zip(expected, customers, strict=True)]
    return counts[int(np.argmin(cases)) :]


def _refused(asked: Certification, sample: Ranked, rows: Sequence[int]) -> Certification:
    """Why no threshold is certified, told of the one that needs the fewest more labels."""
    least = _labels_needed(1.0, asked)
    if least is None or asked.positives < least:
        few = least is not None
        more = None if least is None else max(1, least - asked.positives)
        return _described(
            replace(asked, reason=TOO_FEW_POSITIVES if few else OUT_OF_REACH, more_labels=more),
            sample,
            rows[0],
        )
    wanted = [(more, n) for n in rows if (more := _more(asked, sample, n)) is not None and more > 0]
    if not wanted:
        return _described(replace(asked, reason=OUT_OF_REACH), sample, rows[0])
    more, n = min(wanted)
    return _described(replace(asked, reason=TOO_FEW_LABELS, more_labels=more), sample, n)


def _more(asked: Certification, sample: Ranked, n: int) -> int | None:
    """How many more rows above that threshold would certify it if precision and design effect stay what they are.

    Not above 0 where it would have passed, had a stricter one not failed before.
    """
    needed = _labels_needed(sample.precision(n), asked)
    return None if needed is None else int(np.ceil(needed * n / sample.effective(n))) - n


def _labels_needed(precision: float, asked: Certification) -> int | None:
    """The fewest independent rows of that precision that certify the target; None if no number does."""

    def passes(n: int) -> bool:
        return p_value(precision * n, n, asked.target, asked.drift) <= 1.0 - asked.confidence

    if asked.target >= 1.0 or not passes(MOST_LABELS):
        return None
    low, high = 0, MOST_LABELS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high


def _described(found: Certification, sample: Ranked, n: int) -> Certification:
    return replace(
        found,
        n=n,
        customers=len(np.unique(sample.customer[:n])),
        correct=int(sample.truth[:n].sum()),
        precision_low=sample.low(n, found.confidence, found.drift),
        coverage=sample.coverage(n),
    )
