"""A report on all tags at one instant, and the same as plain values for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core.language import Text
from tags.report.completeness import Completeness
from tags.report.quality import TagQuality
from tags.report.windows import Window


@dataclass(frozen=True)
class Report:
    """What was found.

    Attributes:
        as_of: The instant whose profiles were looked at.
        taxonomy: The version of the tags.
        customers: Everybody.
        windows: The periods of the past in which it showed what tags told.
        tags: Every tag that customers can carry, in the taxonomy's order.
        completeness: What the tags leave out.
    """

    as_of: datetime
    taxonomy: str
    customers: int
    windows: Sequence[Window]
    tags: Sequence[TagQuality]
    completeness: Completeness

    def as_json(self) -> dict[str, Any]:
        """Plain values; texts in both languages, instants in ISO 8601."""
        return {
            "as_of": self.as_of.isoformat(),
            "taxonomy": self.taxonomy,
            "customers": self.customers,
            "windows": _plain([asdict(window) for window in self.windows]),
            "tags": [quality_as_json(one) for one in self.tags],
            "completeness": _plain_parts(self.completeness),
        }


def quality_as_json(quality: TagQuality) -> dict[str, Any]:
    """One tag as plain values."""
    figures = quality.figures
    found = _plain_parts(figures)
    found["use"]["total"] = figures.use.total
    advice = quality.recommendation
    return {
        **found,
        "recommendation": {
            "advice": advice.advice.value,
            "reason": advice.reason.in_each(),
            "other": advice.other,
        },
    }


def _plain_parts(value: object) -> Any:
    """A dataclass with texts inside as plain values."""
    fields: Mapping[str, Any] = vars(value)
    return {name: _plain(part) for name, part in fields.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return value.in_each()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return _plain_parts(value)
    return value
