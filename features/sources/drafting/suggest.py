"""Drafts a mapping from files that nobody has described yet."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from core.language import Text
from features.sources.drafting.column_content import Content
from features.sources.drafting.draft_events import draft_events, time_column
from features.sources.drafting.draft_facts import draft_customers, draft_items
from features.sources.drafting.drafted import Drafted, Raw, read_raw
from features.sources.drafting.vocabulary import fields_of
from features.sources.drafting.yaml_text import plain

_HAN = re.compile(r"[\u4e00-\u9fff]")
_SIGNS = {"¥": "CNY", "￥": "CNY", "元": "CNY", "€": "EUR", "£": "GBP", "$": "USD"}
_IDENTITIES = {
    "phone": re.compile(r"phone|mobile|手机|电话", re.IGNORECASE),
    "member": re.compile(r"member|card|会员|卡号", re.IGNORECASE),
    "household": re.compile(r"household|hshd", re.IGNORECASE),
    "user": re.compile(r"user|uid|用户", re.IGNORECASE),
}
_CUSTOMER_FILE = re.compile(
    r"user|customer|member|client|household|demographic|会员|用户|客户|顾客", re.IGNORECASE
)
_ITEM_FILE = re.compile(
    r"item|movie|product|goods|book|sku|article|catalog|商品|产品|图书|电影|目录", re.IGNORECASE
)
_NAMES = {"customer_id": "customer", "occurred_at": "date", "item_id": "item"}
_OVERLAP = 0.5


@dataclass(frozen=True)
class Suggestion:
    """What a mapping could say: its tables, the files that fit none, and what holds for all."""

    tables: list[Drafted]
    unknown: list[tuple[Raw, Text]]
    is_chinese: bool
    currency: str | None
    identity: str

    def of(self, part: str) -> list[Drafted]:
        """The tables of one part."""
        return [table for table in self.tables if table.part == part]


def suggest(files: Sequence[Path]) -> Suggestion:
    """Guesses at a mapping for the files, from their names, their columns' names and what those hold.

    Raises:
        InvalidInputError: A file is not there, or cannot be read as what it seems to be.
    """
    with TemporaryDirectory(prefix="tagloop-") as folder:
        raws = read_raw(list(files), Path(folder))
    return _Guess(raws).suggestion()


class _Guess:
    """Which part each table belongs to; those of events first, since the others join with them."""

    def __init__(self, raws: list[Raw]) -> None:
        self.raws = raws
        self.tables: list[Drafted] = []
        self.unknown: list[tuple[Raw, Text]] = []

    def suggestion(self) -> Suggestion:
        rest = [raw for raw in self.raws if not self._events(raw)]
        for raw in rest:
            self._facts(raw)
        for table in [table for table in self.tables if table.part == "events"]:
            self._items_inside(table)
            self._join(table)
        texts = [*(c.name for raw in self.raws for c in raw.columns), *(raw.stem for raw in self.raws)]
        cells = [cell for raw in self.raws for c in raw.columns for cell in list(c.counts)[:50]]
        return Suggestion(
            self.tables,
            self.unknown,
            is_chinese=any(_HAN.search(text) for text in [*texts, *cells]),
            currency=next((_SIGNS[s] for table in self.tables for s in _SIGNS if _has_sign(table, s)), None),
            identity=self._identity(),
        )

    def _identity(self) -> str:
        names = [table.fields["customer_id"] for table in self.tables if "customer_id" in table.fields]
        found = [key for key, pattern in _IDENTITIES.items() if names and pattern.search(names[0])]
        return found[0] if found else "customer"

    def _events(self, raw: Raw) -> bool:
        """Draft the table if it is one of events."""
        time, customer = time_column(raw), customer_column(raw)
        if time is None or customer is None or time is customer:
            return False
        if customer.is_unique and raw.dialect.has_header and not _tells_events(raw):
            return False
        name = self._name(raw.stem)
        if raw.dialect.has_header:
            self.tables.append(draft_events(raw, name, customer, time))
            return True
        first = draft_events(raw, name, customer, time)
        named = raw.with_names(_names(raw, first))
        place = {column.name: index for index, column in enumerate(raw.columns)}
        customer, time = named.columns[place[customer.name]], named.columns[place[time.name]]
        self.tables.append(draft_events(named, name, customer, time))
        return True

    def _facts(self, raw: Raw) -> None:
        """Draft the table as one of items or customers, or say why it is none."""
        item, customer = item_column(raw), customer_column(raw) if raw.dialect.has_header else None
        if not raw.dialect.has_header:
            item, customer = self._by_overlap(raw)
        name = self._name(raw.stem)
        if customer is not None and customer.is_unique and item is None:
            self._append(raw, lambda r, column: draft_customers(r, name, column), customer)
        elif item is not None and customer is None:
            self._append(raw, lambda r, column: draft_items(r, name, column), item)
        elif customer is not None:
            self.unknown.append((raw, Text("events need a column of dates or times, and none was found")))
        else:
            self.unknown.append((raw, Text("no column looks like the id of a customer or an item")))

    def _append(self, raw: Raw, draft: Callable[[Raw, Content], Drafted], key: Content) -> None:
        table = draft(raw, key)
        if not raw.dialect.has_header:
            named = raw.with_names(_names(raw, table))
            table = draft(named, named.columns[raw.columns.index(key)])
        self.tables.append(table)

    def _by_overlap(self, raw: Raw) -> tuple[Content | None, Content | None]:
        """The first column of a file without a header, as an item's or a customer's id."""
        first = raw.columns[0]
        if not first.is_unique:
            return None, None
        if _CUSTOMER_FILE.search(raw.stem):
            return None, first
        if _ITEM_FILE.search(raw.stem) or any(column.list_delimiter == "|" for column in raw.columns):
            return first, None
        items, customers = (self._overlap(first, field) for field in ("item_id", "customer_id"))
        if max(items, customers) < _OVERLAP:
            return None, None
        return (first, None) if items >= customers else (None, first)

    def _overlap(self, column: Content, field: str) -> float:
        """Which share of the values that events have in a field the column knows."""
        shares = [
            len(values & set(column.counts)) / len(values)
            for table in self.tables
            for name, taken in table.taken.items()
            if taken == field and table.part == "events" and (values := set(table.raw.column(name).counts))
        ]
        return max(shares, default=0.0)

    def _items_inside(self, table: Drafted) -> None:
        """Items that the rows of events describe themselves: their category and name stand beside the id."""
        described = [c for c in table.free if set(fields_of(c.name)[:1]) & {"category", "name", "brand"}]
        categories = [c for c in described if "category" in fields_of(c.name)[:1]]
        if not described or any(
            self._overlap_of(other, table) for other in self.tables if other.part == "items"
        ):
            return
        if "item_id" not in table.fields and categories:
            finest = max(categories, key=lambda column: len(column.counts))
            table.take(
                "item_id", finest.name, plain(finest.name), Text("there is no item, so its category is one")
            )
        ids = [name for name, field in table.taken.items() if field == "item_id"]
        if ids:
            item = table.raw.column(ids[0])
            inside = draft_items(table.raw, self._name("items"), item, [*described])
            inside.is_inside = True
            table.taken |= {name: "items" for name in inside.taken if name not in table.taken}
            self.tables.append(inside)

    def _join(self, table: Drafted) -> None:
        """Look the customer up where a table knows them by another id, such as a phone number for a card."""
        (column,) = [name for name, field in table.taken.items() if field == "customer_id"]
        known = set(table.raw.column(column).counts)
        for other in self.tables:
            if other.part != "customers":
                continue
            own = next(name for name, field in other.taken.items() if field == "customer_id")
            others = [c for c in other.raw.columns if c.name != own and c.is_unique]
            if known & set(other.raw.column(own).counts) or own in (c.name for c in table.raw.columns):
                continue
            for candidate in others:
                if len(known & set(candidate.counts)) >= _OVERLAP * len(known):
                    table.join(other.raw, key=column, other_key=candidate.name, customer=own)
                    return

    def _overlap_of(self, items: Drafted, events: Drafted) -> bool:
        known = set(items.raw.column(next(iter(items.taken))).counts)
        ids = [name for name, field in events.taken.items() if field == "item_id"]
        return any(known & set(events.raw.column(name).counts) for name in ids)

    def _name(self, stem: str) -> str:
        """A name for a table that no other has."""
        name = re.sub(r"[\W_\d]+$", "", stem.lower()) or stem.lower()  # without the month of a monthly file
        name = re.sub(r"\W+", "_", name).strip("_")[:48] or "table"
        taken = {table.name for table in self.tables}
        return next(n for n in [name, *(f"{name}_{k}" for k in range(2, 99))] if n not in taken)


def customer_column(raw: Raw) -> Content | None:
    """The column of the customers' ids: by its name; without names, the first that is neither time nor money."""
    usable = [c for c in raw.columns if not c.is_empty and not c.is_money]
    if raw.dialect.has_header:
        named = [c for c in usable if "customer_id" in fields_of(c.name)[:1]]
        return named[0] if named else None
    time = time_column(raw)
    left = [c for c in usable if c is not time and not c.is_unique and not c.is_wordy]
    return left[0] if left else None


def item_column(raw: Raw) -> Content | None:
    """The column of the items' ids, by its name."""
    named = [c for c in raw.columns if "item_id" in fields_of(c.name)[:1] and not c.is_empty]
    return named[0] if named else None


def _tells_events(raw: Raw) -> bool:
    told = {field for column in raw.columns for field in fields_of(column.name)[:1]}
    return bool(told & {"item_id", "order_id", "amount", "rating", "type"})


def _has_sign(table: Drafted, sign: str) -> bool:
    money = [table.raw.column(name) for name, field in table.taken.items() if field in {"amount", "discount"}]
    return any(sign in cell for column in money for cell in list(column.counts)[:20]) or any(
        sign in column.name for column in money
    )


def _names(raw: Raw, table: Drafted) -> dict[str, str]:
    """Names for columns that have only numbers, by what they were taken for."""
    found: dict[str, str] = {}
    for column in raw.columns:
        taken = table.taken.get(column.name, "").split(".")[-1]
        name = _NAMES.get(taken, taken) or f"column_{column.name}"
        found[column.name] = name if name not in found.values() else f"{name}_{column.name}"
    return found
