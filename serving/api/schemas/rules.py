"""What a rule would do, as callers ask and see it."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from serving.api.fields import Answer, Body, Identifier, Prose
from tags.rules.reading import LONGEST

_Expression = Annotated[Prose, Field(min_length=1, max_length=LONGEST)]


class PreviewRequest(Body):
    """A rule to look at, the tag that it is for, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"when": {"type": "string"}}, "required": ["when"]},
                {"properties": {"key": {"type": "string"}, "value": {"type": "null"}}, "required": ["key"]},
            ]
        }
    )

    key: Identifier | None = Field(
        default=None,
        description="a tag: its own rule, or who carries it now compared with another",
        examples=[None],
    )
    when: _Expression | None = Field(
        default=None,
        description="the condition; left out, the tag's own",
        examples=["spend_84d >= quantile(spend_84d, 0.8) and days_since_last_purchase < 30"],
    )
    value: _Expression | None = Field(
        default=None, description="with `when`: what gives the tag's value", examples=[None]
    )


class PreviewExample(Answer):
    """One customer, and the values that decided."""

    customer_id: str = Field(description="who", examples=["1"])
    change: Literal["gains", "loses", "keeps"] = Field(description="what would become of the tag")
    value: str | None = Field(description="the tag's value, of a rule that gives one")
    evidence: dict[str, Any] = Field(
        description="by name what the rule reads; null where unknown", examples=[{"spend_84d": 812.4}]
    )


class PreviewAnswer(Answer):
    """What the rule would do to the customers as they are now."""

    customers: int = Field(description="how many the shop has", examples=[2469])
    looked_at: int = Field(
        description="of how many the figures are: all, or an even sample of a large shop", examples=[2469]
    )
    matches: int = Field(description="of how many the rule is true", examples=[494])
    share: float | None = Field(description="the share of them; null without customers", examples=[0.2])
    carries: int = Field(
        description="how many would carry the tag, with what people and imports say", examples=[493]
    )
    carries_now: int = Field(description="how many carry the tag now", examples=[470])
    gains: int = Field(description="how many would get it", examples=[30])
    loses: int = Field(description="how many would lose it", examples=[7])
    unknown: int = Field(description="of how many the rule is neither true nor false", examples=[0])
    by_zero: int = Field(description="for how many something is divided by zero", examples=[0])
    values: dict[str, int] = Field(
        description="of a tag with values how many would carry which", examples=[{}]
    )
    thresholds: dict[str, float | None] = Field(
        description="the quantiles, taken over those customers",
        examples=[{"quantile(spend_84d, 0.8)": 731.5}],
    )
    examples: list[PreviewExample] = Field(description="up to ten: some of each change")
    warnings: list[str] = Field(description="what is odd about it", examples=[[]])
