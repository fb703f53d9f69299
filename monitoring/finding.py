"""One thing that was checked: the figure, how it is known, from where on it alarms, and what it says in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from core.language import Text

Alarm = Literal["warning", "critical"]
WARNING: Alarm = "warning"
CRITICAL: Alarm = "critical"

NOBODY = ""
"""The subject of a finding that is about no tag, feature or segment in particular."""


@dataclass(frozen=True)
class Finding:
    """What one check found of one subject in one window.

    Attributes:
        check: The kind of check, such as `feature_drift` or `promise`.
        subject: The feature, tag, segment or source that it is about; empty for the whole.
        value: The figure.
        low: Where its interval begins; None without one.
        high: Where its interval ends.
        warning: From where on it warns; None for what never alarms.
        critical: From where on somebody has to act.
        p_value: Of the test, if it is one.
        alarm: None where nothing is wrong.
        words: What it says to people, in a sentence.
    """

    check: str
    subject: str
    value: float
    words: Text
    low: float | None = None
    high: float | None = None
    warning: float | None = None
    critical: float | None = None
    p_value: float | None = None
    alarm: Alarm | None = None


def worst(findings: Sequence[Finding]) -> Literal["ok", "warning", "critical"]:
    """The status of all of them together.

    >>> worst([]), worst([Finding("parity", "", 1.0, Text("x"), alarm="warning")])
    ('ok', 'warning')
    """
    alarms = {one.alarm for one in findings}
    if CRITICAL in alarms:
        return CRITICAL
    return WARNING if WARNING in alarms else "ok"


def text_as_json(text: Text) -> dict[str, Any]:
    """A text as it is stored: its message and values, so that it can be said in any language later."""
    return {"message": text.message, "values": {name: _plain(value) for name, value in text.values.items()}}


def text_of(stored: Mapping[str, Any]) -> Text:
    """The text that `text_as_json` made plain."""
    return Text(stored["message"], stored["values"])


def _plain(value: object) -> object:
    """A value that JSON knows: NumPy's numbers as Python's, anything else as it is shown."""
    if value is None or isinstance(value, str | int | float):
        return value
    item = getattr(value, "item", None)
    return item() if callable(item) else str(value)
