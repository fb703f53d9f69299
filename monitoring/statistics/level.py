"""How sure a check has to be, and what it calls for."""

from monitoring.finding import Alarm
from monitoring.thresholds import Threshold, Thresholds

CHECKS = ("feature_drift", "prediction_drift", "tag_drift", "segment_drift", "cbpe")

LEAST_CUSTOMERS = 50
"""Fewer customers than this tell nothing of a distribution."""


def level_of_check(thresholds: Thresholds) -> float:
    """The chance that one check raises a false alarm in a window: all of `CHECKS` together have the stated one."""
    return thresholds["false_discovery_rate"].warning / len(CHECKS)


def alarm_of(threshold: Threshold, size: float, p_value: float, level: float) -> Alarm | None:
    """What a shift of that size calls for, if it is more than chance."""
    return threshold.alarm(abs(size)) if p_value <= level else None
