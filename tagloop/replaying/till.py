"""The shop's own systems in a replay: the tills that send events, and the CRM that asks about who was there."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from core.clock import SteppedClock, from_us, to_us
from tagloop.replaying.held_back import known_us
from tagloop.replaying.server import Caller

EVENTS_A_CALL = 1_000
CUSTOMERS_A_CALL = 500
MOMENT = timedelta(microseconds=2)
"""An event is received just after it was known, and just before the call's clock."""


@dataclass(frozen=True)
class Till:
    """Sends events in the order in which they became known, each call at the instant of its last event."""

    caller: Caller
    clock: SteppedClock

    def send(self, events: pa.Table) -> int:
        """Send them all; how many the server took as new.

        The clock steps to each call's last event, so an event is received at most as late as its call lasted in the
        shop's day.
        """
        taken = 0
        for start in range(0, len(events), EVENTS_A_CALL):
            part = events.slice(start, EVENTS_A_CALL)
            last = from_us(int(known_us(part).max()))
            self.clock.set_to(max(last + MOMENT, self.clock.now()))
            answer = self.caller.post("/v1/events", {"events": [as_sent(row) for row in part.to_pylist()]})
            taken += int(answer["accepted"])
        return taken


def as_sent(row: Mapping[str, Any]) -> dict[str, Any]:
    """An event as `POST /v1/events` takes it; what is missing is left out.

    >>> as_sent({"event_id": "e1", "amount": None, "properties": '{"a": 1}', "received_at": None})
    {'event_id': 'e1', 'properties': {'a': 1}}
    """
    said = {name: value for name, value in row.items() if value is not None and name != "received_at"}
    for name in ("amount", "discount"):
        if name in said:
            said[name] = str(said[name])
    if "occurred_at" in said:
        said["occurred_at"] = said["occurred_at"].isoformat()
    if "properties" in said:
        said["properties"] = json.loads(said["properties"])
    return said


def ask(caller: Caller, customer_ids: Sequence[str]) -> int:
    """Ask what the models say of those customers, as a CRM does before it writes to them; how many were asked for."""
    for start in range(0, len(customer_ids), CUSTOMERS_A_CALL):
        asked = [{"customer_id": name} for name in customer_ids[start : start + CUSTOMERS_A_CALL]]
        caller.post("/v1/predict", {"customers": asked})
    return len(customer_ids)


def parted(events: pa.Table, instants: Iterable[datetime]) -> list[pa.Table]:
    """The events, sorted by when they became known, cut at those instants: one part more than there are instants."""
    cuts = np.searchsorted(known_us(events), [to_us(instant) for instant in instants])
    ends = [0, *cuts.tolist(), len(events)]
    return [events.slice(begin, end - begin) for begin, end in pairwise(ends)]
