"""Small shops that are hard to learn from, made up in code: each is a list of events and what to expect of it."""

import csv
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

from core.settings import Settings

ENDS = date(2024, 3, 1)
TAGS = ("coffee", "tea")
CUSTOMERS = 90

MAPPING = """
    source: hostile
    timezone: Asia/Shanghai
    currency: CNY
    identity: customer
    events:
      events:
        files: events.csv
        columns:
          event_id: id
          customer_id: customer
          occurred_at: at
          type: {column: type}
          order_id: order
          item_id: item
          amount: amount
          rating: rating
    items:
      items:
        files: items.csv
        columns: {item_id: item, category: [category]}
    """

BOUGHT = "{{type: purchase, categories: [{key}], level: 0}}"
LOVED = "{{type: event, events: [opinion], at_least: 4, categories: [{key}], level: 0}}"

TAG = """
      - key: {key}
        name: {{en: {key}, zh: {key}}}
        definition: {{en: buys {key}, zh: 购买 {key}}}
        outcome: {outcome}
    """


@dataclass(frozen=True)
class Row:
    """One event, on a day counted from the shop's first."""

    customer: str
    day: float
    item: str = "bread"
    amount: float = 5.0
    type: str = "purchase"
    rating: int | None = None


Rows = Iterator[Row]


@dataclass(frozen=True)
class Shop:
    """A shop of some days up to its end, the tags asked for, settings, and what a training should do.

    `trains` names the parts that are released, `refuses` the code for each that is not, and for left out tags.
    """

    name: str
    rows: Callable[[random.Random, int], Rows]
    days: int = 270
    ends: date = ENDS
    tags: tuple[str, ...] = TAGS
    outcome: str = BOUGHT
    more: dict[str, Any] = field(default_factory=dict)
    trains: frozenset[str] = frozenset()
    refuses: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> Settings:
        """The shop's files in the folder, and the settings of an empty home there."""
        folder.mkdir()
        dice = random.Random(self.name)  # noqa: S311 (made-up data)
        rows = sorted(self.rows(dice, self.days), key=lambda row: row.day)
        lines = [self._line(number, row) for number, row in enumerate(rows)]
        _write(folder / "events.csv", lines or [{**self._line(0, Row("nobody", 0)), "type": "visit"}])
        items: list[dict[str, object]] = [{"item": name, "category": name} for name in ("bread", *TAGS)]
        _write(folder / "items.csv", items)
        (folder / "mapping.yaml").write_text(dedent(MAPPING), encoding="utf-8")
        tags = (
            "tags:"
            + "".join(TAG.format(key=key, outcome=self.outcome.format(key=key)).rstrip() for key in self.tags)
            + "\n"
        )
        (folder / "tags.yaml").write_text(tags, encoding="utf-8")
        given = {
            "home": folder / "home",
            "taxonomy": folder / "tags.yaml",
            "timezone": "Asia/Shanghai",
            "clock": "fixed",
            "clock_instant": datetime(ENDS.year, ENDS.month, ENDS.day),  # noqa: DTZ001 (the shop's local time)
            "lake_buckets": 2,
            "catalogue_groups": 2,
            "workers": 1,
        }
        return Settings(**{**given, **self.more})

    def _line(self, number: int, row: Row) -> dict[str, object]:
        start = datetime(self.ends.year, self.ends.month, self.ends.day) - timedelta(days=self.days)  # noqa: DTZ001
        at = start + timedelta(days=row.day)
        return {
            "id": f"e{number}",
            "customer": row.customer,
            "at": at.isoformat(),
            "type": row.type,
            "order": f"{row.customer}-{at.date()}",
            "item": row.item,
            "amount": f"{row.amount:.2f}",
            "rating": "" if row.rating is None else row.rating,
        }


def regulars(dice: random.Random, days: int, *, customers: int = CUSTOMERS, gap: float = 12.0) -> Rows:
    """Customers with habits: everybody buys bread, half like coffee and a third tea, and one in three leaves.

    Who comes often buys what is dear.
    """
    for number in range(customers):
        own = gap * dice.uniform(0.5, 1.8)
        dearness = 20 if own < 1.1 * gap else 1
        last = dice.uniform(0.4, 1.0) * days if number % 3 == 0 else days
        day = dice.uniform(0, own)
        while day < last:
            when = int(day) + dice.choice((9, 12, 18)) / 24
            for item, likes in (
                ("bread", 0.8),
                ("coffee", 0.5 * (number % 2)),
                ("tea", 0.5 * (number % 3 == 1)),
            ):
                if dice.random() < likes:
                    yield Row(f"c{number}", when, item, round(dearness * dice.uniform(5, 30), 2))
            day += dice.expovariate(1 / own) + 0.5


def of_type(kind: str) -> Callable[[random.Random, int], Rows]:
    """The regulars' events as events of another type."""
    return lambda dice, days: (Row(r.customer, r.day, r.item, r.amount, kind) for r in regulars(dice, days))


def raters(dice: random.Random, days: int) -> Rows:
    """The regulars' events as ratings, and not a purchase among them."""
    for row in regulars(dice, days, customers=200):
        yield Row(row.customer, row.day, row.item, row.amount, "rating", dice.randint(3, 5))


def raters_of_one_day(dice: random.Random, days: int) -> Rows:
    """Everybody rated a few things on the day of signing up, and never came back."""
    for row in one_day_only(dice, days):
        yield Row(row.customer, row.day, row.item, row.amount, "rating", dice.randint(1, 5))


def one_day_only(dice: random.Random, days: int) -> Rows:
    """Hundreds of customers, each of whom came once and bought several things within hours."""
    for number in range(400):
        day = dice.uniform(0, days - 1)
        for item in dice.sample(("bread", *TAGS), dice.randint(1, 3)):
            yield Row(f"c{number}", day + dice.uniform(0, 0.1), item)


def daily(dice: random.Random, days: int) -> Rows:
    """Nobody ever leaves: all come every few days; everybody buys coffee each time."""
    for number in range(CUSTOMERS):
        for day in range(number % 3, days, 3):
            yield Row(f"c{number}", day + 0.5, "coffee", dice.uniform(1, 9))
            if dice.random() < 0.1 * (number % 4):
                yield Row(f"c{number}", day + 0.5, "tea", dice.uniform(1, 9))


def alike(_dice: random.Random, days: int) -> Rows:
    """The same customer under many names."""
    for number in range(CUSTOMERS):
        for row in regulars(random.Random("one"), days, customers=2):  # noqa: S311 (made-up data)
            if row.customer == "c1":
                yield Row(f"c{number}", row.day, row.item, row.amount)


def at_once(dice: random.Random, days: int) -> Rows:
    """Every event of the shop at one instant."""
    return (Row(r.customer, days / 2, r.item, r.amount) for r in regulars(dice, days))


def at_the_clock(dice: random.Random, days: int) -> Rows:
    """The regulars, and a rush in the last millisecond before the clock."""
    yield from regulars(dice, days)
    for number in range(CUSTOMERS):
        yield Row(f"c{number}", days - 1e-3 / 86_400, "tea")


def weekly(dice: random.Random, days: int) -> Rows:
    """A file with one date a week."""
    return (Row(r.customer, r.day // 7 * 7, r.item, r.amount) for r in regulars(dice, days))


def free(dice: random.Random, days: int) -> Rows:
    """Everything costs nothing."""
    return (Row(r.customer, r.day, r.item, 0.0) for r in regulars(dice, days))


def without_items(dice: random.Random, days: int) -> Rows:
    """Orders of which nobody knows what was bought."""
    return (Row(r.customer, r.day, "", r.amount) for r in regulars(dice, days))


def growing(dice: random.Random, days: int) -> Rows:
    """Nearly all customers came in the last weeks."""
    for row in regulars(dice, days, customers=300):
        if int(row.customer[1:]) < 20 or row.day > days - 40:
            yield row


def followed_by_a_stray(dice: random.Random, days: int) -> Rows:
    """Data that ended long ago, and one call that somebody made to try the API."""
    yield from regulars(dice, days)
    yield Row("tester", days + 7000, "tea")


def nothing(_dice: random.Random, _days: int) -> Rows:
    """No event at all but one visit."""
    return iter(())


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
