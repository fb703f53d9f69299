"""Why a model says what it says, as callers get it."""

from typing import Literal

from pydantic import Field

from serving.api.fields import Answer, Names


class Sentence(Answer):
    """A reason in words."""

    en: str = Field(
        description="in English",
        examples=["Speaks for it: bought coffee 5 times in the last 84 days (typical: once)"],
    )
    zh: str = Field(
        description="in Simplified Chinese",
        examples=["支持：最近 84 天买过 5 次咖啡（一般：1 次）"],
    )


class ToldReason(Answer):
    """One thing that moved a model's answer: features that belong together, told by the one that moved it most."""

    group: str = Field(
        description="what belongs together; stable, for programs", examples=["purchases:coffee"]
    )
    names: Names
    sentence: Sentence
    feature: str = Field(description="the feature that the sentence tells", examples=["baskets_84d__coffee"])
    value: float | None = Field(description="the customer's; null where there is none", examples=[5.0])
    typical: float | None = Field(
        description="the median of active customers when the models were made, or of a yes or no the share with "
        "yes; null where most have none",
        examples=[1.0],
    )
    direction: Literal["raises", "lowers"] = Field(description="which way it moved the probability")
    contribution: float = Field(
        description="by how much, in log odds before calibration; those of all groups and a base add up to the "
        "model's answer",
        examples=[1.42],
    )
    share: float = Field(description="of all that moved it, from 0 to 1", examples=[0.61])
