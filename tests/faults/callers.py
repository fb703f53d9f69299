"""Callers that send live events to a server one call after the other, and note which were acknowledged."""

import threading
from types import TracebackType

import httpx

from features.contract import Event
from tests.faults.events import call


class Caller(threading.Thread):
    """Sends the calls `first`, `first + step`, ... until the server is gone.

    Attributes:
        acknowledged: The numbers of the calls that were answered.
        under_way: The number of the call that was not, once the thread has ended.
    """

    def __init__(self, url: str, key: str, first: int, step: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[int] = []
        self.under_way = first
        self.first_answer = threading.Event()
        self._step = step
        self._client = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        self._refusal = ""

    def run(self) -> None:
        try:
            while not self._refusal:
                response = self._client.post("/v1/events", json=body(call(self.under_way)))
                if response.status_code != httpx.codes.OK:
                    self._refusal = response.text
                    return
                self.acknowledged.append(self.under_way)
                self.under_way += self._step
                self.first_answer.set()
        except httpx.TransportError:
            return  # the server was killed
        finally:
            self.first_answer.set()

    def __enter__(self) -> "Caller":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.join(60)
        self._client.close()
        assert not self._refusal, self._refusal


def body(events: list[Event]) -> dict[str, object]:
    """The events as a call's JSON."""
    return {
        "events": [
            {
                "event_id": event.event_id,
                "customer_id": event.customer_id,
                "occurred_at": event.occurred_at.isoformat(),
                "type": event.type,
                "channel": event.channel,
                "order_id": event.order_id,
                "item_id": event.item_id,
                "quantity": event.quantity,
                "amount": str(event.amount),
            }
            for event in events
        ]
    }
