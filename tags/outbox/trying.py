"""A delivery that somebody asks for and waits for: a test of a webhook, or a dead letter sent once more."""

import asyncio
import json
from datetime import datetime

from core.clock import OffsetClock
from core.ids import new_id
from tags.outbox.sending import Answer, new_client, send, signed_headers

TEST_TYPE = "webhook.test"
WALL = OffsetClock()
"""What deliveries go by, whatever the shop's clock says: receivers hold a signature's time against their own."""


def ping_body(webhook_id: str, *, now: datetime) -> str:
    """What a test delivery says; it brings no change."""
    content = {"type": TEST_TYPE, "timestamp": now.isoformat(), "data": {"webhook_id": webhook_id}}
    return json.dumps(content, separators=(",", ":"))


def ping_id() -> str:
    """An id of its own for each test delivery."""
    return new_id("test")


def send_once(url: str, secret: str, delivery_id: str, body: str, *, local: bool, now: datetime) -> Answer:
    """What the target answers to one try; in a thread without an event loop."""

    async def once() -> Answer:
        async with new_client() as client:
            return await send(
                client, url, signed_headers(secret, delivery_id, body, now=now), body, local=local
            )

    return asyncio.run(once())
