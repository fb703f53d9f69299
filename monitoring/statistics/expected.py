"""What calibrated probabilities say of themselves: the precision and the ranking that are to be expected of them.

Confidence-based performance estimation: where probabilities are calibrated, every one of them says how often it is
right, so quality is known before any outcome is (Guillory et al., ICCV 2021; NannyML's CBPE is the same). What it
cannot see is that customers with the same features begin to act otherwise; outcomes alone tell that.
"""

import numpy as np

from monitoring.statistics.rows import Floats


def precision_parts(p: Floats, is_applied: Floats) -> Floats:
    """Each customer's part `(n,)` in the expected precision where a tag is applied, which is their mean.

    Parts are those of the ratio's linear form (the delta method); NaN without anybody.

    >>> precision_parts(np.array([0.9, 0.8, 0.1]), np.array([1.0, 1.0, 0.0])).mean().round(3)
    np.float64(0.85)
    """
    share = is_applied.mean()
    if not share:
        return np.full(len(p), np.nan)
    precision = float((p * is_applied).mean() / share)
    out: Floats = precision + is_applied * (p - precision) / share
    return out


def auc_parts(p: Floats) -> Floats:
    """Each customer's part `(n,)` in the expected area under the ROC curve, which is their mean; NaN is left out.

    Of two customers drawn at random, one who will and one who will not, how likely the first is ranked higher, each
    pair weighted by how likely it is such a pair.

    >>> auc_parts(np.array([0.99, 0.98, 0.02, 0.01])).mean().round(3), auc_parts(np.array([0.3, 0.3])).mean()
    (np.float64(0.988), np.float64(0.5))
    """
    order = np.argsort(p, kind="stable")
    ranked = p[order]
    first, end = ranked.searchsorted(ranked, side="left"), ranked.searchsorted(ranked, side="right")
    will = np.concatenate([[0.0], ranked.cumsum()])
    will_not = np.concatenate([[0.0], (1.0 - ranked).cumsum()])
    positives, negatives = will[-1], will_not[-1]
    if positives <= 0.0 or negatives <= 0.0:
        return np.full(len(p), np.nan)
    below = (will_not[first] + will_not[end]) / 2.0  # of equal ones a pair counts half
    above = positives - (will[first] + will[end]) / 2.0
    auc = float((ranked * below).sum() / (positives * negatives))
    pull = (
        ranked * (below / negatives - auc) / positives
        + (1.0 - ranked) * (above / positives - auc) / negatives
    )
    out = np.empty(len(p))
    out[order] = auc + len(p) * pull
    return out


def precision_error(p: Floats, is_applied: Floats, drift: float) -> float:
    """The standard error with which the realised precision lies around the expected one.

    Customers turn out one way or the other, and a month may be better or worse than the one that calibrated.
    """
    n = is_applied.sum()
    return float(np.sqrt((p * (1.0 - p) * is_applied).sum() / n**2 + drift**2)) if n else float("nan")


def auc_error(p: Floats, auc: float) -> float:
    """The same of the area under the ROC curve (Hanley and McNeil, Radiology 1982)."""
    m, n = p.sum(), (1.0 - p).sum()
    if min(m, n) <= 1.0:
        return float("nan")
    one, two = auc / (2.0 - auc), 2.0 * auc**2 / (1.0 + auc)
    variance = auc * (1.0 - auc) + (m - 1.0) * (one - auc**2) + (n - 1.0) * (two - auc**2)
    return float(np.sqrt(max(variance, 0.0) / (m * n)))
