"""Predictions as callers ask for them and get them."""

from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from pydantic import ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from features.contract import ID_LIMIT
from serving.api.fields import Answer, AttributeValue, Body, Identifier, Names, is_identifier
from serving.api.schemas.events import EventFacts
from serving.api.schemas.reasons import ToldReason

CUSTOMERS_A_CALL = 500
EXPLAINED_A_CALL = 100  # reasons cost several times what the answer itself does
EXPLAINED_OR_MANY: JsonValue = [
    {"properties": {"explain": {"const": False}}},
    {"properties": {"customers": {"maxItems": EXPLAINED_A_CALL}}},
]
STORED_OR_GIVEN: JsonValue = [
    {"required": ["events"], "properties": {"events": {"type": "array"}}},
    {
        "required": ["customer_id"],
        "properties": {
            "customer_id": {"type": "string"},
            "attributes": {"anyOf": [{"type": "null"}, {"maxProperties": 0}]},
        },
    },
]
# Names of another form are refused: without saying so, the description would let them pass.
Attributes = Annotated[
    dict[Identifier, AttributeValue], Field(json_schema_extra={"additionalProperties": False})
]


class GivenEvent(EventFacts):
    """One event to predict from; it is not stored."""

    event_id: Identifier | None = Field(default=None, description="orders events of the same instant")


class AskedCustomer(Body):
    """A stored customer by `customer_id`, or one described by `events` that are used and not stored."""

    model_config = ConfigDict(json_schema_extra={"anyOf": STORED_OR_GIVEN})

    customer_id: Identifier | None = Field(
        default=None,
        description="a stored customer; with events given, only a name for the answer",
        examples=["1"],
    )
    events: list[GivenEvent] | None = Field(
        default=None,
        max_length=10_000,
        description="the whole history to predict from, instead of a stored one",
    )
    attributes: Attributes | None = Field(
        default=None, description="profile facts that go with the given events"
    )

    @model_validator(mode="after")
    def _is_stored_or_given(self) -> Self:
        if self.events is None and self.customer_id is None:
            raise PydanticCustomError("neither_id_nor_events", "give customer_id or events")
        if self.events is None and self.attributes:
            raise PydanticCustomError("attributes_without_events", "attributes belong to given events")
        return self


class PredictRequest(Body):
    """The customers to predict for."""

    model_config = ConfigDict(json_schema_extra={"anyOf": EXPLAINED_OR_MANY})

    customers: list[AskedCustomer] = Field(
        min_length=1,
        max_length=CUSTOMERS_A_CALL,
        description="1 to 500 customers; answered in this order",
        examples=[[{"customer_id": "1"}]],
    )
    explain: bool = Field(
        default=False,
        strict=True,
        description="whether each tag and the churn risk come with their reasons; then at most 100 customers",
    )

    @model_validator(mode="after")
    def _is_not_too_much_to_explain(self) -> Self:
        if self.explain and len(self.customers) > EXPLAINED_A_CALL:
            limits = {"limit": EXPLAINED_A_CALL, "length": len(self.customers)}
            raise PydanticCustomError("too_many_to_explain", "too many to explain", limits)
        return self


class _Name(msgspec.Struct, forbid_unknown_fields=True):
    customer_id: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LIMIT)]


class _Names(msgspec.Struct, forbid_unknown_fields=True):
    customers: Annotated[list[_Name], msgspec.Meta(min_length=1, max_length=CUSTOMERS_A_CALL)]


_decode = msgspec.json.Decoder(_Names).decode


def only_names(body: bytes) -> list[str] | None:
    """The customers that a well-formed call asks for by name; None for every other call, good or bad.

    It takes a twentieth of the time of `PredictRequest`, which takes the same calls and says what is wrong.

    >>> only_names(b'{"customers": [{"customer_id": "1"}]}'), only_names(b'{"customers": [{"events": []}]}')
    (['1'], None)
    """
    try:
        names = [one.customer_id for one in _decode(body).customers]
    except msgspec.MsgspecError:
        return None
    return names if all(map(is_identifier, names)) else None


class StandingDecision(Answer):
    """A reviewer's decision that is in force."""

    decision: Literal["accept", "reject"] = Field(description="whether the tag fits")
    reviewer: str = Field(description="who decided", examples=["lin"])
    as_of: datetime = Field(description="the instant that it is about")
    holds_until: datetime = Field(description="when it ends")


class Reason(Answer):
    """Why something is left out."""

    code: str = Field(description="stable, for programs", examples=["inactive"])
    en: str = Field(description="in English")
    zh: str = Field(description="in Simplified Chinese")


class Guarantee(Answer):
    """What is promised of a tag wherever its decision is `apply`."""

    target: float = Field(
        description="of those to whom the tag is applied, at least this share will have its outcome",
        examples=[0.8],
    )
    confidence: float = Field(description="how sure that is", examples=[0.9])
    threshold: float = Field(description="the confidence from which on the tag is applied", examples=[0.74])
    n: int = Field(
        description="held-back outcomes above the threshold, one a customer and cutoff", examples=[412]
    )
    customers: int = Field(description="different customers among them", examples=[260])
    precision_low: float = Field(description="what the share is at least, so sure", examples=[0.81])
    certified_on: datetime = Field(description="what was known then was used, and nothing later")
    expires_at: datetime = Field(description="from then on nothing is promised")


class PredictedTag(Answer):
    """One tag of one customer."""

    key: str = Field(description="the tag", examples=["coffee"])
    names: Names
    confidence: float | None = Field(
        description="the probability that the tag's outcome comes true; null where no model knows the tag",
        examples=[0.83],
    )
    decision: Literal["apply", "review", "withhold"] = Field(
        description="apply it, let a person look at it, or leave it; what a reviewer decided comes first"
    )
    guarantee: Guarantee | None = Field(
        description="what is promised of this tag where the decision is apply; null where nothing is"
    )
    no_guarantee: Reason | None = Field(description="why nothing is promised; null where something is")
    decided: StandingDecision | None = Field(description="what a reviewer decided; null for a suggestion")
    reasons: list[ToldReason] | None = Field(
        default=None, description="what moved the confidence most, strongest first; only where asked for"
    )


class Risk(Answer):
    """A level of churn risk."""

    key: str = Field(description="the level", examples=["low"])
    names: Names


class Churn(Answer):
    """The risk that the customer stops buying."""

    probability: float = Field(description="of no purchase within the horizon", examples=[0.07])
    risk: Risk
    reasons: list[ToldReason] | None = Field(
        default=None, description="what moved the risk most, strongest first; only where asked for"
    )


class Membership(Answer):
    """The segment that a customer is nearest to."""

    key: str = Field(description="the segment", examples=["frequent_large_baskets"])
    names: Names
    membership: float = Field(description="how much it belongs there, from 0 to 1", examples=[0.71])


class PredictedCustomer(Answer):
    """What is predicted of one customer."""

    customer_id: str | None = Field(description="as asked", examples=["1"])
    status: Literal["ok", "no_history", "unknown_customer"] = Field(
        description="whether there was anything to predict from"
    )
    tags: list[PredictedTag] = Field(
        description="suggestions above their floor and tags that a reviewer accepted, most confident first"
    )
    rejected: list[PredictedTag] = Field(
        description="tags that a reviewer rejected: not suggested while that holds"
    )
    churn: Churn | None = Field(description="null where it does not apply; see no_churn_because")
    no_churn_because: Reason | None = Field(description="why there is no churn; null where there is")
    segment: Membership | None = Field(description="null without events, or without a segment model")


class ModelVersion(Answer):
    """A registered model version."""

    name: str = Field(description="the registered model", examples=["interest"])
    version: int = Field(description="its version in the registry", examples=[3])
    run_id: str = Field(description="the training run in MLflow")


class PredictAnswer(Answer):
    """Predictions, one entry a customer asked for, in that order."""

    as_of: datetime = Field(description="the instant up to which events counted")
    release_id: str = Field(description="the set of models that answered")
    taxonomy_version: str = Field(description="the taxonomy that the models were trained with")
    models: dict[str, ModelVersion] = Field(description="the model versions, by part")
    customers: list[PredictedCustomer]
