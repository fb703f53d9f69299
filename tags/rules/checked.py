"""A rule that makes sense, and what it needs."""

from dataclasses import dataclass

from tags.rules.kinds import From, Input, Kind, Threshold
from tags.rules.steps import Step
from tags.rules.tree import Expression


@dataclass(frozen=True)
class Checked:
    """A rule that makes sense.

    Attributes:
        expression: What was checked.
        step: What it comes to.
        reads: The inputs that it needs, as they first occur.
        thresholds: The quantiles that it needs.
        divisors: What it divides by.
    """

    expression: Expression
    step: Step
    reads: tuple[Input, ...] = ()
    thresholds: tuple["Taken", ...] = ()
    divisors: tuple[Step, ...] = ()

    @property
    def kind(self) -> Kind:
        """The type of what it gives."""
        return self.step.kind

    @property
    def tags(self) -> tuple[str, ...]:
        """Keys of the tags that it depends on: whether carried, with which value or how surely."""
        return tuple(dict.fromkeys(one.key for one in self.reads if one.source in OF_TAGS))


@dataclass(frozen=True)
class Taken:
    """A quantile to be taken: over which values, and of whom (None: of everybody whose value is known)."""

    threshold: Threshold
    of: Checked
    among: Checked | None = None


OF_TAGS = (From.TAG, From.VALUE, From.CONFIDENCE)
"""What depends on who carries a tag."""
