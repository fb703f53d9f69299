"""From where on a figure speaks against a tag."""

from core.language import Text
from models.card import Bullets, Section
from serving.tag_report.cells import both
from tags.report import thresholds
from tags.report.thresholds import Threshold

_THRESHOLDS: tuple[Threshold, ...] = (
    thresholds.TOO_WIDE,
    thresholds.TOO_NARROW,
    thresholds.LEAST_CARRIERS,
    thresholds.NO_INFORMATION,
    thresholds.NO_LIFT,
    thresholds.ALIKE,
    thresholds.UNSTABLE,
    thresholds.UNUSED_DAYS,
)


def limits_section() -> Section:
    """From where on a figure speaks against a tag."""
    items = [
        Text("{value}: {meaning}", {"value": f"{one.value:g}", "meaning": both(one.meaning)})
        for one in _THRESHOLDS
    ]
    return Section("limits", Text("Where the limits lie"), [Bullets(items)])
