"""What people call each check, and what its figure is."""

from collections.abc import Mapping
from types import MappingProxyType

from core.language import Text

CHECKS: Mapping[str, Text] = MappingProxyType(
    {
        "promise": Text("Promises"),
        "parity": Text("Served features against the lake"),
        "volume": Text("Volume of events"),
        "missing_values": Text("Missing values"),
        "new_categories": Text("New channels and types"),
        "lost_categories": Text("Lost categories"),
        "amounts": Text("Size of amounts"),
        "delay_hours": Text("Delay of events"),
        "repeated": Text("Repeated events"),
        "from_the_future": Text("Events from the future"),
        "feature_drift": Text("Features"),
        "prediction_drift": Text("Predictions"),
        "tag_rate": Text("Shares of tags"),
        "tag_pairs": Text("Tags together"),
        "segment_drift": Text("Segments"),
        "far_from_segments": Text("Far from every segment"),
        "cbpe": Text("Expected precision"),
        "cbpe_auc": Text("Expected ranking"),
    }
)
"""In the order in which they are shown: what matters most first."""

STATUS: Mapping[str, Text] = MappingProxyType(
    {"ok": Text("Fine"), "warning": Text("Watch"), "critical": Text("Critical")}
)
ACT = Text("Retrain")


def name_of(check: str) -> Text:
    """The name of a check; of one without a name its key."""
    return CHECKS.get(check) or Text("{check}", {"check": check})
