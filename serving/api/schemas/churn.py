"""Customers at risk, as callers get them."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from serving.api.fields import Answer, Names
from serving.api.schemas.predict import Risk
from serving.api.schemas.reasons import ToldReason


class CustomerAtRisk(Answer):
    """One active customer who may leave."""

    place: int = Field(description="among all active customers, 1 the first", examples=[1])
    customer_id: str = Field(description="the customer", examples=["1"])
    probability: float = Field(description="of no purchase within the horizon", examples=[0.62])
    risk: Risk
    spend: float | None = Field(
        description="paid in the last 84 days, as so much in 30, in the shop's currency; null where the shop knows no "
        "amounts",
        examples=[143.2],
    )
    expected_loss: float | None = Field(description="probability times spend", examples=[88.78])
    reasons: list[ToldReason] | None = Field(
        default=None, description="what moved the risk most, strongest first; only where asked for"
    )


class SetsApart(Answer):
    """How one reason sets those at risk apart from all active customers."""

    group: str = Field(description="the reason; stable, for programs", examples=["recency"])
    names: Names
    at_risk: float = Field(
        description="its mean contribution among those at risk, in log odds", examples=[0.92]
    )
    active: float = Field(description="the same among all active customers", examples=[-0.11])
    difference: float = Field(description="the first minus the second", examples=[1.03])
    feature: str = Field(
        description="the feature of it that moves most", examples=["days_since_last_purchase"]
    )
    feature_names: Names
    value_at_risk: float | None = Field(description="the feature's mean among those at risk", examples=[31.0])
    value_active: float | None = Field(description="the same among all active customers", examples=[9.4])


class AtRiskAnswer(Answer):
    """A page of the list of customers at risk."""

    as_of: datetime = Field(description="the instant up to which events counted when the list was made")
    release_id: str = Field(description="the set of models that it was made with")
    ordered_by: Literal["expected_loss", "risk"] = Field(
        description="`risk` where the shop knows no amounts to lose"
    )
    currency: str = Field(description="ISO 4217 code of the amounts", examples=["CNY"])
    min_risk: float = Field(description="who is listed: that probability or more", examples=[0.15])
    active: int = Field(description="active customers in all", examples=[2431])
    at_risk: int = Field(description="how many of them are listed", examples=[388])
    expected_loss: float | None = Field(
        description="of all who are listed; null where the shop knows no amounts", examples=[10422.7]
    )
    customers: list[CustomerAtRisk] = Field(description="in order")
    next_cursor: str | None = Field(description="for the next page; null on the last one")
    apart: list[SetsApart] | None = Field(
        default=None,
        description="what sets those at risk apart from all active customers, most telling first; only with explain",
    )
