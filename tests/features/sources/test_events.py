import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidInputError
from core.ids import content_id
from features.contract import EVENT_SCHEMA, EventTypes
from features.sources import EVENT_BATCH_SCHEMA, REASONS, EventBatch, Mapping, count_rows, read_events
from features.sources.readers import chunk as chunk_sizes

Load = Callable[[str], Mapping]
Read = Callable[[Mapping], list[EventBatch]]

HEAD = "source: shop\ncurrency: CNY\nidentity: member\n"
ORDERS = (
    HEAD
    + """
events:
  orders:
    files: orders.csv
    columns:
      customer_id: 会员号
      occurred_at: 时间
      type: {constant: purchase}
      item_id: 商品
      order_id: 订单
      quantity: 数量
      amount: 金额
      discount: {sum: [优惠, 券]}
      text: 备注
      channel: {constant: 门店}
      location_id: {constant: S1}
"""
)
COLUMNS = "会员号,时间,商品,订单,数量,金额,优惠,券,备注\n"


def _events(batches: list[EventBatch]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.table.to_pylist()]


def _orders(tmp_path: Path, *rows: str, columns: str = COLUMNS) -> None:
    (tmp_path / "orders.csv").write_text(columns + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def test_row_becomes_an_event_of_the_contract(load: Load, read: Read, tmp_path: Path) -> None:
    _orders(tmp_path, "007,2024-05-01 08:30:00,咖啡-1,B-9,2,19.90,1.10,,少糖 🐈")
    (batch,) = [batch for batch in read(load(ORDERS)) if batch.rows_read]
    assert batch.table.schema == EVENT_BATCH_SCHEMA
    assert batch.table.schema.names[:-1] == EVENT_SCHEMA.names
    batch.table.validate(full=True)
    paid_at = datetime(2024, 5, 1, 0, 30, tzinfo=UTC)
    assert batch.table.to_pylist() == [
        {
            "event_id": content_id(
                "shop",
                "orders",
                "007",
                "2024-05-01 08:30:00",
                "咖啡-1",
                "B-9",
                "2",
                "19.90",
                "1.10",
                "",
                "少糖 🐈",
            ),
            "identity": "member:007",
            "customer_id": "007",
            "occurred_at": paid_at,
            "received_at": paid_at,
            "type": "purchase",
            "channel": "门店",
            "source": "shop",
            "location_id": "S1",
            "order_id": "B-9",
            "item_id": "咖啡-1",
            "quantity": 2.0,
            "amount": Decimal("19.9000"),
            "discount": Decimal("1.1000"),
            "currency": "CNY",
            "campaign_id": None,
            "rating": None,
            "text": "少糖 🐈",
            "properties": None,
            "has_own_id": False,
        }
    ]


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        (",2024-05-01,a,b,1,2,,,", "missing_customer", "会员号="),
        ("c,,a,b,1,2,,,", "missing_timestamp", "时间="),
        ("c,01.05.2024,a,b,1,2,,,", "bad_timestamp", "时间='01.05.2024'"),
        ("c,2024-05-01,a,b,many,2,,,", "bad_number", "数量='many'"),
        ("c,2024-05-01,a,b,1,NaN,,,", "bad_number", "金额='NaN'"),
        ("c,2024-05-01,a,b,1,2,inf,3,", "bad_number", "优惠='inf', 券='3'"),
        ("c,2024-05-01,a,b,1,1e15,,,", "bad_number", "金额='1e15'"),
        ("c,2024-05-01," + "x" * 201 + ",b,1,2,,,", "text_too_long", f"商品='{'x' * 200}'"),
        ("c,2024-05-01,a,b,1,2,,," + "字" * 10_001, "text_too_long", f"备注='{'字' * 200}'"),
        ("c\0d,2024-05-01,a,b,1,2,,,", "bad_character", "会员号='c\\x00d'"),
        ("c,2024-05-01,a", "wrong_cell_count", "3 / 9"),
    ],
)
def test_bad_row_is_rejected_with_its_reason_and_line_and_the_others_load(
    load: Load, read: Read, tmp_path: Path, row: str, reason: str, detail: str
) -> None:
    good = "c,2024-05-01,a,b,1,2,,,"
    _orders(tmp_path, good, row, good)
    batches = read(load(ORDERS))
    (reject,) = [reject for batch in batches for reject in batch.rejects]
    assert (reject.source, reject.file, reject.line, reject.reason) == ("shop", "orders.csv", 2, reason)
    assert reject.detail.replace('"', "'").startswith(detail[:60])
    assert isinstance(json.loads(reject.content), dict)
    assert REASONS[reason].render("zh") != REASONS[reason].render("en")
    assert len(_events(batches)) == 2
    assert sum(batch.rows_read for batch in batches) == 3


def test_lines_count_on_behind_malformed_rows_and_across_chunks(
    load: Load, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunk_sizes, "CHUNK_BYTES", 2_000)
    good, bad, malformed = "c,2024-05-01,a,b,1,2,,,", "c,never,a,b,1,2,,,", "c,2024"
    pattern = [good, malformed, bad, good, malformed, malformed, bad, '"c",2024-05-01,a,b,1,2,,,"two\nlines"']
    rows = pattern * 100
    _orders(tmp_path, *rows, malformed)
    batches = read(load(ORDERS))
    assert len(batches) > 5
    rejects = [(reject.line, reject.reason) for batch in batches for reject in batch.rejects]
    names = {bad: "bad_timestamp", malformed: "wrong_cell_count"}
    expected = [(line, names[row]) for line, row in enumerate([*rows, malformed], start=1) if row in names]
    assert sorted(rejects) == expected
    assert sum(batch.rows_read for batch in batches) == len(rows) + 1


def test_first_problem_of_a_row_is_its_reason(load: Load, read: Read, tmp_path: Path) -> None:
    _orders(tmp_path, ",never,a,b,many,x,,,")
    assert [reject.reason for batch in read(load(ORDERS)) for reject in batch.rejects] == ["missing_customer"]


def test_type_column_may_hold_several_types_and_the_shop_registers_its_own(
    load: Load, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "log.csv").write_text(
        "who,when,what\na,2024-01-01,view\na,2024-01-02,tasting\na,2024-01-03,veiw\na,2024-01-04,\n"
    )
    mapping = load(
        HEAD
        + """
event_types: {tasting: presence}
events:
  log: {files: log.csv, columns: {customer_id: who, occurred_at: when, type: what}}
"""
    )
    batches = read(mapping)
    assert [event["type"] for event in _events(batches)] == ["view", "tasting"]
    rejects = [reject for batch in batches for reject in batch.rejects]
    assert [(r.line, r.reason, r.detail) for r in rejects] == [
        (3, "unregistered_type", "what='veiw'"),
        (4, "missing_type", "what="),
    ]


def test_files_of_different_shapes_load_from_one_mapping(load: Load, read: Read, tmp_path: Path) -> None:
    _orders(tmp_path, "1,2024-05-01,a,b,1,2,,,")
    for month in (1, 2):
        table = pa.table({"member": [1, 2], "at": [date(2024, month, 1)] * 2, "ref": [month, None]})
        pq.write_table(table, tmp_path / f"visits-{month}.parquet")
    mapping = load(
        ORDERS
        + """
  visits:
    files: visits-*.parquet
    columns:
      customer_id: member
      occurred_at: at
      type: {constant: visit}
      event_id: ref
      properties: {device: {constant: app}, reference: ref}
"""
    )
    batches = read(mapping)
    events = _events(batches)
    assert [event["type"] for event in events] == ["purchase", *["visit"] * 4]
    assert {event["customer_id"] for event in events} == {"1", "2"}
    assert [batch.file for batch in batches if batch.rows_read] == [
        "orders.csv",
        "visits-1.parquet",
        "visits-2.parquet",
    ]
    assert [event["has_own_id"] for event in events] == [False, True, False, True, False]
    assert [event["event_id"] for event in events if event["has_own_id"]] == ["1", "2"]
    assert [event["properties"] for event in events[1:3]] == [
        '{"device": "app", "reference": "1"}',
        '{"device": "app"}',
    ]
    assert [event["currency"] for event in events] == ["CNY", None, None, None, None]
    assert count_rows(mapping) == 5


def test_same_row_in_the_same_table_has_the_same_id_and_in_another_one_not(
    load: Load, read: Read, tmp_path: Path
) -> None:
    _orders(tmp_path, *["c,2024-05-01,a,b,1,2,,,"] * 2, "c,2024-05-01,a,b,1,3,,,")
    first = [event["event_id"] for event in _events(read(load(ORDERS)))]
    assert first[0] == first[1] != first[2]
    other = [event["event_id"] for event in _events(read(load(ORDERS.replace("orders:", "sales:"))))]
    assert not set(first) & set(other)


def test_naive_times_and_dates_follow_their_declared_zones(load: Load, read: Read, tmp_path: Path) -> None:
    _orders(tmp_path, "c,2024-07-01 00:00:00,a,b,1,2,,,", "c,2024-07-01,a,b,1,2,,,")

    def instants(zones: str) -> list[str]:
        return [event["occurred_at"].strftime("%dT%H") for event in _events(read(load(zones + ORDERS)))]

    assert instants("") == ["30T16", "30T16"]
    assert instants("timezone: America/New_York\n") == ["01T04", "01T04"]
    assert instants("timezone: America/New_York\ntimezone_of_naive: UTC\n") == ["01T00", "01T04"]


def test_clock_changes_follow_the_stated_rule(load: Load, read: Read, tmp_path: Path) -> None:
    times = ["2017-03-12 02:30:00", "2017-11-05 01:30:00"]
    _orders(tmp_path, *[f"c,{time},a,b,1,2,,," for time in times])
    events = _events(read(load("timezone: America/New_York\n" + ORDERS)))
    assert [event["occurred_at"].strftime("%H:%M") for event in events] == ["07:30", "05:30"]


def test_missing_values_are_declared(load: Load, read: Read, tmp_path: Path) -> None:
    _orders(tmp_path, "c,2024-05-01,NULL,b,NULL,2,,,")
    (event,) = _events(
        read(load(ORDERS.replace("orders.csv", "orders.csv\n    missing_values: ['', 'NULL']")))
    )
    assert (event["item_id"], event["quantity"]) == (None, None)


def test_constant_numbers_and_currencies_of_a_row(load: Load, read: Read, tmp_path: Path) -> None:
    (tmp_path / "fees.csv").write_text("who,when,unit\na,2024-01-01,EUR\nb,2024-01-01,\n")
    mapping = load(
        HEAD
        + """
events:
  fees:
    files: fees.csv
    columns:
      customer_id: who
      occurred_at: when
      type: {constant: purchase}
      quantity: {constant: 1}
      amount: {constant: 9.9}
      currency: unit
"""
    )
    found = [(event["quantity"], event["amount"], event["currency"]) for event in _events(read(mapping))]
    assert found == [(1.0, Decimal("9.9"), "EUR"), (1.0, Decimal("9.9"), "CNY")]


def test_categories_of_pandas_read_like_plain_columns(load: Load, read: Read, tmp_path: Path) -> None:
    table = pa.table({"who": pa.array(["a", "b"]).dictionary_encode(), "when": ["2024-01-01"] * 2})
    pq.write_table(table, tmp_path / "t.parquet")
    mapping = load(
        HEAD
        + "events: {t: {files: t.parquet, columns: "
        + "{customer_id: who, occurred_at: when, type: {constant: visit}}}}\n"
    )
    assert [event["customer_id"] for event in _events(read(mapping))] == ["a", "b"]


def test_file_with_a_header_alone_has_no_events(load: Load, read: Read, tmp_path: Path) -> None:
    _orders(tmp_path)
    assert _events(read(load(ORDERS))) == []


def test_wrong_mapping_is_refused_before_the_first_batch(load: Load, tmp_path: Path) -> None:
    _orders(tmp_path, "c,2024-05-01", columns="会员号,时间\n")
    with pytest.raises(InvalidInputError, match="does not fit"):
        read_events(load(ORDERS), types=EventTypes(), zone=ZoneInfo("UTC"))


def test_byte_order_mark_is_no_part_of_the_first_column(load: Load, read: Read, tmp_path: Path) -> None:
    _orders(tmp_path, "c,2024-05-01,a,b,1,2,,,", columns="\ufeff" + COLUMNS)
    assert len(_events(read(load(ORDERS)))) == 1
