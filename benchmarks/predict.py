"""Predictions over HTTP beside an empty request to the same server: one worker, another process as client."""

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from benchmarks.features import median_customers
from benchmarks.report import Figure
from benchmarks.server import CONNECTIONS, Server, copy_home, served
from core.language import Text
from core.settings import Settings
from core.storage import Store
from features.tables import History, Item

ROUNDS = 7
CUSTOMERS = 300
NOOPS = 1500


@dataclass(frozen=True)
class Rates:
    """Answers a second in each round."""

    noop: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)
    cached: list[float] = field(default_factory=list)


def measure(settings: Settings, store: Store) -> list[Figure]:
    """The figures `predict.*` against an empty request, on a copy of the home.

    Fresh: each of 300 households around the median size sends one purchase, then each is asked for once. Cached:
    another such household is asked for again and again. Nothing is moved to the lake meanwhile.

    Raises:
        InvalidInputError: The home's store is not the SQLite file inside it.
        ConflictError: The server answered some request with an error.
        UnavailableError: The server did not start.
    """
    with store.read() as connection:
        sizes = connection.execute(select(History.customer_id, History.n_events)).tuples().all()
        item_id = connection.scalars(select(Item.item_id).order_by(Item.item_id)).first() or "item"
    unchanged, *changing = median_customers(sizes, CUSTOMERS + 1)
    with tempfile.TemporaryDirectory(prefix="tagloop-bench-") as folder:
        copy = copy_home(settings, Path(folder) / "home")
        with served(copy) as server:
            rates = _rates(server, unchanged, changing, item_id)
    return _figures(rates)


def _rates(server: Server, unchanged: str, changing: Sequence[str], item_id: str) -> Rates:
    quiet = [server.predict(unchanged)] * len(changing)
    rates = Rates()
    server.rate(quiet)
    for number in range(ROUNDS):
        rates.noop.append(server.rate([server.noop()] * NOOPS))
        rates.cached.append(server.rate(quiet))
        server.change(changing, item_id, f"benchmark {number}")
        rates.fresh.append(server.rate([server.predict(name) for name in changing]))
    return rates


def _figures(rates: Rates) -> list[Figure]:
    noop, fresh, cached = (statistics.median(found) for found in (rates.noop, rates.fresh, rates.cached))
    beside = {"noop": noop, "n": CONNECTIONS}
    return [
        Figure(
            "predict.fresh_vs_noop",
            fresh / noop,
            Text(
                "{rate:.0f} predictions a second after a new event each, {noop:.0f} empty GETs; {n} connections",
                {"rate": fresh, **beside},
            ),
            target=0.12,
        ),
        Figure(
            "predict.cached_vs_noop",
            cached / noop,
            Text(
                "{rate:.0f} predictions a second when nothing changed, {noop:.0f} empty GETs; {n} connections",
                {"rate": cached, **beside},
            ),
            target=0.6,
        ),
    ]
