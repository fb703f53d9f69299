"""The days of a customer's picture: the same as counted event by event."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from features.contract import Event, Role
from serving.reviewing.timeline import DAYS, timeline
from tests.features.worlds import World, spec_in, worlds


@settings(max_examples=100)
@given(worlds(customers=1))
def test_days_are_what_counting_event_by_event_gives(world: World) -> None:
    events = world.events_of["customer 0"]
    found = timeline(world.histories, world.as_of, world.spec, world.catalogue, "coffee")
    last = (world.as_of - timedelta(microseconds=1)).astimezone(world.spec.zone).date()
    assert (found["from"], found["until"]) == ((last - timedelta(DAYS - 1)).isoformat(), last.isoformat())
    assert found["days"] == plainly(world, events, found["from"])


def plainly(world: World, events: Sequence[Event], first: str) -> list[dict[str, Any]]:
    by_day: dict[str, list[Event]] = {}
    for event in events:
        day = event.occurred_at.astimezone(world.spec.zone).date().isoformat()
        if max(event.occurred_at, event.received_at) < world.as_of and day >= first:
            by_day.setdefault(day, []).append(event)
    return [told_of(world, day, by_day[day]) for day in sorted(by_day)]


def told_of(world: World, day: str, events: Sequence[Event]) -> dict[str, Any]:
    bought = [event for event in events if world.spec.roles.get(event.type) == Role.PURCHASE]
    others = [event for event in events if event not in bought]
    orders = {event.order_id for event in bought if event.order_id is not None}
    coffee = [event for event in bought if any("COFFEE" in path for path in paths_of(world, event))]
    return {
        "day": day,
        "orders": len(orders) + sum(event.order_id is None for event in bought),
        "lines": len(bought),
        "amount": pytest.approx(float(sum(event.amount or 0 for event in bought)), abs=1e-9),
        "of_tag": len(coffee),
        "others": Counter(event.type for event in others),
    }


def paths_of(world: World, event: Event) -> Sequence[Sequence[str]]:
    return world.paths.get(event.item_id, ()) if event.item_id is not None else ()


def test_customer_without_events_has_a_frame_and_no_days() -> None:
    world = World(datetime(2024, 3, 1, tzinfo=UTC), spec_in("Asia/Shanghai"), {"ann": []})
    for history in (None, world.histories):
        found = timeline(history, world.as_of, world.spec, world.catalogue, "coffee")
        assert (found["until"], found["days"]) == ("2024-03-01", [])
