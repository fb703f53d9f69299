"""What a tag is worth, as callers get it."""

from datetime import datetime

from pydantic import Field

from serving.api.fields import Answer, Names


class EstimateAnswer(Answer):
    """A figure with the ends of its 95% interval."""

    value: float
    low: float
    high: float


class CoverageAnswer(Answer):
    """Who carries the tag."""

    customers: int = Field(examples=[214])
    share: float = Field(description="of all customers, from 0 to 1", examples=[0.09])
    by_source: dict[str, int] = Field(
        description="how many by who says so: person, import, rule, trigger, model"
    )


class PrecisionAnswer(Answer):
    """How often the tag came true of those who carried it."""

    estimate: EstimateAnswer
    n: int = Field(description="customers and instants that it was seen of")
    basis: str = Field(
        description="kept: profiles as they were; certificate: held-back outcomes; audit: people, of a draw"
    )
    target: float = Field(examples=[0.8])
    base_rate: float | None = Field(description="the same of all customers; null where it is not known")


class WeightAnswer(Answer):
    """What the tag told about the time after it."""

    basis: str = Field(
        description="kept: profiles as they were; recomputed: today's rule, asked of what was known then"
    )
    carriers: int = Field(description="in the past, summed over the periods")
    purchase: EstimateAnswer | None = Field(description="information value for who buys at all")
    spend: EstimateAnswer | None = Field(
        description="information value for who is of the fifth that spends most"
    )
    purchase_lift: EstimateAnswer | None = Field(description="rate of buyers among carriers over that of all")
    spend_lift: EstimateAnswer | None = Field(description="mean spend of carriers over that of all")


class TwinAnswer(Answer):
    """Another tag on the same customers."""

    tag: str
    both: int = Field(description="who carry both")
    jaccard: float = Field(description="their share of those who carry either")
    contained: float = Field(description="their share of this tag's carriers")
    mutual_information: float = Field(description="how much one tells of the other, from 0 to 1")


class MomentAnswer(Answer):
    """The tag at one instant."""

    at: datetime
    share: float = Field(description="of all customers, from 0 to 1")
    customers: int
    stayed: float | None = Field(
        description="of those who carried it a period before the share that still does"
    )


class StabilityAnswer(Answer):
    """How the tag moved."""

    basis: str | None
    moments: list[MomentAnswer]
    moved: float | None = Field(description="the largest factor from one moment to the next")


class AgeAnswer(Answer):
    """For how long it has been carried."""

    median_days: float
    oldest_days: float = Field(description="what the oldest tenth has at least")


class UseAnswer(Answer):
    """Who needs the tag."""

    answers: dict[str, int] = Field(description="how many answers named it: found, shown, sent")
    counted_days: int = Field(description="on how many days they were counted")
    needed_by: list[str] = Field(description="tags whose rules read it")
    total: int


class AuditAnswer(Answer):
    """What reviewers say of suggestions that were drawn at random, whatever became of them."""

    n: int = Field(description="how many they decided")
    applied_n: int = Field(description="how many of these had been applied")
    applied: EstimateAnswer | None = Field(description="how often the tag fits of those it is applied to")
    suggested: EstimateAnswer | None = Field(description="the same of everybody it is suggested of")
    outcomes_n: int = Field(description="of how many the outcome is known too")
    agrees_with_outcomes: EstimateAnswer | None = Field(
        description="how often people say what then turned out"
    )


class AdviceAnswer(Answer):
    """What to do with the tag."""

    advice: str = Field(description="keep, merge, redefine or retire", examples=["keep"])
    reason: Names
    other: str | None = Field(description="the tag to merge it with")


class QualityAnswer(Answer):
    """What a tag is worth, and what to do about it."""

    as_of: datetime = Field(description="when the report was made that this is of")
    tag: str = Field(examples=["coffee"])
    coverage: CoverageAnswer
    precision: PrecisionAnswer | None = Field(description="null of a tag without an outcome, or nobody's yet")
    weight: WeightAnswer | None = Field(description="null where too little is known of who carried it before")
    twins: list[TwinAnswer]
    stability: StabilityAnswer
    age: AgeAnswer | None
    use: UseAnswer
    audit: AuditAnswer | None = Field(
        default=None, description="null where nothing of it was drawn and decided in the last 90 days"
    )
    recommendation: AdviceAnswer
