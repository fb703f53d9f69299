"""What a mapping may have got wrong although every row is valid: signs of it in the events themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.clock import from_us, midnight, to_us
from core.language import Text
from features.contract import Role
from features.sources.arrow import Values, pc
from features.sources.checking.understood import SeenTable, Understood
from features.sources.values.zones import DAY_US, HOUR_US, local_from_utc

FEW_ROWS = 20  # below it shares mean nothing
GUEST_SHARE = 0.2
GUEST_CUSTOMERS = 20
NIGHT_SHARE = 0.5
NIGHT_HOURS = 6
ONE_DAY_SHARE = 0.8
EARLY_YEAR = 1980
ENDED_DAYS = 35  # longer than the demo's horizon
UNKNOWN_ITEMS_SHARE = 0.01
NEGATIVE_SHARE = 0.001

_CUT_ID = r"^\d(\.\d+)?[eE]\+?\d+$|^\d+\.\d+$"


@dataclass(frozen=True)
class _Events:
    """The events of one table, and where they are looked at from."""

    table: SeenTable
    rows: pa.Table
    zone: ZoneInfo
    found: Understood

    @property
    def us(self) -> NDArray[np.int64]:
        return np.asarray(self.rows.column("occurred_at").cast(pa.int64()), dtype=np.int64)

    def of_role(self, role: Role) -> pa.Table:
        types = [name for name, counts_as in self.found.types.roles.items() if counts_as is role]
        return self.rows.filter(pc.is_in(self.rows.column("type"), value_set=pa.array(types)))


def suspicions(found: Understood, zone: ZoneInfo, now: datetime) -> list[Text]:
    """What a person should look at before loading; `zone` and `now` are the shop's.

    Few rows raise no suspicion about shares.
    """
    texts = [
        text
        for table in found.of("events")
        for look in (_early, _nights, _guest, _ids, _amounts, _own_ids)
        for text in look(_Events(table, table.kept, zone, found))
    ]
    whole = (_one_day(found, zone), _unknown_items(found), _strangers(found), _ended(found, zone, now))
    return [*texts, *(text for found_texts in whole for text in found_texts)]


def _early(events: _Events) -> Iterator[Text]:
    early = int((events.us < to_us(datetime(EARLY_YEAR, 1, 1, tzinfo=events.zone))).sum())
    if early:
        values = {"table": events.table.key, "rows": early, "year": EARLY_YEAR}
        yield Text(
            "{table}: {rows} rows of the sample lie before {year}: an empty date, or a number in another unit?",
            values,
        )


def _nights(events: _Events) -> Iterator[Text]:
    if len(events.rows) < FEW_ROWS:
        return
    into_day = local_from_utc(events.us, events.zone) % DAY_US
    values = {"table": events.table.key, "zone": events.zone.key}
    if (into_day == into_day[0]).all():
        if events.table.has_given_time:
            return
        values["time"] = f"{into_day[0] // HOUR_US:02}:{into_day[0] // (HOUR_US // 60) % 60:02}"
        yield Text(
            "{table}: every event is at {time} in {zone}, so hours will tell nothing; "
            "if another column has the time of day, use it",
            values,
        )
    elif (share := float((into_day < NIGHT_HOURS * HOUR_US).mean())) > NIGHT_SHARE:
        values["share"] = f"{share:.0%}"
        yield Text(
            "{table}: {share} of the events lie between 0 and 6 o'clock in {zone}; if the file's times are in "
            "another zone, say so, such as timezone_of_naive: UTC",
            values,
        )


def _guest(events: _Events) -> Iterator[Text]:
    counts = pc.value_counts(events.rows.column("customer_id"))
    if len(counts) < GUEST_CUSTOMERS:
        return
    biggest = counts[int(np.argmax(counts.field("counts").to_numpy()))]
    share = biggest["counts"].as_py() / len(events.rows)
    if share > GUEST_SHARE:
        values = {"table": events.table.key, "id": repr(biggest["values"].as_py()), "share": f"{share:.0%}"}
        yield Text(
            "{table}: the customer {id} has {share} of the events; if it stands for guests, leave its rows out",
            values,
        )


def _ids(events: _Events) -> Iterator[Text]:
    for name in ("customer_id", "item_id", "order_id"):
        ids = events.rows.column(name).drop_null()
        cut = ids.filter(pc.match_substring_regex(ids, _CUT_ID))
        if len(cut):
            values = {"table": events.table.key, "field": name, "id": repr(cut[0].as_py()), "rows": len(cut)}
            yield Text(
                "{table}: {rows} values of {field} look like numbers that a spreadsheet rounded, such as {id}; "
                "export the column as text",
                values,
            )


def _amounts(events: _Events) -> Iterator[Text]:
    bought = events.of_role(Role.PURCHASE)
    below = int(pc.sum(pc.less(bought.column("amount"), 0)).as_py() or 0)
    if below and below > NEGATIVE_SHARE * len(bought):
        values = {"table": events.table.key, "rows": below}
        yield Text(
            "{table}: {rows} purchases have a negative amount; returned goods are refunds, not purchases",
            values,
        )
    if len(bought) >= FEW_ROWS and bought.column("amount").null_count == len(bought):
        yield Text(
            "{table}: no purchase has an amount; features of money stay empty", {"table": events.table.key}
        )


def _own_ids(events: _Events) -> Iterator[Text]:
    own = events.rows.filter(events.rows.column("has_own_id")).column("event_id")
    twice = len(own) - pc.count_distinct(own).as_py()
    if twice > NEGATIVE_SHARE * len(own):
        values = {"table": events.table.key, "rows": twice, "share": f"{twice / len(own):.0%}"}
        yield Text(
            "{table}: {rows} rows ({share}) repeat an event_id and will count once; if it is an order's number, "
            "map it as order_id",
            values,
        )


def _one_day(found: Understood, zone: ZoneInfo) -> Iterator[Text]:
    rows = found.events
    if len(rows) < FEW_ROWS or any(not table.is_whole for table in found.of("events")):
        return  # slices of a large file hold only some events of each customer
    instants = np.asarray(rows.column("occurred_at").cast(pa.int64()), dtype=np.int64)
    days = local_from_utc(instants, zone) // DAY_US
    customers = np.unique(np.asarray(rows.column("customer_id").to_pylist()), return_inverse=True)[1]
    pairs = np.unique(np.stack([customers, days]), axis=1)
    share = float((np.bincount(pairs[0]) == 1).mean())
    if share > ONE_DAY_SHARE:
        yield Text(
            "{share} of the customers are seen on one day only, so churn cannot be learnt",
            {"share": f"{share:.0%}"},
        )


def _unknown_items(found: Understood) -> Iterator[Text]:
    tables = found.of("items")
    if not tables or not all(table.is_whole for table in tables):
        return
    known = pa.concat_arrays([_flat(table.kept.column("item_id")) for table in tables])
    for table in found.of("events"):
        named = pc.unique(table.kept.column("item_id").drop_null())
        strange = named.filter(pc.invert(pc.is_in(named, value_set=known)))
        if len(strange) > UNKNOWN_ITEMS_SHARE * len(named):
            values = {
                "table": table.key,
                "share": f"{len(strange) / len(named):.0%}",
                "id": repr(strange[0].as_py()),
            }
            yield Text(
                "{table}: {share} of the items that it names are in no table of items, such as {id}; "
                "they have no category",
                values,
            )


def _strangers(found: Understood) -> Iterator[Text]:
    """Tables of customers none of whom has an event: the ids are spelled in two ways."""
    if any(not table.is_whole for table in found.of("events")):
        return
    seen = set(pc.unique(found.events.column("customer_id")).to_pylist())
    for table in found.of("customers"):
        if seen and table.customer_ids and not seen & table.customer_ids:
            values = {"table": table.key, "own": repr(min(table.customer_ids)), "other": repr(min(seen))}
            yield Text(
                "{table}: no customer of it has an event; it has {own}, the events have {other}", values
            )


def _ended(found: Understood, zone: ZoneInfo, now: datetime) -> Iterator[Text]:
    """An export that ends in the past: as of today all of its customers would look lost."""
    instants = np.asarray(found.events.column("occurred_at").cast(pa.int64()), dtype=np.int64)
    past = instants[instants <= to_us(now)]
    if len(past) and to_us(now) - past.max() > ENDED_DAYS * DAY_US:
        last = from_us(int(past.max())).astimezone(zone)
        values = {
            "last": last.date(),
            "now": now.astimezone(zone).date(),
            "instant": midnight(last.date() + timedelta(days=1), zone).isoformat(),
        }
        yield Text(
            "The data end on {last}, and the clock says {now}. To train and serve as if it were then, "
            'set clock = "fixed" and clock_instant = {instant} in tagloop.toml',
            values,
        )


def _flat(column: "pa.ChunkedArray[pa.StringScalar]") -> Values:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
