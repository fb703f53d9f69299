"""Tasks of reviewers, and what they say to them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from serving.api.fields import Answer, Body, Identifier, Names, Prose, WithoutFraction
from serving.api.schemas.customers import KeyFigure
from serving.api.schemas.reasons import ToldReason

MOST_DECISIONS = 100
MOST_TASKS = 50
A_DAY_MS = 86_400_000


class ToLearn(Answer):
    """How far people are with a tag that no model knows yet."""

    accepted: int = Field(description="customers whom people said it fits", examples=[7])
    rejected: int = Field(description="customers whom people said it does not fit", examples=[12])
    needed: int = Field(description="how many of each a model needs", examples=[10])


class TaskTag(Answer):
    """What is asked."""

    key: str = Field(description="the tag", examples=["coffee"])
    names: Names
    definition: Names
    target_precision: float = Field(description="how often it has to be right to be applied without a person")
    is_certified: bool = Field(description="whether it is")
    labels_to_certify: int | None = Field(
        description="how many more reviewed customers would probably certify it; null where it is certified or "
        "nothing is known"
    )
    to_learn: ToLearn | None = Field(default=None, description="null where a model knows the tag")


class TaskAttribute(Answer):
    """A fact about the customer; what could find or reach a person is left out."""

    key: str = Field(examples=["age"])
    names: Names
    value: str = Field(examples=["35-44"])


class TaskGoods(Answer):
    """A group of goods."""

    key: str = Field(examples=["coffee"])
    names: Names
    purchases: int = Field(description="purchase lines in the 84 days before")


class TaskCustomer(Answer):
    """Whom it is asked of."""

    customer_id: str = Field(examples=["1"])
    attributes: list[TaskAttribute]
    figures: list[KeyFigure] = Field(default=[], description="the figures that describe the customer best")
    bought: list[TaskGoods] = Field(default=[], description="what they bought most often, the most first")


class TimelineDay(Answer):
    """One day with events."""

    day: date
    orders: int = Field(description="orders begun")
    lines: int = Field(description="purchase lines")
    amount: float = Field(description="amount paid")
    of_tag: int = Field(description="purchase lines of what the tag is about")
    others: dict[str, int] = Field(description="other events, by type")


class Timeline(Answer):
    """The customer's last half year; days without events are left out."""

    from_: date = Field(alias="from")
    until: date
    days: list[TimelineDay]


class TaskSuggestion(Answer):
    """What the models say."""

    confidence: float
    decision: Literal["apply", "review", "withhold"]
    model: str = Field(examples=["interest/7"])
    reasons: list[ToldReason]


class ReviewTask(Answer):
    """One customer and one tag."""

    task_id: str = Field(examples=["task_0f3a9c51d2b84e6677aa01bc"])
    leased_until: datetime = Field(description="until when nobody else is given this task")
    as_of: datetime = Field(description="the instant that is asked about; nothing later is shown")
    is_blind: bool = Field(description="whether the suggestion is hidden until the task is decided")
    tag: TaskTag
    customer: TaskCustomer
    timeline: Timeline | None = None
    suggestion: TaskSuggestion | None = Field(
        description="null where it is hidden, and where no model knows the tag yet"
    )


class NextAnswer(Answer):
    """The reviewer's next tasks."""

    reviewer: str = Field(description="the name of the key", examples=["lin"])
    tasks: list[ReviewTask] = Field(
        description="in the order in which to decide them; empty when all is done"
    )


class ReviewDecision(Body):
    """What a reviewer says to a task."""

    decision_id: Identifier = Field(
        description="your own id of this decision; sending it again counts once", examples=["lin-0001"]
    )
    task_id: Identifier = Field(description="the task", examples=["task_0f3a9c51d2b84e6677aa01bc"])
    decision: Literal["accept", "reject", "skip"] = Field(
        description="whether the tag fits the customer; skip leaves it to others", examples=["accept"]
    )
    milliseconds: Annotated[int, Field(strict=True, ge=0, le=A_DAY_MS), WithoutFraction] = Field(
        description="how long the task was in front of the reviewer", examples=[3200]
    )
    note: Prose | None = Field(default=None, description="anything worth keeping, such as why it was skipped")
    is_unclear: bool = Field(
        default=False, strict=True, description="whether the tag's definition leaves the case open"
    )


class DecisionsRequest(Body):
    """Decisions, in the order in which they were made."""

    decisions: list[ReviewDecision] = Field(min_length=1, max_length=MOST_DECISIONS)


class ReviewProblem(Answer):
    """Why a decision was not taken."""

    code: str = Field(examples=["not_found"])
    en: str
    zh: str


class Revealed(Answer):
    """What a blind task had hidden."""

    confidence: float


class DecisionOutcome(Answer):
    """What became of one decision."""

    decision_id: str
    status: Literal["recorded", "already_recorded", "refused"]
    is_second_opinion: bool = Field(
        description="somebody else had decided the task since the lease ended; both are kept"
    )
    is_held: bool = Field(
        description="it came in a run of equal decisions quicker than anybody reads, and counts when somebody "
        "has looked at it"
    )
    revealed: Revealed | None = Field(description="what the models had said, of a blind task")
    problem: ReviewProblem | None


class DecisionsAnswer(Answer):
    """What became of the decisions; all that was taken is on disk."""

    outcomes: list[DecisionOutcome]


class UndoRequest(Body):
    """Which decision to take back."""

    decision_id: Identifier = Field(description="one of your latest ten", examples=["lin-0001"])


class UndoAnswer(Answer):
    """The decision counts no more, and its task is yours again."""

    decision_id: str
    task_id: str


class ReviewAgreement(Answer):
    """How often two answers to the same question were the same."""

    pairs: int
    agreed: int
    share: float | None = Field(description="null where nothing was asked twice")


class ReviewerStats(Answer):
    """One reviewer."""

    reviewer: str
    today: int = Field(description="decisions since the shop's day began")
    decisions: int
    skipped: int
    held: int = Field(description="decisions that do not count until somebody looked at them")
    median_milliseconds: float | None
    with_others: ReviewAgreement
    with_self: ReviewAgreement


class StatsAnswer(Answer):
    """How far reviewing has come."""

    open_tasks: int
    decided_today: int
    reviewers: list[ReviewerStats]


class LabelErrorAnswer(Answer):
    """One decision that deserves a second look."""

    customer_id: str = Field(examples=["1"])
    tag: str = Field(examples=["coffee"])
    as_of: datetime
    value: bool = Field(description="what reviewers say: whether the tag fits")
    reviewers: list[str] = Field(examples=[["lin"]])
    confidence: float = Field(description="what the model said before it knew the answer")
    quality: float = Field(description="how likely the answer is right by the model, from 0 to 1")
    task_id: str | None = Field(description="null where nobody is asked again, as of what an audit drew")


class LabelErrorsAnswer(Answer):
    """Decisions that are likely wrong, the likeliest first, as `tagloop review errors` last found them."""

    errors: list[LabelErrorAnswer]


class SimilarCustomer(Answer):
    """A customer like that of the task, of whom people decided the same tag."""

    customer_id: str = Field(examples=["17"])
    decision: Literal["accept", "reject"]
    decided_at: datetime
    likeness: float = Field(description="from 0 to 1, by rank in the key figures and in those of the tag")


class SimilarAnswer(Answer):
    """Decided customers, the most alike first."""

    customers: list[SimilarCustomer]
