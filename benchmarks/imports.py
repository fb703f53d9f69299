"""A million rows of tags imported from a file: with all their history, changes and provenance, on disk."""

import csv
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from benchmarks.report import Figure
from core.language import Text
from core.settings import Settings
from core.storage import Store, open_store
from features.tables import Customer
from tags.imports.of_file import Importing
from tags.imports.shape import Shape
from tags.taxonomy import Taxonomy, parse_taxonomy

ROWS = 1_000_000
TAGS, TAGS_A_CUSTOMER = 20, 4
MOST_SECONDS = 60
ROWS_AT_ONCE = 50_000
NOW = datetime(2018, 1, 1, tzinfo=UTC)


def measure(settings: Settings, *, n_rows: int = ROWS) -> list[Figure]:
    """The figure `imports.million_rows_seconds`, in a home of its own: a CSV file of customer, tag and confidence.

    The customers are known, and the file tells of one after the other, as exports do.
    """
    with tempfile.TemporaryDirectory(prefix="tagloop-imports-") as folder:
        home = Path(folder)
        own = Settings(home=home, timezone=settings.timezone)
        store = open_store(own)
        customers = n_rows // TAGS_A_CUSTOMER
        _know(store, customers)
        file = _written(home / "tags.csv", customers)
        importing = Importing(store, home, _taxonomy(), own.zone, NOW)
        began = time.perf_counter()
        done = importing.run(
            file, Shape(), lambda _outcomes: None, lambda _done, _total: None, by="benchmark"
        )
        seconds = time.perf_counter() - began
        store.close()
    meaning = Text(
        "{applied} rows of a CSV file applied to {customers} customers, each with provenance and change; SQLite",
        {"applied": f"{done.report.tally.counts['applied']:,}", "customers": f"{customers:,}"},
    )
    return [
        Figure(
            "imports.million_rows_seconds",
            seconds * ROWS / n_rows,
            meaning,
            target=MOST_SECONDS,
            at_most=True,
        )
    ]


def _know(store: Store, customers: int) -> None:
    for start in range(0, customers, ROWS_AT_ONCE):
        rows = [
            {"customer_id": f"customer-{number:07d}", "first_seen_at": NOW}
            for number in range(start, min(customers, start + ROWS_AT_ONCE))
        ]
        with store.write() as connection:
            connection.execute(insert(Customer), rows)


def _written(path: Path, customers: int) -> Path:
    dice = random.Random(7)  # noqa: S311 (made-up tags)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("customer_id", "tag", "confidence"))
        for number in range(customers):
            for tag in dice.sample(range(TAGS), TAGS_A_CUSTOMER):
                writer.writerow((f"customer-{number:07d}", f"tag_{tag}", f"{dice.random():.2f}"))
    return path


def _taxonomy() -> Taxonomy:
    words = [{"en": f"Tag {number}", "zh": f"标签 {number}"} for number in range(TAGS)]
    tags = [
        {"key": f"tag_{number}", "name": own, "definition": own, "kind": "custom", "method": "import"}
        for number, own in enumerate(words)
    ]
    return parse_taxonomy({"tags": tags})
