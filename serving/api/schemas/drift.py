"""How monitoring finds the world, as callers get it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from serving.api.fields import Answer, Names

Status = Literal["ok", "warning", "critical"]


class WindowAnswer(Answer):
    """A stretch of time whose customers were looked at."""

    began_at: datetime
    ended_at: datetime = Field(description="up to then (exclusive)")
    computed_at: datetime
    release_id: str
    source: str = Field(description="served; or scored, where too little was served", examples=["served"])
    customers: int = Field(description="that were looked at", examples=[2319])
    status: Status
    act: bool = Field(description="whether to retrain, as of this window")


class VerdictAnswer(Answer):
    """Whether to retrain."""

    act: bool
    because: Names


class FindingAnswer(Answer):
    """One thing that was checked."""

    subject: str = Field(
        description="the tag, feature, segment or source; empty for the whole", examples=["coffee"]
    )
    value: float | None
    low: float | None = Field(description="where its interval begins")
    high: float | None = Field(description="where its interval ends")
    warning: float | None = Field(description="from where on it warns")
    critical: float | None = Field(description="from where on somebody has to act")
    p_value: float | None
    alarm: Literal["warning", "critical"] | None
    words: Names


class CheckAnswer(Answer):
    """One kind of check."""

    check: str = Field(examples=["feature_drift"])
    names: Names
    status: Status
    whole: FindingAnswer | None = Field(description="what it says of all subjects together")
    alarms: int = Field(description="how many subjects alarm")
    findings: list[FindingAnswer] = Field(description="those that alarm first; at most twenty")


class IncidentAnswer(Answer):
    """Something that went wrong and lasts."""

    incident_id: str
    check: str
    names: Names
    subject: str
    severity: Literal["warning", "critical"]
    opened_at: datetime
    words: Names


class TagCourseAnswer(Answer):
    """A tag in one window."""

    mean: float | None = Field(description="mean probability")
    applied: int = Field(description="customers to whom it is applied")
    review: int = Field(description="customers of whom a person is asked")
    target: float | None = Field(description="the promised precision; null where nothing is promised")
    estimated: list[float | None] | None = Field(
        description="estimated precision where it is applied, and the ends of its interval"
    )
    realised: list[float] | None = Field(
        description="realised precision, the ends of its interval, and how many customers it is of"
    )


class ChurnCourseAnswer(Answer):
    """The churn model in one window."""

    mean: float | None = Field(description="mean risk")
    estimated: list[float | None] | None = Field(
        description="expected area under the ROC curve, and the ends of its interval"
    )
    realised: float | None = Field(description="the realised one")


class ReviewLoadAnswer(Answer):
    """What was asked of reviewers in one window."""

    asked: int
    decided: int


class CourseAnswer(Answer):
    """What is drawn over time."""

    tags: dict[str, TagCourseAnswer]
    churn: ChurnCourseAnswer
    features: float | None = Field(description="share of what the models go by that moved")
    importance: dict[str, float] = Field(description="of the features that the models go by most")
    events: dict[str, int] = Field(description="by source")
    population: int = Field(description="customers that those looked at are a sample of")
    calibration: list[list[float]] | None = Field(
        description="by bin: mean probability, share that came true, labels; null until outcomes are known"
    )
    review: ReviewLoadAnswer | None


class WindowCourseAnswer(WindowAnswer):
    """A window with its course."""

    course: CourseAnswer


class DriftAnswer(Answer):
    """Is the world still the one that the models learned from?"""

    window: WindowAnswer | None = Field(description="the latest; null before anything was looked at")
    verdict: VerdictAnswer | None
    promotion_blocked_because: Names | None = Field(
        description="served features that come out otherwise from the lake block a promotion"
    )
    checks: list[CheckAnswer] = Field(description="of the latest window, what matters most first")
    incidents: list[IncidentAnswer]
    windows: list[WindowCourseAnswer] = Field(description="the latest twelve, oldest first")
    estimator_error: float | None = Field(
        description="how far estimated precisions lay from the realised ones, in the mean"
    )
