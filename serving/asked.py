"""What a caller asks predictions for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches

from sqlalchemy import Connection

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.attributes import AttributeFact, Encoded, encode
from features.contract import AttributeDefinition, Event, EventTypes
from features.intake import check
from features.shop import read_event_types
from features.spec import FeatureSpec


@dataclass(frozen=True)
class Asked:
    """One customer: a stored one by id, or one described by events and attributes that are not stored.

    `events` is None for a stored customer. `place` is its place in the call, 0 the first.
    """

    place: int
    customer_id: str | None
    events: Sequence[Event] | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_stored(self) -> bool:
        """Whether the stored history is asked for."""
        return self.events is None

    @property
    def history_name(self) -> str:
        """A name of this customer's own among those of the call, for those that are not stored."""
        return str(self.place)


def encode_given(asked: Sequence[Asked], spec: FeatureSpec) -> dict[str, Encoded]:
    """The given attributes as numbers, by `history_name`; they count as always known.

    Raises:
        InvalidInputError: An attribute or a level is not one that the models know; all culprits are named.
    """
    known = {definition.key: definition for definition in spec.attributes}
    wrong = [
        problem
        for one in asked
        for key, value in one.attributes.items()
        if (problem := _problem(one.place, key, value, known))
    ]
    if wrong:
        raise InvalidInputError(
            "{count} attributes are not as expected", count=len(wrong), fields=tuple(wrong)
        )
    facts = (
        AttributeFact(one.history_name, key, value) for one in asked for key, value in one.attributes.items()
    )
    return encode(facts, spec)


def _problem(place: int, key: str, value: str, known: Mapping[str, AttributeDefinition]) -> FieldError | None:
    where = f"customers.{place}.attributes.{key}"
    if key not in known:
        near = get_close_matches(key, known, n=3) or sorted(known)
        text = Text(
            "the models know no such attribute; expected one of {known}", {"known": ", ".join(near) or "-"}
        )
        return FieldError(where, text, "unknown_attribute")
    definition = known[key]
    if definition.kind == "number":
        return (
            None if _is_finite(value) else FieldError(where, Text("expected a finite number"), "bad_number")
        )
    if value not in definition.levels:
        levels = {"got": repr(value), "levels": ", ".join(definition.levels)}
        return FieldError(where, Text("expected one of {levels}, got {got}", levels), "unknown_level")
    return None


def _is_finite(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def check_given(connection: Connection, given: Sequence[Asked], now: datetime) -> None:
    """Say nothing when the given events keep the contract.

    Raises:
        InvalidInputError: Some break it; all culprits are named.
    """
    types = read_event_types(connection)
    wrong = [problem for one in given for problem in _event_problems(one, types, now)]
    if wrong:
        raise InvalidInputError(
            "{count} of the given events cannot be used", count=len(wrong), fields=tuple(wrong)
        )


def _event_problems(one: Asked, types: EventTypes, now: datetime) -> list[FieldError]:
    try:
        check(one.events or (), types, now=now)
    except InvalidInputError as error:
        return [replace(found, field=f"customers.{one.place}.{found.field}") for found in error.fields]
    return []
