"""Whether customers move between segments, and whether many are like none of them."""

from collections.abc import Sequence

import numpy as np

from core.language import Text
from monitoring.finding import Finding
from monitoring.statistics.feature_drift import too_few
from monitoring.statistics.level import LEAST_CUSTOMERS, alarm_of, level_of_check
from monitoring.statistics.many import overall
from monitoring.statistics.rows import Floats, Sample
from monitoring.statistics.shares import changed
from monitoring.statistics.tag_drift import whole
from monitoring.thresholds import Thresholds
from monitoring.window import Reference, Window

CHECK, FAR = "segment_drift", "far_from_segments"
FAR_SHARE = 0.05
"""Far is what lies farther from the nearest centre than all but so many did at training."""


def segment_drift(
    reference: Reference, past: Sequence[Window], window: Window, thresholds: Thresholds
) -> list[Finding]:
    """The whole, the share of each segment, the share of customers far from every centre, and how many moved.

    Values are differences of shares; of `moved`, which is told without a test, the share of customers in both that
    stand in another segment now.
    """
    keys = sorted(str(key) for key in reference.segments.dropna().unique())
    n = int(window.segments.notna().sum())
    if not keys or min(n, int(reference.segments.notna().sum())) < LEAST_CUSTOMERS:
        return [too_few(CHECK, n)]
    limit = float(np.nanquantile(reference.distances.to_numpy(dtype=np.float64), 1.0 - FAR_SHARE))
    found = changed(reference, past, window, lambda of: _shares(of, keys, limit), CHECK)
    level = level_of_check(thresholds)
    of_each = []
    for place, key in enumerate([*keys, FAR]):
        threshold = thresholds[FAR if key == FAR else CHECK]
        size, q_value = float(found.contrast.difference[place]), float(found.q_values[place])
        grows = key != FAR or size > 0  # customers closer to their segments are no reason to worry
        message = (
            "{now} of customers are far from every segment, {before} at training"
            if key == FAR
            else "{segment}: {now} of customers, {before} at training"
        )
        values = {"segment": key, "now": f"{found.now[place]:.1%}", "before": f"{found.before[place]:.1%}"}
        of_each.append(
            Finding(
                FAR if key == FAR else CHECK,
                "" if key == FAR else key,
                size,
                Text(message, values),
                low=size - 1.96 * float(found.contrast.error[place]),
                high=size + 1.96 * float(found.contrast.error[place]),
                warning=threshold.warning,
                critical=threshold.critical,
                p_value=q_value,
                alarm=alarm_of(threshold, size, q_value, level) if grows else None,
            )
        )
    message = "{n} of {all} shares of segments changed more than is usual"
    return [whole(CHECK, message, of_each, overall(found.q_values)), *of_each, *_moved(reference, window)]


def _shares(window: Window, keys: Sequence[str], limit: float) -> tuple[Floats, Sample]:
    frame = window.segments.to_frame("segment").assign(distance=window.distances)
    sample = Sample.of(frame[frame["segment"].notna()])
    segment = sample.texts("segment")
    parts = [*(segment == key for key in keys), sample.values("distance") > limit]
    return np.column_stack(parts).astype(np.float64), sample


def _moved(reference: Reference, window: Window) -> list[Finding]:
    """How many of the customers in both stand in another segment."""
    before, now = (
        one.segments[~one.segments.index.duplicated(keep="last")].dropna() for one in (reference, window)
    )
    both = before.index.intersection(now.index)
    if len(both) < LEAST_CUSTOMERS:
        return []
    share = float((before[both].to_numpy() != now[both].to_numpy()).mean())
    words = Text(
        "{share} of {n} customers stand in another segment than at training",
        {"share": f"{share:.1%}", "n": len(both)},
    )
    return [Finding(CHECK, "moved", share, words)]
