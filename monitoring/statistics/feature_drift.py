"""Whether customers look otherwise than those whom the champion learned from, feature by feature.

A feature counts by what the models make of it, and only for what it moved beyond earlier windows and beyond what the
same households do by chance; see `usual`, `contrast` and `many`.
"""

from collections.abc import Sequence

import numpy as np

from core.language import Text
from monitoring.finding import NOBODY, Finding
from monitoring.statistics.columns import Moved, moved
from monitoring.statistics.level import LEAST_CUSTOMERS, alarm_of, level_of_check
from monitoring.statistics.many import adjusted, discoveries, overall, weights_of
from monitoring.statistics.rows import Floats, Sample
from monitoring.statistics.shape import SCORES
from monitoring.thresholds import Thresholds
from monitoring.window import Reference, Window

CHECK = "feature_drift"
AS_USUAL = "{feature}: as usual"

_SAYS = {
    ("place", True): "{feature}: values are higher than at training (shift {shift}, usual up to {usual})",
    ("place", False): "{feature}: values are lower than at training (shift {shift}, usual up to {usual})",
    (
        "spread",
        True,
    ): "{feature}: values lie further apart than at training (shift {shift}, usual up to {usual})",
    (
        "spread",
        False,
    ): "{feature}: values lie closer together than at training (shift {shift}, usual up to {usual})",
    (
        "heap",
        True,
    ): "{feature}: its commonest value is more frequent than at training (shift {shift}, usual up to {usual})",
    (
        "heap",
        False,
    ): "{feature}: its commonest value is rarer than at training (shift {shift}, usual up to {usual})",
    (
        "missing",
        True,
    ): "{feature}: is missing more often than at training (shift {shift}, usual up to {usual})",
    (
        "missing",
        False,
    ): "{feature}: is missing less often than at training (shift {shift}, usual up to {usual})",
}


def feature_drift(
    reference: Reference, past: Sequence[Window], window: Window, thresholds: Thresholds
) -> list[Finding]:
    """First the whole, its value the share of importance that drifted features have; then every feature.

    A feature's value is the shift of the score that moved most surely: of its ranks' mean (a half would mean that
    all customers of the window have more than all of the reference), of their spread, of the share of its commonest
    value or of missing ones.
    """
    before, now = Sample.of(reference.features), Sample.of(window.features)
    if min(len(before), len(now)) < LEAST_CUSTOMERS:
        return [too_few(CHECK, len(now))]
    names = [str(name) for name in reference.features.columns]
    importance = np.asarray(reference.importance.reindex(names).fillna(0.0), dtype=np.float64)
    found = moved(before, now, names, (reference, window), past, lambda one: Sample.of(one.features), CHECK)
    q_values = adjusted(found.p_values, weights_of(importance))
    level = level_of_check(thresholds)
    drifted = discoveries(q_values, level)
    return [
        _whole(importance, drifted, overall(q_values), thresholds),
        *(_of_one(names[place], place, found, q_values, level) for place in range(len(names))),
    ]


def too_few(check: str, n: int) -> Finding:
    """That a window has too few customers for a check."""
    words = Text(
        "Too few customers to tell: {n}, at least {least} are needed", {"n": n, "least": LEAST_CUSTOMERS}
    )
    return Finding(check, NOBODY, float("nan"), words)


def _whole(
    importance: Floats,
    drifted: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    p_value: float,
    thresholds: Thresholds,
) -> Finding:
    share, threshold = float(importance[drifted].sum()), thresholds[CHECK]
    words = Text(
        "{n} of {all} features moved more than is usual; the models go by them for {share}",
        {"n": int(drifted.sum()), "all": len(importance), "share": f"{share:.1%}"},
    )
    return Finding(
        CHECK,
        NOBODY,
        share,
        words,
        warning=threshold.warning,
        critical=threshold.critical,
        p_value=p_value,
        alarm=alarm_of(threshold, share, p_value, level_of_check(thresholds)),
    )


def _of_one(name: str, place: int, found: Moved, q_values: Floats, level: float) -> Finding:
    size, error = float(found.size[place]), float(found.error[place])
    is_drifted = bool(q_values[place] <= level)
    return Finding(
        CHECK,
        name,
        size,
        _words(
            name, SCORES[found.score[place]], size, float(found.is_usual_up_to[place]), is_drifted=is_drifted
        ),
        low=size - 1.96 * error,
        high=size + 1.96 * error,
        p_value=float(q_values[place]),
    )


def _words(name: str, score: str, size: float, usual: float, *, is_drifted: bool) -> Text:
    if not is_drifted:
        return Text(AS_USUAL, {"feature": name})
    return Text(_SAYS[score, size > 0], {"feature": name, "shift": f"{size:+.3f}", "usual": f"{usual:.3f}"})
