"""The types of values in rules, and where a value comes from."""

from dataclasses import dataclass
from enum import StrEnum

from tags.rules.tree import written


class Kind(StrEnum):
    """The type of a value; any value may also be unknown."""

    NUMBER = "number"
    TRUTH = "truth"
    TEXT = "text"
    DAY = "day"


class From(StrEnum):
    """Where an input comes from."""

    FEATURE = "feature"
    BEFORE = "before"
    ATTRIBUTE = "attribute"
    TAG = "tag"
    VALUE = "value"
    CONFIDENCE = "confidence"
    PROBABILITY = "probability"
    SEGMENT = "segment"
    CHURN = "churn"
    TODAY = "today"
    COUNT = "count_of"
    SUM = "sum_of"
    SINCE = "days_since"
    CHANNEL_SHARE = "share_of_channel"
    EVENT = "event"
    PROPERTY = "event.property"
    ABOVE = "above"
    BELOW = "below"
    ABOVE_VALUE = "above_value"
    BELOW_VALUE = "below_value"
    ABOVE_CONFIDENCE = "above_confidence"
    BELOW_CONFIDENCE = "below_confidence"
    PILOT = "pilot"


COUNTED = (From.COUNT, From.SUM, From.SINCE, From.CHANNEL_SHARE)
"""Worked out from the events themselves, beside the kernel."""


@dataclass(frozen=True)
class Input:
    """One column of what rules read.

    Attributes:
        source: Where it comes from.
        key: Which one: a feature's column, an attribute's or tag's key, an event type or role, a field.
        days: Of what is counted, how many local days back; None for all known history.
        kind: The type of its values.
    """

    source: From
    key: str = ""
    days: int | None = None
    kind: Kind = Kind.NUMBER

    def __str__(self) -> str:
        match self.source:
            case From.FEATURE:
                return written(self.key)
            case From.SEGMENT | From.CHURN | From.TODAY:
                return self.source.value
            case From.COUNT | From.SUM | From.SINCE | From.CHANNEL_SHARE | From.PROPERTY:
                days = "" if self.days is None else f", {self.days}"
                return f"{self.source.value}('{self.key}'{days})"
            case From.ABOVE | From.BELOW:
                return f"tag.{self.key}"
        return written(f"{self.source.value}.{self.key}")


@dataclass(frozen=True)
class Threshold:
    """A quantile over the shop's own customers, named by the text of its expression."""

    expression: str
    share: float

    def __str__(self) -> str:
        of, _, among = self.expression.partition(WHERE)
        return f"quantile({of}, {self.share}{', ' if among else ''}{among})"


WHERE = " where "
"""Stands between an expression and who counts, in the name of a quantile."""
