"""Live events taken in over HTTP, on disk before the answer: on SQLite and on PostgreSQL."""

import random
import statistics
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.postgres import on_postgres
from benchmarks.report import Figure
from benchmarks.server import CONNECTIONS, Server, copy_home, served
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.tables import History, Item

EVENTS_A_CALL = 100
LINES_AN_ORDER = 5
CALLS = 80
ROUNDS = 5


def measure(settings: Settings, store: Store) -> list[Figure]:
    """The figures `events.accepted_per_second` and `events.accepted_per_second_postgres`, on copies of the home.

    Each call brings the new orders of 20 households that the store knows, over several connections at once.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        ConflictError: The server answered some request with an error.
        UnavailableError: The server did not start.
    """
    with store.read() as connection:
        names = list(connection.scalars(select(History.customer_id).order_by(History.customer_id)))
        item_ids = list(connection.scalars(select(Item.item_id).order_by(Item.item_id).limit(1_000)))
    with tempfile.TemporaryDirectory(prefix="tagloop-intake-") as folder:
        copy = copy_home(settings, Path(folder) / "home")
        on_sqlite = _rate(copy, names, item_ids)
        with on_postgres(copy) as there:
            beside = _rate(there, names, item_ids)
    return [
        Figure("events.accepted_per_second", on_sqlite, _meaning("SQLite")),
        Figure("events.accepted_per_second_postgres", beside, _meaning("PostgreSQL")),
    ]


def _meaning(database: str) -> Text:
    return Text(
        "new events on disk before the answer, {events} a call over {n} connections; {database}",
        {"events": EVENTS_A_CALL, "n": CONNECTIONS, "database": database},
    )


def _rate(settings: Settings, customer_ids: Sequence[str], item_ids: Sequence[str]) -> float:
    dice = random.Random(0)  # noqa: S311 (made-up orders)
    with served(settings) as server:
        rates = [
            EVENTS_A_CALL * server.rate(_calls(server, dice, number, customer_ids, item_ids))
            for number in range(ROUNDS + 1)
        ]
    return statistics.median(rates[1:])  # the first one warms up


def _calls(
    server: Server, dice: random.Random, number: int, customer_ids: Sequence[str], item_ids: Sequence[str]
) -> list[str]:
    now = datetime.fromisoformat(server.call("/health")["now"])
    return [
        server.post("/v1/events", {"events": orders(dice, f"{number}-{call}", now, customer_ids, item_ids)})
        for call in range(CALLS)
    ]


def orders(
    dice: random.Random, label: str, now: datetime, customer_ids: Sequence[str], item_ids: Sequence[str]
) -> list[dict[str, Any]]:
    """The events of one call: orders of five lines each, of customers drawn at random, from the last day."""
    events = []
    for order in range(EVENTS_A_CALL // LINES_AN_ORDER):
        name = dice.choice(customer_ids)
        at = (now - timedelta(seconds=dice.randint(60, 86_400))).isoformat()
        events += [
            {
                "event_id": f"benchmark {label}-{order}-{line}",
                "customer_id": name,
                "occurred_at": at,
                "type": "purchase",
                "channel": "store",
                "order_id": f"benchmark {label}-{order}",
                "item_id": dice.choice(item_ids),
                "quantity": 1,
                "amount": f"{dice.randint(50, 2_000) / 100:.2f}",
            }
            for line in range(LINES_AN_ORDER)
        ]
    return events
