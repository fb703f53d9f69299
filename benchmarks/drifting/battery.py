"""All checks of a window together, as monitoring runs them."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from monitoring.finding import Finding
from monitoring.statistics import cbpe, feature_drift, prediction_drift, segment_drift, tag_drift
from monitoring.thresholds import Thresholds
from monitoring.window import Reference, Window

Check = Callable[[Reference, Sequence[Window], Window, Thresholds], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "features": feature_drift,
        "predictions": prediction_drift,
        "tags": tag_drift,
        "segments": segment_drift,
        "cbpe": cbpe,
    }
)


def alarms(
    reference: Reference, past: Sequence[Window], window: Window, thresholds: Thresholds
) -> dict[str, bool]:
    """Which of the checks raise an alarm, warning or more."""
    return {
        name: any(one.alarm for one in check(reference, past, window, thresholds))
        for name, check in CHECKS.items()
    }
