"""Sends changes to the webhooks of the store, in one background thread."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from random import SystemRandom
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from core.settings import Settings
from core.storage import Store
from serving.live import Live
from serving.loop import LOOK_SECONDS, attempt
from serving.tag_uses import TagUses
from tags.outbox.alerts import AlertToSend, alerts_wait, begin_alerts, settle_alert
from tags.outbox.delivering import Delivery, begin, due, give_back, settle
from tags.outbox.sending import Answer, new_client, send, signed_headers
from tags.outbox.trying import WALL
from tags.report.uses import Way

if TYPE_CHECKING:
    from httpx import AsyncClient

ALERTS = "alerts"
"""The work of sending these, beside that of each webhook; no webhook's id."""

_Found = TypeVar("_Found")
_log = structlog.get_logger("tagloop.serving")


class Deliveries:
    """Looks, sends and settles until it is stopped; each webhook gets one delivery at a time, several webhooks at once.

    All state is in the store: a delivery that a dead server had begun is sent by the next one, and so is a backlog.
    """

    def __init__(self, settings: Settings, store: Store, live: Live, uses: TagUses) -> None:
        self._settings = settings
        self._store = store
        self._live = live
        self._uses = uses
        self._chance = SystemRandom()
        self._is_stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._client: AsyncClient | None = None
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="tagloop-webhooks", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; a delivery that is under way is left to the next server."""
        self._is_stopped = True
        self.wake()
        self._thread.join()

    def wake(self) -> None:
        """Look now: somebody said that a target is back."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._wake.set)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            while not self._is_stopped:
                await self._look()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)
                self._wake.clear()
        finally:
            working = list(self._at_work.values())
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            if self._client is not None:
                await self._client.aclose()

    async def _look(self) -> None:
        if ALERTS not in self._at_work:
            self._begin_work(ALERTS, self._send_alerts())
        for webhook_id in await self._attempt("webhooks_not_known", self._due) or ():
            if webhook_id not in self._at_work:
                self._begin_work(webhook_id, self._deliver(webhook_id))

    def _begin_work(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._at_work[name] = task
        task.add_done_callback(partial(self._done, name))

    def _done(self, webhook_id: str, _task: asyncio.Task[None]) -> None:
        self._at_work.pop(webhook_id, None)

    async def _deliver(self, webhook_id: str) -> None:
        """Send what there is for the webhook, until there is no more or its target fails."""
        while delivery := await self._attempt("delivery_not_begun", partial(self._begin, webhook_id)):
            try:
                answer = await self._send(delivery)
            except asyncio.CancelledError:
                await asyncio.shield(asyncio.to_thread(self._give_back, delivery))
                raise
            if answer.is_taken:
                self._uses.note(Way.SENT, delivery.tags)
            else:
                _log.warning("webhook_failed", webhook_id=webhook_id, reason=answer.problem)
            if not await self._attempt("delivery_not_settled", partial(self._settle, delivery, answer)):
                return

    async def _send_alerts(self) -> None:
        """Send the alerts that wait, each to its webhook; one that fails is tried again by a later look."""
        for one in await self._attempt("alerts_not_begun", self._begin_alerts) or ():
            answer = await self._send(one)
            if not answer.is_taken:
                _log.warning("alert_failed", webhook_id=one.webhook_id, reason=answer.problem)
            await self._attempt("alert_not_settled", partial(self._settle_alert, one, answer))

    async def _send(self, delivery: Delivery | AlertToSend) -> Answer:
        if self._client is None:
            self._client = new_client()
        headers = signed_headers(delivery.secret, delivery.delivery_id, delivery.body, now=WALL.now())
        local = self._settings.webhooks_local
        return await send(self._client, delivery.url, headers, delivery.body, local=local)

    async def _attempt(self, failure: str, step: Callable[[], _Found]) -> _Found | None:
        """What the step finds, in a thread; None where the store is away: a later look does it."""
        return await asyncio.to_thread(attempt, failure, step)

    def _due(self) -> list[str]:
        with self._store.read() as connection:
            return due(connection, now=WALL.now())

    def _begin(self, webhook_id: str) -> Delivery | None:
        with self._store.write() as connection:
            return begin(connection, webhook_id, self._live.taxonomy, now=WALL.now())

    def _begin_alerts(self) -> list[AlertToSend]:
        with self._store.read() as connection:
            if not alerts_wait(connection, now=WALL.now()):
                return []
        with self._store.write() as connection:
            return begin_alerts(connection, now=WALL.now())

    def _settle_alert(self, one: AlertToSend, answer: Answer) -> None:
        with self._store.write() as connection:
            settle_alert(connection, one, answer, self._chance, now=WALL.now())

    def _settle(self, delivery: Delivery, answer: Answer) -> bool:
        with self._store.write() as connection:
            return settle(connection, delivery, answer, self._chance, now=WALL.now())

    def _give_back(self, delivery: Delivery) -> None:
        with self._store.write() as connection:
            give_back(connection, delivery)
