"""Finding and counting customers among a million with ten million assignments, over a store of the same tables."""

import tempfile
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, text

from benchmarks.report import Figure
from benchmarks.stopwatch import medians
from core.language import Text
from core.settings import Settings
from core.storage import Store, open_store
from tags.audience.filter import Filter, Wanted
from tags.audience.finding import count, search
from tags.audience.kept import KeptRoll
from tags.audience.roll import read_roll

CUSTOMERS = 1_000_000
# The share of customers that carries each tag; they come to ten assignments a customer.
SHARES = (
    0.9,
    0.7,
    0.6,
    0.5,
    0.5,
    0.4,
    0.4,
    0.3,
    0.3,
    0.3,
    *[0.25] * 6,
    *[0.2] * 8,
    *[0.1] * 15,
    *[0.05] * 10,
)
ROUNDS = 5
PAGE = 100
LIMIT_MS = 1000.0
NOW = datetime(2017, 12, 25, tzinfo=UTC)
ASKED = Filter(
    all=(Wanted("tag_03"), Wanted("tag_05")),
    any=(Wanted("tag_10"), Wanted("tag_11")),
    none=(Wanted("tag_01"),),
)
COUNTED = (ASKED, Filter(all=(Wanted("tag_03"),)), Filter(all=(Wanted("tag_04"),), none=(Wanted("tag_07"),)))

_SPANS = """
INSERT INTO tag_spans (tag, customer_id, began_at, ended_at, claim, confidence, value)
SELECT :tag, customer_id, :began, CASE WHEN {drawn} % 11 = 0 THEN :over ELSE :never END,
       CAST(substr(customer_id, 2) AS INTEGER), CASE WHEN :number % 3 = 0 THEN {drawn} / 1000.0 END, NULL
FROM customers WHERE {drawn} < :most ORDER BY customer_id
"""
_DRAWN = (
    "((((CAST(substr(customer_id, 2) AS INTEGER) + 1) * 2654435761 / 1024) % 1000003 * (:number * 2 + 1237) / 97) "
    "% 1000)"
)
_CUSTOMERS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :customers)
INSERT INTO customers SELECT printf('c%07d', i), :seen FROM n
"""


def measure(customers: int = CUSTOMERS) -> list[Figure]:
    """The figures `customers.filter_ms`, `customers.count_ms`, `customers.first_filter_ms` and their like."""
    with tempfile.TemporaryDirectory(prefix="tagloop-customers-") as folder:
        store = open_store(Settings(home=Path(folder)))
        try:
            fill(store, customers)
            return figures(store, customers)
        finally:
            store.close()


def fill(store: Store, customers: int) -> None:
    """Customers and their assignments; the indexes are made behind them, as a bulk load does."""
    indexes = ("began_at", "customer_id", "ended_at")
    with store.write() as connection:
        for name in indexes:
            connection.execute(text(f"DROP INDEX ix_tag_spans_{name}"))
        connection.execute(text(_CUSTOMERS), {"customers": customers, "seen": _stored(NOW)})
        for number, share in enumerate(SHARES):
            values = {"tag": f"tag_{number:02d}", "number": number, "most": int(1000 * share)}
            instants = {
                "began": _stored(NOW - timedelta(days=30 + number)),
                "over": _stored(NOW - timedelta(days=5)),
                "never": _stored(datetime(9999, 1, 1, tzinfo=UTC)),
            }
            connection.execute(text(_SPANS.format(drawn=_DRAWN)), {**values, **instants})
        for name in indexes:
            connection.execute(text(f"CREATE INDEX ix_tag_spans_{name} ON tag_spans ({name})"))


def figures(store: Store, customers: int) -> list[Figure]:
    """A page and a count by a roll that is kept, by one that is read for the first time, and by plain SQL."""
    kept = KeptRoll()
    with store.read() as connection:
        spans = connection.execute(text("SELECT count(*) FROM tag_spans")).scalar_one()
        _page(kept, connection)  # reads what is kept from then on
        found = medians(
            {
                "page": lambda: _page(kept, connection),
                "count": lambda: _count(kept, connection),
            },
            rounds=ROUNDS,
        )
        once = medians({"first": lambda: _first(connection), "sql": lambda: _by_sql(connection)}, rounds=2)
    values = {"customers": f"{customers:,}", "spans": f"{spans:,}"}
    return [
        Figure(
            "customers.filter_ms",
            1000 * found["page"],
            Text(
                "five tags asked of {customers} customers with {spans} assignments, a page and the number found; the "
                "server has looked at these tags before",
                values,
            ),
            target=LIMIT_MS,
            at_most=True,
        ),
        Figure(
            "customers.count_ms",
            1000 * found["count"],
            Text("three such conditions counted over {customers} customers with what each two share", values),
            target=LIMIT_MS,
            at_most=True,
        ),
        Figure(
            "customers.first_filter_ms",
            1000 * once["first"],
            Text("the same page where all customers and the five tags are read from the store first", values),
        ),
        Figure(
            "customers.sql_count_ms",
            1000 * once["sql"],
            Text("beside it: the same number by one SQL statement over the same tables", values),
        ),
    ]


def _page(kept: KeptRoll, connection: Connection) -> list[str]:
    with kept.now(connection, NOW, tags=ASKED.tags, everybody=False) as roll:
        return roll.page(search(ASKED, roll, connection), None, PAGE)


def _count(kept: KeptRoll, connection: Connection) -> int:
    tags = [tag for one in COUNTED for tag in one.tags]
    with kept.now(connection, NOW, tags=tags, everybody=True) as roll:
        return count([partial(search, one) for one in COUNTED], roll, connection).any


def _first(connection: Connection) -> list[str]:
    roll = read_roll(connection, NOW)
    return roll.page(search(ASKED, roll, connection), None, PAGE)


def _by_sql(connection: Connection) -> int:
    def carries(tag: str) -> str:
        return (
            f"EXISTS (SELECT 1 FROM tag_spans b WHERE b.tag = '{tag}' AND b.customer_id = a.customer_id "
            "AND b.began_at <= :now AND b.ended_at > :now)"
        )

    statement = (
        "SELECT count(*) FROM tag_spans a WHERE a.tag = 'tag_05' AND a.began_at <= :now AND a.ended_at > :now "
        f"AND {carries('tag_03')} AND ({carries('tag_10')} OR {carries('tag_11')}) AND NOT {carries('tag_01')}"
    )
    return int(connection.execute(text(statement), {"now": _stored(NOW)}).scalar_one())


def _stored(instant: datetime) -> str:
    """As SQLite keeps it."""
    return f"{instant:%Y-%m-%d %H:%M:%S.%f}"
