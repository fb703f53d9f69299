"""What leaves for others: the feed of changes with callers that wait for it, webhooks, and their dead letters."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from core.clock import Clock, add_days
from core.settings import Settings
from core.storage import Store
from serving.deliveries import Deliveries
from serving.live import Live
from serving.tag_uses import TagUses
from tags.outbox.delivering import try_now
from tags.outbox.feed import Page, beginning, check_age, latest_change, read_changes
from tags.outbox.letters import Letter, delivery_of, letter_of, letters, note_sent
from tags.outbox.sending import Answer
from tags.outbox.trying import WALL, ping_body, ping_id, send_once
from tags.outbox.webhooks import Hook, Wants, end, hook_of, hooks, register
from tags.report.uses import Way

LOOK_SECONDS = 0.2  # how often changes are looked for, for all callers that wait together


class Outbox:
    """A server's part in it. Its methods may be called from several threads at once."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, live: Live, uses: TagUses) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._live = live
        self._uses = uses
        self._deliveries = Deliveries(settings, store, live, uses)
        self._looking = asyncio.Lock()
        self._latest, self._looked_at = 0, 0.0
        self._deliveries.start()

    def changes(self, after: int | None, *, limit: int, tags: tuple[str, ...]) -> Page:
        """A page of the feed; from the oldest change that it goes back to where `after` is None.

        Raises:
            GoneError: The feed does not go back so far.
            InvalidInputError: There is no such change yet.
        """
        since = self._since()
        with self._store.read() as connection:
            if after is None:
                after = beginning(connection, since=since)
            else:
                check_age(connection, after, since=since)
            page = read_changes(connection, after, limit=limit, tags=tags or None)
        self._uses.note(Way.SENT, [entry.tag for entry in page.entries])
        return page

    def latest(self) -> int:
        """The number of the last change."""
        with self._store.read() as connection:
            return latest_change(connection)

    async def wait_for_more(self, after: int, *, until: float, is_leaving: Callable[[], bool]) -> bool:
        """Whether there is a change after that one before the loop's clock says `until`, and before the server ends.

        However many callers wait, the store is asked a few times a second.
        """
        loop = asyncio.get_running_loop()
        while await self._seen() <= after:
            if loop.time() >= until or is_leaving():
                return False
            await asyncio.sleep(min(LOOK_SECONDS, max(until - loop.time(), 0.0)))
        return True

    async def _seen(self) -> int:
        async with self._looking:
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self._latest = await asyncio.to_thread(self.latest)
                self._looked_at = time.monotonic()
            return self._latest

    def register(self, url: str, wants: Wants, *, after: int | None) -> Hook:
        """A new webhook; see `tags.outbox.webhooks`."""
        local, taxonomy = self._settings.webhooks_local, self._live.taxonomy
        with self._store.write() as connection:
            return register(
                connection, url, wants, taxonomy=taxonomy, local=local, after=after, now=WALL.now()
            )

    def webhooks(self) -> list[Hook]:
        """The webhooks that were not ended."""
        with self._store.read() as connection:
            return hooks(connection)

    def webhook(self, webhook_id: str) -> Hook:
        """One webhook that was not ended."""
        with self._store.read() as connection:
            return hook_of(connection, webhook_id, running=True)

    def standing(self, hook: Hook) -> dict[str, int]:
        """How many changes a webhook is behind, and how many dead letters it has that were not taken since."""
        with self._store.read() as connection:
            dead = letters(connection, hook.webhook_id, waiting=True)
            return {
                "behind": latest_change(connection) - hook.sent_through,
                "dead_letters": len(dead),
            }

    def end(self, webhook_id: str) -> Hook:
        """Let the webhook hear of nothing more."""
        with self._store.write() as connection:
            return end(connection, webhook_id, now=WALL.now())

    def test(self, webhook_id: str) -> Answer:
        """What the target answers to a delivery without changes; where it takes it, what waits is sent at once."""
        hook = self.webhook(webhook_id)
        now = WALL.now()
        answer = self._send(hook, ping_id(), ping_body(webhook_id, now=now), now)
        if answer.is_taken:
            with self._store.write() as connection:
                try_now(connection, webhook_id)
            self._deliveries.wake()
        return answer

    def letters(self, webhook_id: str) -> list[Letter]:
        """What the target would not take, oldest first."""
        with self._store.read() as connection:
            hook_of(connection, webhook_id)
            return letters(connection, webhook_id)

    def send_letter(self, webhook_id: str, seq: int) -> tuple[Letter, Answer]:
        """A dead letter sent once more, and what the target answered."""
        with self._store.read() as connection:
            letter = letter_of(connection, webhook_id, seq)
            hook = hook_of(connection, webhook_id)
            delivery = delivery_of(connection, letter, self._live.taxonomy)
        answer = self._send(hook, delivery.delivery_id, delivery.body, WALL.now())
        with self._store.write() as connection:
            if answer.is_taken:
                note_sent(connection, seq, now=WALL.now())
            return letter_of(connection, webhook_id, seq), answer

    def _send(self, hook: Hook, delivery_id: str, body: str, now: datetime) -> Answer:
        local = self._settings.webhooks_local
        return send_once(hook.url, hook.secret, delivery_id, body, local=local, now=now)

    def _since(self) -> datetime:
        return add_days(self._clock.now(), -self._settings.changes_days, self._settings.zone)

    def close(self) -> None:
        """Stop sending; what was not sent waits for the next server."""
        self._deliveries.stop()
