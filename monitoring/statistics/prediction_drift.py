"""Whether the models say something else of customers than at training: the probabilities of each tag, and of churn."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.language import Text
from monitoring.finding import NOBODY, Finding
from monitoring.statistics.columns import moved
from monitoring.statistics.feature_drift import too_few
from monitoring.statistics.level import LEAST_CUSTOMERS, alarm_of, level_of_check
from monitoring.statistics.many import adjusted, overall
from monitoring.statistics.rows import Floats, Sample
from monitoring.thresholds import Thresholds
from monitoring.window import Reference, Window

CHECK = "prediction_drift"
CHURN = "churn"


def prediction_drift(
    reference: Reference, past: Sequence[Window], window: Window, thresholds: Thresholds
) -> list[Finding]:
    """First the whole, its value the largest shift of any prediction; then every tag, and churn.

    Shifts are told as those of features are, by ranks; see `feature_drift`.
    """
    before, now = predictions(reference), predictions(window)
    if min(len(before), len(now)) < LEAST_CUSTOMERS:
        return [too_few(CHECK, len(now))]
    names = [str(name) for name in before.columns]
    found = moved(before, now, names, (reference, window), past, predictions, CHECK)
    q_values = adjusted(found.p_values)
    level, threshold = level_of_check(thresholds), thresholds[CHECK]
    of_each = [
        Finding(
            CHECK,
            name,
            float(found.size[place]),
            _words(name, before.values(name), now.values(name), is_drifted=bool(q_values[place] <= level)),
            low=float(found.size[place] - 1.96 * found.error[place]),
            high=float(found.size[place] + 1.96 * found.error[place]),
            warning=threshold.warning,
            critical=threshold.critical,
            p_value=float(q_values[place]),
            alarm=alarm_of(threshold, float(found.size[place]), float(q_values[place]), level),
        )
        for place, name in enumerate(names)
    ]
    return [_whole(of_each, overall(q_values)), *of_each]


def predictions(window: Window) -> Sample:
    """The probabilities of each tag, and of churn where there is a model of it, as columns."""
    frame = window.probabilities
    if window.churn is not None:
        frame = pd.concat([frame, window.churn.rename(CHURN)], axis=1)
    return Sample.of(frame)


def _whole(of_each: Sequence[Finding], p_value: float) -> Finding:
    moved_most = max(of_each, key=lambda one: abs(one.value) if one.alarm else -1.0, default=None)
    alarms = [one for one in of_each if one.alarm]
    words = Text("{n} of {all} predictions moved more than is usual", {"n": len(alarms), "all": len(of_each)})
    return Finding(
        CHECK,
        NOBODY,
        moved_most.value if moved_most and alarms else 0.0,
        words,
        p_value=p_value,
        alarm="critical" if any(one.alarm == "critical" for one in alarms) else "warning" if alarms else None,
    )


def _words(
    name: str,
    before: Floats,
    now: Floats,
    *,
    is_drifted: bool,
) -> Text:
    values = {"tag": name, "before": f"{np.nanmean(before):.1%}", "now": f"{np.nanmean(now):.1%}"}
    if is_drifted:
        return Text(
            "{tag}: predicted {now} on average, {before} at training, more of a change than is usual", values
        )
    return Text("{tag}: predicted {now} on average, {before} at training", values)
