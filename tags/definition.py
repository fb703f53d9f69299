"""What one tag means: its names, what kind it is, which source gives it, for whom and for how long."""

import hashlib
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from core.wrong_values import WrongValueError
from tags.outcome import Outcome
from tags.part import Key, Line, Name, Part, Words
from tags.trigger import Expression, Trigger

DECISION_DAYS = 30
"""How long a model's or trigger's tag holds, and a person's word on such a tag or a rule's, if it does not say."""

VALUE_CHARACTERS = 100


class Method(StrEnum):
    """Which source is meant to give the tag; people and imports may always say otherwise of a customer."""

    MODEL = "model"
    RULE = "rule"
    TRIGGER = "trigger"
    IMPORT = "import"
    MANUAL = "manual"


class Status(StrEnum):
    """Where a tag is in its life: only an active one and a pilot are given to customers."""

    DRAFT = "draft"
    PILOT = "pilot"
    ACTIVE = "active"
    RETIRED = "retired"


Kind = Literal["attribute", "behaviour", "interest", "value", "lifecycle", "loyalty", "channel", "custom"]


class Rule(Part):
    """A condition over what is known of a customer; the customer carries the tag while it is true."""

    when: Expression = Field(description="such as: spend_84d >= quantile(spend_84d, 0.8)")
    value: Expression | None = Field(
        default=None, description="what gives the tag's value, such as: attribute.age; null for a tag without"
    )


PART_OF = {Method.MODEL: "outcome", Method.RULE: "rule", Method.TRIGGER: "trigger"}
"""Which part of a definition a method needs; the others are left out."""

_Value = Annotated[Line, Field(min_length=1, max_length=VALUE_CHARACTERS)]


class Tag(Part):
    """One tag of the taxonomy."""

    key: Key = Field(description="stable name for programs")
    name: Name
    definition: Words
    goods: Words | None = Field(
        default=None,
        description="what its outcome counts, within a sentence: coffee; cat food and litter. "
        "The name in quotes if left out",
    )
    kind: Kind = "interest"
    method: Method = Field(default=Method.MODEL, description="the source that gives the tag")
    outcome: Outcome | None = Field(
        default=None,
        validate_default=True,
        description="of a model's tag, and only there: how it is proved wrong",
    )
    rule: Rule | None = Field(
        default=None, validate_default=True, description="of a rule's tag, and only there: who carries it"
    )
    trigger: Trigger | None = Field(
        default=None, validate_default=True, description="of a trigger's tag, and only there: what gives it"
    )
    floor: float = Field(
        default=0.1, ge=0, le=1, description="suggestions below this confidence are not shown"
    )
    target_precision: float = Field(
        default=0.8,
        gt=0,
        lt=1,
        description="of those to whom the tag is applied without a person, the share that it has to fit",
    )
    confidence: float = Field(
        default=0.9, ge=0.5, lt=1, description="how sure that has to be before the tag is applied"
    )
    lifetime_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        strict=True,
        validate_default=True,
        description="how long a decision or assignment holds. 30 if left out, but a rule's tag holds as long as the "
        "rule, an imported one or a person's until they say otherwise",
    )
    values: tuple[_Value, ...] | None = Field(
        default=None, min_length=1, description="the values that the tag may have; null for one without"
    )
    group: Key | None = Field(default=None, description="one of the groups")
    purpose: Words | None = Field(default=None, description="why this data is used")
    owner: Line | None = Field(default=None, min_length=1, max_length=200, description="who answers for it")
    status: Status = Status.ACTIVE
    pilot_share: float | None = Field(
        default=None,
        gt=0,
        le=1,
        validate_default=True,
        description="of a pilot the share of customers who can get it",
    )

    @field_validator("outcome", "rule", "trigger")
    @classmethod
    def _is_what_the_method_needs(cls, part: Any, info: ValidationInfo) -> Any:
        method = info.data.get("method")
        if method is None:
            return part  # it is wrong itself, and named
        needed = PART_OF.get(method) == info.field_name
        if needed and part is None:
            raise WrongValueError("this key is required where method is {method}", method=method.value)
        if part is not None and not needed:
            raise WrongValueError(
                "a tag whose method is {method} has no such key: leave it out, or change the method",
                method=method.value,
            )
        return part

    @field_validator("lifetime_days")
    @classmethod
    def _of_models_and_triggers_it_ends(cls, days: int | None, info: ValidationInfo) -> int | None:
        ends = info.data.get("method") in (Method.MODEL, Method.TRIGGER)
        return DECISION_DAYS if days is None and ends else days

    @field_validator("values")
    @classmethod
    def _values_are_told_apart(cls, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        twice = sorted({value for value in values or () if (values or ()).count(value) > 1})
        if twice:
            raise WrongValueError("values must be unique; given twice: {values}", values=", ".join(twice))
        return values

    @field_validator("pilot_share")
    @classmethod
    def _pilot_has_its_share(cls, share: float | None, info: ValidationInfo) -> float | None:
        if share is None and info.data.get("status") is Status.PILOT:
            raise WrongValueError(
                "a pilot says here which share of the customers can get it, such as 0.1 for every tenth"
            )
        return share

    @property
    def is_current(self) -> bool:
        """Whether customers can carry it: it is active, or a pilot."""
        return self.status in (Status.ACTIVE, Status.PILOT)

    @property
    def has_values(self) -> bool:
        """Whether an assignment says a value: one of `values`, or any short text where a rule gives it."""
        return self.values is not None or (self.rule is not None and self.rule.value is not None)

    @property
    def decision_days(self) -> int | None:
        """How long a person's word on the tag holds; None: until somebody says otherwise."""
        if self.lifetime_days is not None or self.method in (Method.IMPORT, Method.MANUAL):
            return self.lifetime_days
        return DECISION_DAYS

    def is_open_to(self, customer_id: str) -> bool:
        """Whether that customer can get the tag: everybody an active one, a fixed sample a pilot."""
        return self.status is Status.ACTIVE or (self.status is Status.PILOT and self.is_in_pilot(customer_id))

    def is_in_pilot(self, customer_id: str) -> bool:
        """Whether the customer is of the pilot's sample: the same ones each time, others for each tag.

        A larger share keeps those who were in a smaller one.
        """
        if self.pilot_share is None:
            return False
        drawn = hashlib.blake2b(
            customer_id.encode("utf-8", "surrogatepass"), digest_size=8, key=self.key.encode()
        )
        return int.from_bytes(drawn.digest()) < self.pilot_share * 2.0**64


class TagGroup(Part):
    """Tags that belong together; of an exclusive group a customer carries at most one."""

    key: Key = Field(description="stable name for programs")
    name: Name
    exclusive: bool = Field(default=False, description="whether a customer carries at most one of its tags")
    order: tuple[Key, ...] = Field(
        default=(),
        description="its tags from the lowest to the highest; those that are not named stand above, as they come",
    )
