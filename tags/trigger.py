"""What gives a tag at an instant: an event, a day that is near, or a customer who moved between tiers."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from core.wrong_values import WrongValueError
from tags.part import Key, Part, Prose

Expression = Annotated[Prose, Field(min_length=1, max_length=2000)]

_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(hours=24)}
_Duration = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4} ?(min|h|d)$")]


class Trigger(Part):
    """Exactly one of `events`, `date` and `crosses` says what it waits for."""

    events: tuple[Prose, ...] = Field(default=(), description="event types or roles that give the tag")
    after: _Duration | None = Field(
        default=None, description="how long after the event: 30 min, 24h, 7d (days of 24 hours)"
    )
    after_days: Expression | None = Field(
        default=None,
        description="the same in days, where it differs by customer: a number over features, such as gap_mean_days",
    )
    unless: tuple[Prose, ...] = Field(
        default=(),
        description="event types or roles of which none may come in between; one that comes later ends the tag",
    )
    date: Prose | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="an attribute that is a day of the year, such as birthday",
    )
    before_days: int | None = Field(
        default=None, ge=0, le=366, description="from how many days before that day on until its end"
    )
    crosses: Key | None = Field(
        default=None, description="an exclusive group between whose tags customers move"
    )
    direction: Literal["up", "down"] | None = Field(
        default=None, description="to a higher tier or a lower one"
    )
    when: Expression | None = Field(
        default=None,
        description="what has to be true of the event besides, over event.*, features and before.*",
    )

    @model_validator(mode="after")
    def _waits_for_one_thing(self) -> Self:
        given = [name for name in ("events", "date", "crosses") if getattr(self, name)]
        if len(given) != 1:
            raise WrongValueError(
                "expected exactly one of events, date and crosses, got {given}", given=", ".join(given) or "-"
            )
        _belong(self, "events", ("after", "after_days", "unless", "when"))
        _belong(self, "date", ("before_days",), needed=True)
        _belong(self, "crosses", ("direction",), needed=True)
        if self.after is not None and self.after_days is not None:
            raise WrongValueError("expected after or after_days, not both")
        if self.unless and self.after is None and self.after_days is None:
            raise WrongValueError(
                "unless says what may not come in between: give after or after_days as well"
            )
        return self

    @property
    def wait(self) -> timedelta | None:
        """How long after the event; None where it is at once, or differs by customer.

        >>> Trigger(events=("cart_add",), after="24h", unless=("purchase",)).wait
        datetime.timedelta(days=1)
        """
        if self.after is None:
            return None
        number = self.after.rstrip("abcdefghijklmnopqrstuvwxyz").strip()
        return int(number) * _UNITS[self.after[len(number) :].strip()]


def _belong(trigger: Trigger, head: str, names: tuple[str, ...], *, needed: bool = False) -> None:
    """Say nothing when the keys that go with another stand with it, and only there."""
    has_head = bool(getattr(trigger, head))
    for name in names:
        is_there = getattr(trigger, name) not in (None, ())
        if is_there and not has_head:
            raise WrongValueError("{name} goes with {head}, which is not given", name=name, head=head)
        if needed and has_head and not is_there:
            raise WrongValueError("{head} needs {name}", head=head, name=name)
