"""Waits: a tag that a customer gets after a while, unless something comes between."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import from_us, to_us
from core.ids import stable_key
from features.histories import Histories


@dataclass(frozen=True)
class Wait:
    """One tag that one customer gets when its time has come.

    Attributes:
        tag_version: The version of the definition that the wait began under.
        cause: The id of the event that began it.
        began_at: When that event happened.
        due_at: When the tag is given.
        evidence: What a person needs to see why.
    """

    customer_id: str
    tag: str
    tag_version: int
    cause: str
    began_at: datetime
    due_at: datetime
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Kinds:
    """The event types that begin a wait for a tag, and those that call it off."""

    begin: frozenset[str]
    unless: frozenset[str]

    def called_off_at(self, histories: Histories, place: int, began_at: datetime) -> datetime | None:
        """When a customer last did what calls off a wait that began then; None if it goes on.

        What happened at the same instant counts as after it, unless it is of a kind that begins waits itself: the
        lines of one order do not call each other off.

        Args:
            histories: Of several customers.
            place: The number of the customer among them.
            began_at: When the wait began.
        """
        first, end = int(histories.offsets[place]), int(histories.offsets[place + 1])
        began = to_us(began_at)
        # Live waits began lately: few events came since.
        first += int(histories.occurred_at_us[first:end].searchsorted(began))
        ends = [
            at
            for name, at in zip(
                map(histories.type_names.__getitem__, histories.type[first:end].tolist()),
                histories.occurred_at_us[first:end].tolist(),
                strict=True,
            )
            if name in self.unless and (at > began or name not in self.begin)
        ]
        return from_us(max(ends)) if ends else None


def newest(waits: Iterable[Wait]) -> list[Wait]:
    """Of several waits of a customer for one tag the one that began last: each new one begins the time anew."""
    found: dict[tuple[str, str], Wait] = {}
    for wait in sorted(waits, key=lambda one: (one.began_at, stable_key(one.cause))):
        found[wait.customer_id, wait.tag] = wait
    return list(found.values())


def going_on(waits: Iterable[Wait], kinds: Mapping[str, Kinds], histories: Histories | None) -> list[Wait]:
    """Those of the waits that nothing in the customers' histories calls off, and whose tag still waits at all.

    Args:
        waits: Of any customers; one without a history has done nothing.
        kinds: By tag, of the tags that are given after a while.
        histories: Of those customers.
    """
    places = _places(histories.customer_ids if histories is not None else ())
    return [
        wait
        for wait in waits
        if (of_tag := kinds.get(wait.tag)) is not None
        and (
            histories is None
            or (place := places.get(wait.customer_id)) is None
            or of_tag.called_off_at(histories, place, wait.began_at) is None
        )
    ]


def _places(customer_ids: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(customer_ids)}
