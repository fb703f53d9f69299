"""From sending an event to having its tags on the profile: over HTTP, with rules and triggers, and without any."""

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from benchmarks.report import Figure
from benchmarks.server import CHECKOUT, Server, copy_home, served
from core.errors import ConflictError
from core.language import Text
from core.settings import Settings
from core.storage import open_store
from features.tables import History, Item

PER_SECOND = 200
SECONDS = 10  # a slice
SLICES = 4  # with tags and without in turn, so that both see the same machine
TARGET_MS = 25
KINDS = ("purchase", "purchase", "purchase", "cart_add", "coupon_redeem", "visit")
EVENTS_A_CALL = 1_000
CALLS = 5
PROBES = 20
FIRST = "first_purchase"


class Shop:
    """One home's customers and items, from which events are drawn."""

    def __init__(self, settings: Settings) -> None:
        with closing(open_store(settings)) as store, store.read() as connection:
            self.names = list(connection.scalars(select(History.customer_id).order_by(History.customer_id)))
            self.item_ids = list(connection.scalars(select(Item.item_id).order_by(Item.item_id).limit(1_000)))
        self._dice = random.Random(0)  # noqa: S311 (made-up events)
        self._numbers = count()
        self._now = settings.make_clock().now()

    def event(self, customer_id: str | None = None, kind: str | None = None) -> dict[str, Any]:
        """An event of the last minutes, of a customer drawn at random unless one is named."""
        kind = kind or self._dice.choice(KINDS)
        number = next(self._numbers)
        bought = {"amount": "3.50", "quantity": 1} if kind == "purchase" else {}
        return {
            "event_id": f"benchmark trigger {number}",
            "customer_id": customer_id or self._dice.choice(self.names),
            "occurred_at": (self._now - timedelta(seconds=self._dice.randint(60, 3_600))).isoformat(),
            "type": kind,
            "channel": "store",
            "order_id": f"benchmark trigger {number}",
            "item_id": self._dice.choice(self.item_ids),
            **bought,
        }


def measure(settings: Settings) -> list[Figure]:
    """The figures on calls whose events decide on tags, on two copies of the home: one with the general pack, one not.

    Single events of customers drawn at random come at 200 a second, in slices that go to the one server and the other
    in turn. Before them some customers who are new buy, and each has to carry its tag when its call is answered.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        ConflictError: A server answered some request with an error, or an event did not give its tag.
        UnavailableError: A server did not start.
    """
    shop = Shop(settings)
    with tempfile.TemporaryDirectory(prefix="tagloop-triggers-") as folder:
        tagged, bare = (copy_home(settings, Path(folder) / name) for name in ("tagged", "bare"))
        for home, switch in ((tagged, ()), (bare, ("--off",))):
            _tags(home, "pack", "general", *switch)
            _tags(home, "refresh")
        with served(tagged) as with_tags, served(bare) as without:
            _probe(with_tags, shop)
            slices: dict[int, list[float]] = {with_tags.port: [], without.port: []}
            empty: list[float] = []
            for server in (with_tags, without):
                _slice(server, shop, seconds=2)  # warms up
            used = 0.0
            for _ in range(SLICES):
                used -= with_tags.processor_seconds()
                slices[with_tags.port] += _slice(with_tags, shop, seconds=SECONDS)
                used += with_tags.processor_seconds()
                slices[without.port] += _slice(without, shop, seconds=SECONDS)
                noops = [with_tags.noop()] * (PER_SECOND * SECONDS)
                empty += with_tags.latencies(noops, per_second=PER_SECOND)
            rates = [_in_bulk(server, shop) for server in (with_tags, without)]
    figures = _figures(slices[with_tags.port], slices[without.port], empty, rates)
    return [*figures, _processor(used)]


def _tags(settings: Settings, *command: str) -> None:
    """Run `tagloop tags ...` on a home."""
    environment = {**os.environ, "TAGLOOP_HOME": str(settings.home.absolute())}
    subprocess.run(  # noqa: S603 (ours)
        [sys.executable, "-m", "tagloop", "tags", *command],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _probe(server: Server, shop: Shop) -> None:
    """See that a tag is on the profile as soon as the call is answered that brings its event."""
    for number in range(PROBES):
        name = f"benchmark newcomer {number}"
        server.call("/v1/events", {"events": [shop.event(name, "purchase")]})
        carried = server.call(f"/v1/customers/{name.replace(' ', '%20')}/tags")["assignments"]
        if FIRST not in {one["tag"] for one in carried}:
            raise ConflictError("{tag} was not on the profile when the call was answered", tag=FIRST)


def _slice(server: Server, shop: Shop, *, seconds: int) -> list[float]:
    """Milliseconds of single events at the steady rate."""
    calls = [server.post("/v1/events", {"events": [shop.event()]}) for _ in range(PER_SECOND * seconds)]
    return server.latencies(calls, per_second=PER_SECOND)


def _in_bulk(server: Server, shop: Shop) -> float:
    """Events a second in large calls, one after the other."""
    calls = [
        server.post("/v1/events", {"events": [shop.event() for _ in range(EVENTS_A_CALL)]})
        for _ in range(CALLS)
    ]
    return EVENTS_A_CALL * server.rate(calls, connections=1)


def _figures(
    tagged: Sequence[float], bare: Sequence[float], empty: Sequence[float], rates: Sequence[float]
) -> list[Figure]:
    return [
        Figure(
            "triggers.event_to_tag_ms_p99",
            float(np.percentile(tagged, 99)),
            Text(
                "{rate} events a second, one a call, with the general pack's rules and triggers: {spread}",
                _spread(tagged),
            ),
            target=TARGET_MS,
            at_most=True,
        ),
        Figure(
            "triggers.without_tags_ms_p99",
            float(np.percentile(bare, 99)),
            Text("the same without rules and triggers: {spread}", _spread(bare)),
        ),
        Figure(
            "triggers.noop_ms_p99",
            float(np.percentile(empty, 99)),
            Text("empty GETs at the same rate between the events: {spread}", _spread(empty)),
        ),
        Figure(
            "triggers.events_per_second_in_bulk",
            rates[0],
            Text(
                "events a second in calls of {n}, with the general pack; {bare} without rules and triggers",
                {"n": EVENTS_A_CALL, "bare": f"{rates[1]:,.0f}"},
            ),
        ),
    ]


def _processor(seconds: float) -> Figure:
    return Figure(
        "triggers.processor_ms_an_event",
        1000 * seconds / (PER_SECOND * SECONDS * SLICES),
        Text(
            "milliseconds of a processor that the server spends on such an event; it tells more than the clock where "
            "others use the machine"
        ),
    )


def _spread(milliseconds: Sequence[float]) -> dict[str, object]:
    half, most, worst = (float(np.percentile(milliseconds, of)) for of in (50, 99.9, 100))
    spread = f"50% {half:.1f} ms, 99.9% {most:.1f} ms, 100% {worst:.1f} ms"
    return {"rate": PER_SECOND, "spread": spread}
