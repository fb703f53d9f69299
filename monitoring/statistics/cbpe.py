"""How good tags and churn are expected to be in a window, before any outcome is known; see `expected`."""

from collections.abc import Callable, Sequence

import numpy as np

from core.language import Text
from models.certification import DRIFT
from monitoring.finding import Finding
from monitoring.statistics.expected import auc_error, auc_parts, precision_error, precision_parts
from monitoring.statistics.feature_drift import too_few
from monitoring.statistics.level import LEAST_CUSTOMERS, alarm_of, level_of_check
from monitoring.statistics.many import overall
from monitoring.statistics.prediction_drift import CHURN, predictions
from monitoring.statistics.rows import Floats, Sample
from monitoring.statistics.shares import Changed, changed
from monitoring.statistics.tag_drift import whole
from monitoring.thresholds import Thresholds
from monitoring.window import APPLY, Reference, Window

CHECK, RANKING = "cbpe", "cbpe_auc"
THRESHOLD = "expected_loss"


def cbpe(
    reference: Reference, past: Sequence[Window], window: Window, thresholds: Thresholds
) -> list[Finding]:
    """The whole; of `cbpe` the expected precision of each promised tag where it is applied; of `cbpe_auc` all rankings.

    Values are the expected figures, their intervals where the realised ones will lie 19 times in 20. An alarm is for
    what a figure lost against training, beyond what is usual. `cbpe` of `churn` is its expected area under the curve.
    """
    tags = [str(name) for name in reference.probabilities.columns if name in window.probabilities]
    applied = [
        tag for tag in tags if min(_applied(one, tag) for one in (reference, window)) >= LEAST_CUSTOMERS
    ]
    has_churn = reference.churn is not None and window.churn is not None
    ranked = [*tags, CHURN] if has_churn else tags
    n = window.probabilities.index.nunique()
    if min(n, reference.probabilities.index.nunique()) < LEAST_CUSTOMERS or not ranked:
        return [too_few(CHECK, n)]
    found = changed(
        reference, past, window, lambda of: _parts(of, applied, ranked), CHECK + " ".join(applied)
    )
    level, sample = level_of_check(thresholds), predictions(window)
    decisions = Sample.of(window.decisions)
    of_each = []
    for place, name in enumerate([*applied, *ranked]):
        p = np.nan_to_num(sample.values(name))
        if place < len(applied):
            error = precision_error(p, (decisions.texts(name) == APPLY).astype(np.float64), DRIFT)
        else:
            error = auc_error(p, float(found.now[place]))
        check = CHECK if place < len(applied) or name == CHURN else RANKING
        of_each.append(_told(check, name, place, found, error, thresholds, level))
    message = "{n} of {all} expected figures are worse than at training, more than is usual"
    return [whole(CHECK, message, of_each, overall(found.q_values)), *of_each]


def _applied(window: Window, tag: str) -> int:
    return int((window.decisions[tag] == APPLY).sum())


def _parts(window: Window, applied: Sequence[str], ranked: Sequence[str]) -> tuple[Floats, Sample]:
    sample, decisions = predictions(window), Sample.of(window.decisions)
    parts = [
        precision_parts(np.nan_to_num(sample.values(tag)), (decisions.texts(tag) == APPLY).astype(np.float64))
        for tag in applied
    ]
    parts += [_asked(auc_parts, sample.values(name)) for name in ranked]
    return np.column_stack(parts), sample


def _asked(parts: Callable[[Floats], Floats], p: Floats) -> Floats:
    """Parts over all customers where only some are asked: their mean is that of the asked ones."""
    asked = ~np.isnan(p)
    if asked.all():
        return parts(p)
    found = parts(p[asked])
    mean = float(found.mean()) if len(found) else float("nan")
    out = np.full(len(p), mean)
    out[asked] += (found - mean) * len(p) / max(1, int(asked.sum()))
    return out


def _told(
    check: str, name: str, place: int, found: Changed, error: float, thresholds: Thresholds, level: float
) -> Finding:
    now, before = float(found.now[place]), float(found.before[place])
    loss, q_value = before - now, float(found.q_values[place])
    threshold = thresholds[THRESHOLD]
    is_precision = check == CHECK and name != CHURN
    message = (
        "{tag}: {now} of what is applied is expected to come true, {before} at training"
        if is_precision
        else "{tag}: expected area under the curve {now}, {before} at training"
    )
    form = ".1%" if is_precision else ".3f"
    return Finding(
        check,
        name,
        now,
        Text(message, {"tag": name, "now": format(now, form), "before": format(before, form)}),
        low=max(0.0, now - 1.96 * error),
        high=min(1.0, now + 1.96 * error),
        warning=before - threshold.warning,
        critical=before - threshold.critical,
        p_value=q_value,
        alarm=alarm_of(threshold, loss, q_value, level) if loss > 0 else None,
    )
