"""Event files as batches of the contract."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa

from core.clock import to_us
from features.contract import EVENT_SCHEMA, INSTANT, TEXT_LIMIT, EventTypes, Reject, Role
from features.sources.arrow import Values, pc
from features.sources.checking.check import check_events, source_columns
from features.sources.columns import ColumnReader
from features.sources.content import content_ids
from features.sources.join import Lookup, open_lookup
from features.sources.mapping import EventTable, Mapping
from features.sources.readers.chunk import Chunk
from features.sources.readers.tables import open_files
from features.sources.rejects import Place, malformed_rejects
from features.sources.values.convert import as_mask
from features.sources.values.instants import Zones
from features.sources.values.time_formats import LATEST_US

EVENT_BATCH_SCHEMA = EVENT_SCHEMA.append(pa.field("has_own_id", pa.bool_(), nullable=False))

_IDS = ("location_id", "order_id", "item_id", "campaign_id")


@dataclass(frozen=True)
class EventBatch:
    """Some rows of a source file as events, and those of its rows that break the contract.

    `table` has `EVENT_BATCH_SCHEMA`: the contract and `has_own_id`. An event without an id of its own has
    `core.ids.content_id(source, table name, *its cells)`; identical rows share it until they are numbered.
    """

    table: pa.Table
    rejects: list[Reject]
    rows_read: int
    file: str
    skipped: int = 0


def read_events(
    mapping: Mapping, *, types: EventTypes, zone: ZoneInfo, now: datetime | None = None
) -> Iterator[EventBatch]:
    """The events of every table of the mapping, file by file, about a hundred thousand rows at a time.

    `types` are the registered types, to which the mapping adds its own; `zone` is the shop's, for a mapping
    that names none. A bulk file counts as received when its events happened. Rows after `now` are rejected.

    Raises:
        InvalidInputError: The mapping does not fit its files; nothing has been read then.
    """
    types = types.with_own(mapping.event_types)
    check_events(mapping, types)
    return _batches(mapping, types, zone, now)


def count_rows(mapping: Mapping) -> int:
    """About how many rows the event files have, without reading them: exact for Parquet, by size for CSV."""
    tables = ((f"events.{name}.files", table) for name, table in mapping.events.items())
    return sum(file.estimated_rows() for where, table in tables for file in open_files(table, where))


def _batches(
    mapping: Mapping, types: EventTypes, zone: ZoneInfo, now: datetime | None
) -> Iterator[EventBatch]:
    for name, table in mapping.events.items():
        where = f"events.{name}"
        lookup = open_lookup(table.join, f"{where}.join") if table.join else None
        reader = _EventReader(mapping, name, table, types, zone, lookup, now)
        for file in open_files(table, f"{where}.files"):
            for chunk in file.chunks():
                yield reader.batch(chunk, file.path.name)


class _EventReader:
    """Turns the chunks of one table into batches."""

    def __init__(
        self,
        mapping: Mapping,
        name: str,
        table: EventTable,
        types: EventTypes,
        zone: ZoneInfo,
        lookup: Lookup | None,
        now: datetime | None,
    ) -> None:
        self.mapping = mapping
        self.name = name
        self.table = table
        self.columns = table.columns
        self.types = types
        self.zones = Zones(mapping.date_zone(zone), mapping.naive_zone(zone))
        self.lookup = lookup
        self.latest_us = to_us(now) if now else LATEST_US

    def batch(self, chunk: Chunk, file: str) -> EventBatch:
        place = Place(self.mapping.source, file, chunk, self._rows(chunk))
        row = ColumnReader(place.rows, self.table.decimal)
        row.only(self.table.where, self.table.where_not)
        arrays = self._who_and_when(row) | self._what(row) | self._money(row) | self._event_ids(row, chunk)
        arrays |= self._refunds(arrays)
        ok = pa.array(row.problems.ok)
        table = pa.Table.from_arrays(
            [arrays[name].filter(ok) for name in EVENT_BATCH_SCHEMA.names], schema=EVENT_BATCH_SCHEMA
        )
        rejects = malformed_rejects(place) + row.problems.rejects(place)
        rejects.sort(key=lambda reject: reject.line)
        rows_read = chunk.columns.num_rows + len(chunk.malformed)
        return EventBatch(table, rejects, rows_read, file, int(row.problems.skipped.sum()))

    def _rows(self, chunk: Chunk) -> pa.RecordBatch:
        return self.lookup.add_to(chunk.columns) if self.lookup else chunk.columns

    def _who_and_when(self, row: ColumnReader) -> dict[str, Values]:
        columns = self.columns
        customer = row.id(columns.customer_id)
        row.problems.flag(as_mask(customer.is_null()), "missing_customer", (columns.customer_id,))
        instants = row.instants(columns.occurred_at, self.zones)
        row.problems.flag(instants.missing, "missing_timestamp", (columns.occurred_at.column,))
        row.problems.flag(instants.us > self.latest_us, "after_the_clock", (columns.occurred_at.column,))
        occurred_at = pa.array(instants.us).cast(INSTANT)
        return {
            "customer_id": customer,
            "identity": pc.binary_join_element_wise(
                pa.scalar(self.mapping.identity), customer, pa.scalar(":")
            ),
            "occurred_at": occurred_at,
            "received_at": occurred_at,
            "source": row.constant(self.mapping.source),
        }

    def _what(self, row: ColumnReader) -> dict[str, Values]:
        columns = self.columns
        type_ = row.text(columns.type)
        type_columns = source_columns(columns.type)
        row.problems.flag(as_mask(type_.is_null()), "missing_type", type_columns)
        known = pc.is_in(type_, value_set=pa.array(list(self.types.roles)))
        row.problems.flag(~as_mask(known), "unregistered_type", type_columns)
        ids = {name: row.text(getattr(columns, name), is_id=True) for name in _IDS}
        return ids | {
            "type": type_,
            "channel": row.text(columns.channel),
            "text": row.text(columns.text, limit=TEXT_LIMIT),
            "quantity": row.numbers(columns.quantity),
            "rating": row.numbers(columns.rating),
            "properties": row.properties(columns.properties),
        }

    def _money(self, row: ColumnReader) -> dict[str, Values]:
        """Amounts, and their currency: the row's own, else the source's wherever there is money."""
        amount, discount = row.money(self.columns.amount), row.money(self.columns.discount)
        own = row.text(self.columns.currency)
        has_money = pc.or_(amount.is_valid(), discount.is_valid())
        currency = pc.if_else(has_money, pc.coalesce(own, pa.scalar(self.mapping.currency)), own)
        return {"amount": amount, "discount": discount, "currency": currency}

    def _refunds(self, arrays: dict[str, Values]) -> dict[str, Values]:
        """What becomes of purchases that the mapping takes for refunds."""
        if not self.table.refund_if:
            return {}
        bought = [name for name, role in self.types.roles.items() if role is Role.PURCHASE]
        sign = arrays[self.table.refund_if.removeprefix("negative_")]
        is_refund = pc.and_(
            pc.is_in(arrays["type"], value_set=pa.array(bought)),
            pc.fill_null(pc.less(sign, 0), False),  # noqa: FBT003
        )
        positive = {
            name: pc.if_else(is_refund, pc.abs(arrays[name]), arrays[name])
            for name in ("quantity", "amount", "discount")
        }
        return positive | {"type": pc.if_else(is_refund, pa.scalar("refund"), arrays["type"])}

    def _event_ids(self, row: ColumnReader, chunk: Chunk) -> dict[str, Values]:
        own = row.id(self.columns.event_id)
        has_own_id = own.is_valid()
        if own.null_count:
            own = pc.coalesce(own, content_ids(chunk.columns, self.mapping.source, self.name))
        return {"event_id": own, "has_own_id": has_own_id}
