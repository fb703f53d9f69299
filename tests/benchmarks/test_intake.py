"""The orders that the intake benchmark sends are ones that the API takes, each event of its own."""

import random
from datetime import UTC, datetime

from benchmarks import intake
from serving.api.schemas.events import EventsRequest

NOW = datetime(2024, 3, 1, tzinfo=UTC)


def test_calls_are_full_valid_and_never_repeat_an_event() -> None:
    dice = random.Random(1)  # noqa: S311 (made-up orders)
    calls = [intake.orders(dice, str(number), NOW, ["ann", "bo"], ["latte", "tea"]) for number in range(3)]
    ids = []
    for events in calls:
        request = EventsRequest.model_validate({"events": events})
        assert len(request.events) == intake.EVENTS_A_CALL
        assert all(event.occurred_at < NOW for event in request.events)
        ids += [event.event_id for event in request.events]
    assert len(set(ids)) == len(ids)


def test_lines_of_an_order_share_customer_and_instant() -> None:
    events = intake.orders(random.Random(2), "x", NOW, ["ann", "bo", "cy"], ["latte"])  # noqa: S311
    orders = {event["order_id"]: (event["customer_id"], event["occurred_at"]) for event in events}
    assert len(orders) == intake.EVENTS_A_CALL // intake.LINES_AN_ORDER
    assert all(orders[event["order_id"]] == (event["customer_id"], event["occurred_at"]) for event in events)
