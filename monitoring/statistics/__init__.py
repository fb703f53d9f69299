"""What changed, and whether it is more than chance and season: pure functions of reference, earlier windows, window."""

from monitoring.statistics.cbpe import cbpe
from monitoring.statistics.feature_drift import feature_drift
from monitoring.statistics.prediction_drift import prediction_drift
from monitoring.statistics.promise import promise
from monitoring.statistics.segment_drift import segment_drift
from monitoring.statistics.tag_drift import tag_drift

__all__ = ["cbpe", "feature_drift", "prediction_drift", "promise", "segment_drift", "tag_drift"]
