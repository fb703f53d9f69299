"""A customer's profile."""

from datetime import datetime

from pydantic import Field

from serving.api.fields import Answer, Names
from serving.api.schemas.assignments import Assignment
from serving.api.schemas.predict import ModelVersion, PredictedCustomer


class ProfileAttribute(Answer):
    """A fact about the customer."""

    key: str = Field(description="the attribute", examples=["age"])
    names: Names
    value: str = Field(description="as the source has it", examples=["35-44"])
    observed_at: datetime | None = Field(description="null where the source has no dates")


class KeyFigure(Answer):
    """One feature of the customer."""

    key: str = Field(description="the feature", examples=["baskets_84d"])
    names: Names
    value: float | None = Field(description="null where there is none, such as the gap after one purchase")


class ProfileEvent(Answer):
    """One of the last events."""

    event_id: str
    occurred_at: datetime
    type: str
    channel: str | None
    item_id: str | None
    item_name: str | None = Field(description="from the catalogue; the brand where an item has no name")
    category_path: list[str] = Field(description="the first of the item's category paths, widest first")
    category_paths: list[list[str]] = Field(description="all of them, for an item in several categories")
    order_id: str | None
    quantity: float | None
    amount: float | None
    discount: float | None
    currency: str | None
    campaign_id: str | None
    rating: float | None
    text: str | None


class CustomerAnswer(PredictedCustomer):
    """Everything that is known and predicted of one customer."""

    as_of: datetime = Field(description="the instant up to which events counted")
    release_id: str | None = Field(
        description="the set of models that answered; null before the first training"
    )
    taxonomy_version: str | None = Field(
        default=None, description="the taxonomy that the models were trained with"
    )
    models: dict[str, ModelVersion] = Field(description="the model versions, by part")
    assignments: list[Assignment] = Field(
        description="the tags of all sources that the customer carries now; `tags` are what the models suggest"
    )
    attributes: list[ProfileAttribute]
    figures: list[KeyFigure] = Field(description="the figures that describe the customer best")
    events: list[ProfileEvent] = Field(description="the last 20 events, newest first")
