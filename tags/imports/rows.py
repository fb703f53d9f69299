"""What one row of an import says, as it was read, and as it is understood."""

from datetime import datetime
from typing import NamedTuple

from core.language import Text


class Row(NamedTuple):
    """One word of a file or a call on one tag of one customer, as it was read.

    Attributes:
        line: Its place in the file or call, from 1; a wide row says several words at one line.
        cell: The tag's value, or yes or no; None where the row only names the tag.
        wrong: The code of `tags.imports.refusals.REASONS` and what is to blame, where the row cannot be read.
    """

    line: int
    customer_id: str | None
    tag: str | None
    cell: str | None = None
    confidence: float | None = None
    until: datetime | None = None
    wrong: tuple[str, str] | None = None


class Statement(NamedTuple):
    """One word that can be applied: the tag's key, whether it fits, and what else the row says."""

    line: int
    customer_id: str
    tag: str
    carries: bool
    value: str | None
    confidence: float | None
    until: datetime

    @property
    def content(self) -> "Content":
        """What it says of its customer and tag."""
        return self.carries, self.value, self.confidence, self.until


Content = tuple[bool, str | None, float | None, datetime]


class Outcome(NamedTuple):
    """What became of one row: applied, repeated, held or refused; `reason` is a code, `why` its words."""

    line: int
    customer_id: str | None
    tag: str | None
    outcome: str
    reason: str | None = None
    why: Text | None = None


APPLIED, REPEATED, HELD, REFUSED = "applied", "repeated", "held", "refused"
OUTCOMES = (APPLIED, REPEATED, HELD, REFUSED)
