"""Live events over HTTP: what was acknowledged outlives the server, and what is sent again counts once."""

import random
import time
from collections import Counter
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from core.settings import Settings
from core.storage import Store
from serving.keys import Scope, create_key
from tests.databases import DATABASES
from tests.faults import jobs
from tests.faults.callers import Caller, body
from tests.faults.events import EVENTS_A_CALL, call
from tests.faults.killing import KILLS, Running
from tests.faults.moments import Moment
from tests.faults.states import acknowledged_and_kept, lake_rows, numbers, seen_events
from tests.serving.conftest import free_port, listens, wait_for

CALLERS = 2
SECONDS = 0.3  # in which a kill falls, after the first answer
STAGES = {
    Moment("before", "serving.service:accept_together"): "not kept",
    Moment("after", "features.intake:_keep"): "not kept",
    Moment("after", "serving.service:accept_together"): "kept and not acknowledged",
    Moment("before", "serving.service:accept_together", call=9): "not kept",
    Moment("after", "serving.service:accept_together", call=9): "kept and not acknowledged",
}


class Intake:
    """A home whose servers are killed, and what callers know of its events."""

    def __init__(self, settings: Settings, store: Store) -> None:
        with store.write() as connection:
            self.key = create_key(connection, "caller", list(Scope), now=jobs.NOW).token
        self.store = store
        self.acknowledged: set[int] = set()
        self.next = list(range(CALLERS))  # the number of the call that each caller sends next
        # Nothing moves to the lake meanwhile, so the store tells everything that was kept.
        self.given: dict[str, Any] = {
            **settings.model_dump(include={"home", "database_url", "lake_buckets"}),
            "clock": "fixed",
            "clock_instant": jobs.NOW,
            "follow_seconds": 0,
            "flush_seconds": 3600,
        }

    def begin(self, dies: Moment | None = None, **more: object) -> tuple[Running, str]:
        """A server that answers, and its address."""
        port = free_port()
        server = Running(jobs.serve_api, {**self.given, "port": port, **more}, dies=dies)
        wait_for(lambda: listens(port))
        return server, f"http://127.0.0.1:{port}"

    def kill(self, seconds: float) -> str:
        """Kill a server at work, so long after its first answer; what the kill hit."""
        server, url = self.begin()
        with ExitStack() as stack:
            callers = [stack.enter_context(Caller(url, self.key, first, CALLERS)) for first in self.next]
            callers[0].first_answer.wait(60)
            time.sleep(seconds)
            server.process.kill()
        server.process.join()
        return self._check(callers)

    def let_die(self, moment: Moment) -> str:
        """Have a server kill itself at the moment; what that hit."""
        server, url = self.begin(moment)
        with Caller(url, self.key, self.next[0], CALLERS) as caller:
            server.dies()
        return self._check([caller])

    def _check(self, callers: list[Caller]) -> str:
        """Each call is kept whole or not at all, what was acknowledged is kept, and what nobody sent is not."""
        for caller in callers:
            self.acknowledged.update(caller.acknowledged)
            self.next[caller.under_way % CALLERS] = caller.under_way
        kept = acknowledged_and_kept(self.store)
        assert set(kept.values()) <= {1}
        assert numbers(self.store) == list(range(1, len(kept) + 1))
        calls = {number for number in self.acknowledged.union(self.next) if names(number) <= set(kept)}
        assert self.acknowledged <= calls
        assert set(kept) == set().union(*map(names, calls))
        unanswered = calls.intersection(caller.under_way for caller in callers)
        return "kept and not acknowledged" if unanswered else "not kept"


def names(number: int) -> set[str]:
    return {event.event_id for event in call(number)}


@pytest.mark.slow
def test_acknowledged_events_outlive_the_server_and_count_once(settings: Settings, store: Store) -> None:
    """Callers send what was not acknowledged again, and in the end the lake holds each event once."""
    intake = Intake(settings, store)
    for moment, stage in STAGES.items():
        assert (intake.let_die(moment), moment) == (stage, moment)
    dice = random.Random(0)  # noqa: S311 (no secret)
    kills = KILLS // len(DATABASES) - len(STAGES)
    for part in sorted(range(kills), key=lambda _: dice.random()):
        intake.kill((part + dice.random()) / kills * SECONDS)
    assert len(intake.acknowledged) >= kills * CALLERS

    server, url = intake.begin(flush_seconds=0.1)
    sent = intake.acknowledged.union(intake.next)
    for number in intake.next:
        headers = {"Authorization": f"Bearer {intake.key}"}
        assert httpx.post(f"{url}/v1/events", json=body(call(number)), headers=headers).is_success
    wait_for(lambda: not acknowledged_and_kept(store))
    server.process.kill()
    moved = Counter(row["event_id"] for row in lake_rows(settings))
    assert set(moved.values()) == {1}
    assert set(moved) == set().union(*map(names, sent))
    assert sum(seen_events(store).values()) == len(sent) * EVENTS_A_CALL
