"""What the report says of one tag, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.language import Text
from tags.report.estimate import Estimate


class Basis(StrEnum):
    """From what it is known who carried a tag at a past instant."""

    KEPT = "kept"  # the profiles as they were then
    RECOMPUTED = "recomputed"  # today's rule, asked of what was known then
    CERTIFICATE = "certificate"  # held-back outcomes, when the tag was last certified
    AUDIT = "audit"  # a random draw of what was suggested, decided by people


class Advice(StrEnum):
    """What to do with a tag."""

    KEEP = "keep"
    MERGE = "merge"
    REDEFINE = "redefine"
    RETIRE = "retire"


@dataclass(frozen=True)
class Recommendation:
    """What to do, why, and with which tag if it is to be merged."""

    advice: Advice
    reason: Text
    other: str | None = None


@dataclass(frozen=True)
class Coverage:
    """Who carries it now.

    Attributes:
        customers: How many.
        share: Of all customers.
        by_source: How many by who says so.
    """

    customers: int
    share: float
    by_source: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Precision:
    """How often it came true of those who carried it; over `n` customers and instants."""

    estimate: Estimate
    n: int
    basis: Basis
    target: float
    base_rate: float | None = None


@dataclass(frozen=True)
class Weight:
    """What the tag told about the time after it, over all windows.

    Attributes:
        basis: From what it is known who carried it.
        carriers: How many carried it, summed over the windows.
        purchase: Information value for buying at all.
        spend: Information value for being among the fifth that spends most.
        purchase_lift: The rate of buyers among carriers over that of all customers.
        spend_lift: The mean spend of carriers over that of all customers.
    """

    basis: Basis
    carriers: int
    purchase: Estimate | None
    spend: Estimate | None
    purchase_lift: Estimate | None
    spend_lift: Estimate | None


@dataclass(frozen=True)
class Twin:
    """Another tag on the same customers; see `redundancy.Overlap`."""

    tag: str
    both: int
    jaccard: float
    contained: float
    mutual_information: float


@dataclass(frozen=True)
class Moment:
    """The share of customers who carried it at an instant, and of those who carried it before the share that stayed."""

    at: datetime
    share: float
    customers: int
    stayed: float | None


@dataclass(frozen=True)
class Stability:
    """How it moved over the windows and until now; `moved` is the largest factor between neighbours."""

    basis: Basis | None
    moments: Sequence[Moment]
    moved: float | None


@dataclass(frozen=True)
class Age:
    """For how many days customers have carried it without a break: the median and the oldest tenth's least."""

    median_days: float
    oldest_days: float


@dataclass(frozen=True)
class Use:
    """Who needs it: answers that named it, by way of asking, and the tags whose rules read it."""

    answers: Mapping[str, int]
    counted_days: int
    needed_by: Sequence[str]

    @property
    def total(self) -> int:
        """Answers that named it, whatever the way."""
        return sum(self.answers.values())


@dataclass(frozen=True)
class Audited:
    """What people say of suggestions that were drawn at random, whatever became of them.

    Attributes:
        n: How many they decided.
        applied_n: How many of these had been applied.
        applied: How often it fits of those to whom it is applied.
        suggested: The same of everybody of whom a model suggests it.
        outcomes_n: Of how many the outcome is known too.
        agrees_with_outcomes: How often people say what then turned out.
    """

    n: int
    applied_n: int
    applied: Estimate | None
    suggested: Estimate | None
    outcomes_n: int
    agrees_with_outcomes: Estimate | None


@dataclass(frozen=True)
class TagFigures:
    """Everything that is known of one tag."""

    tag: str
    coverage: Coverage
    precision: Precision | None
    weight: Weight | None
    twins: Sequence[Twin]
    stability: Stability
    age: Age | None
    use: Use
    audit: Audited | None = None


@dataclass(frozen=True)
class TagQuality:
    """What is known of a tag, and what to do about it."""

    figures: TagFigures
    recommendation: Recommendation
