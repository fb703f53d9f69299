"""Whole files of other shapes, from their bytes to events of the contract."""

import gzip
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]  # it publishes no types

from features.sources import EventBatch, Mapping, count_rows, read_items

Load = Callable[[str], Mapping]
Read = Callable[[Mapping], list[EventBatch]]


def told(batches: list[EventBatch], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for batch in batches for row in batch.table.to_pylist()]


def at(event: tuple[Any, ...]) -> str:
    return str(event[1].strftime("%Y-%m-%dT%H:%M"))


def rejects(batches: list[EventBatch]) -> list[tuple[int, str, str]]:
    return [(one.line, one.reason, one.content) for batch in batches for one in batch.rejects]


def test_purchases_in_whitespace_separated_text_with_integer_dates(
    load: Load, read: Read, tmp_path: Path
) -> None:
    lines = [" 00001 19970101  1   11.77", " 00002 19970112  5   77.00", " 00002 19971301  1   12.00", " 3 x"]
    (tmp_path / "master.txt").write_text("\n".join(lines) + "\n")
    mapping = load(
        """
        source: cds
        currency: USD
        timezone: America/New_York
        events:
          sales:
            files: master.txt
            format: whitespace
            header: [customer, date, cds, dollars]
            columns:
              customer_id: customer
              occurred_at: {column: date, format: YYYYMMDD}
              type: {constant: purchase}
              quantity: cds
              amount: dollars
        """
    )
    batches = read(mapping)
    found = told(batches, "customer_id", "occurred_at", "quantity", "amount")
    assert [(who, n, amount) for who, _, n, amount in found] == [
        ("00001", 1.0, Decimal("11.77")),
        ("00002", 5.0, Decimal(77)),
    ]
    assert at(found[0]) == "1997-01-01T05:00"
    assert [(line, reason) for line, reason, _ in rejects(batches)] == [
        (3, "bad_timestamp"),
        (4, "wrong_cell_count"),
    ]
    assert count_rows(mapping) == pytest.approx(4, abs=1)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_ratings_parted_by_colons_with_epoch_seconds_and_several_genres_an_item(
    load: Load, read: Read, tmp_path: Path, ending: str
) -> None:
    ratings = b"1::1193::5::978300760\n1::661::3::978302109\n2::1193::4::late\n"
    (tmp_path / f"ratings.dat{ending}").write_bytes(gzip.compress(ratings) if ending else ratings)
    movies = '1193::Amélie "Poulain" (2001)::Comedy|Romance\n661::James (1996)::Animation|Children\'s\n'
    (tmp_path / "movies.dat").write_bytes(movies.encode("latin-1"))
    mapping = load(
        f"""
        source: films
        currency: USD
        timezone: UTC
        events:
          ratings:
            files: ratings.dat{ending}
            delimiter: "::"
            header: [user, film, stars, at]
            columns:
              customer_id: user
              occurred_at: {{column: at, format: epoch_seconds}}
              type: {{constant: rating}}
              item_id: film
        items:
          films:
            files: movies.dat
            delimiter: "::"
            encoding: latin-1
            header: [id, title, genres]
            columns: {{item_id: id, name: title, category: {{column: genres, split: "|"}}}}
        """
    )
    batches = read(mapping)
    found = told(batches, "item_id", "occurred_at", "type")
    assert [(item, at((item, when)), type_) for item, when, type_ in found] == [
        ("1193", "2000-12-31T22:12", "rating"),
        ("661", "2000-12-31T22:35", "rating"),
    ]
    assert [reason for _, reason, _ in rejects(batches)] == ["bad_timestamp"]
    items = [row for batch in read_items(mapping) for row in batch.table.to_pylist()]
    assert [(item["name"], item["category_paths"]) for item in items] == [
        ('Amélie "Poulain" (2001)', [["Comedy"], ["Romance"]]),
        ("James (1996)", [["Animation"], ["Children's"]]),
    ]


def test_invoices_of_a_workbook_with_typed_dates_prices_and_cancellations(
    load: Load, read: Read, tmp_path: Path
) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID"])
    day = datetime(2010, 12, 1, 8, 26)  # noqa: DTZ001 (a sheet knows no zone)
    sheet.append([536365, "85123A", "白色心形灯", 6, day, 2.55, 17850])
    sheet.append(["C536379", "D", "Discount", -1, day, 27.5, 14527])
    sheet.append([536414, 22139, None, 56, day, 0, None])
    book.save(tmp_path / "retail.xlsx")
    mapping = load(
        """
        source: retail
        currency: GBP
        timezone: Europe/London
        events:
          lines:
            files: retail.xlsx
            refund_if: negative_quantity
            columns:
              customer_id: Customer ID
              occurred_at: InvoiceDate
              type: {constant: purchase}
              order_id: Invoice
              item_id: StockCode
              quantity: Quantity
              amount: {product: [Quantity, Price]}
        items:
          sold: {files: retail.xlsx, columns: {item_id: StockCode, name: Description}}
        """
    )
    batches = read(mapping)
    assert told(batches, "customer_id", "type", "order_id", "item_id", "quantity", "amount") == [
        ("17850", "purchase", "536365", "85123A", 6.0, Decimal("15.3")),
        ("14527", "refund", "C536379", "D", 1.0, Decimal("27.5")),
    ]
    ((line, reason, content),) = rejects(batches)
    assert (line, reason) == (3, "missing_customer")
    assert '"Invoice": "536414"' in content
    assert count_rows(mapping) == 3
    names = [name for batch in read_items(mapping) for name in batch.table["name"].to_pylist()]
    assert names == ["白色心形灯", "Discount", None]


def test_behaviour_log_in_json_lines_of_several_types_in_chinese(
    load: Load, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "log.jsonl").write_text(
        '{"用户": {"编号": 7}, "时间": "2024年1月5日 18:05", "行为": "浏览", "商品": "a"}\n'
        '{"用户": {"编号": 7}, "时间": "2024/1/5 18:06", "行为": "留言", "内容": "有货吗 🐈"}\n'
        "broken\n",
        encoding="utf-8",
    )
    batches = read(
        load(
            """
            source: app
            currency: CNY
            timezone: Asia/Shanghai
            events:
              log:
                files: log.jsonl
                columns:
                  customer_id: 用户.编号
                  occurred_at: {column: 时间, format: year_first}
                  type: {column: 行为, values: {浏览: view, 留言: message}}
                  item_id: 商品
                  text: 内容
            """
        )
    )
    assert told(batches, "customer_id", "type", "item_id", "text") == [
        ("7", "view", "a", None),
        ("7", "message", None, "有货吗 🐈"),
    ]
    assert [at(event) for event in told(batches, "type", "occurred_at")] == [
        "2024-01-05T10:05",
        "2024-01-05T10:06",
    ]
    assert [(line, reason) for line, reason, _ in rejects(batches)] == [(3, "not_a_json_object")]


@pytest.mark.parametrize("format_", ["day_first", "epoch_seconds", "excel", "'%d.%m.%Y'"])
def test_a_file_without_rows_has_no_events_in_any_format(
    load: Load, read: Read, tmp_path: Path, format_: str
) -> None:
    (tmp_path / "t.csv").write_text("who,at,clock,genres\n")
    mapping = load(
        f"""
        source: shop
        currency: CNY
        events:
          t:
            files: t.csv
            columns:
              customer_id: who
              occurred_at: {{column: at, format: {format_}, time_column: clock}}
              type: {{constant: visit}}
              amount: {{product: [who, at]}}
        items:
          t: {{files: t.csv, columns: {{item_id: who, category: {{column: genres, split: ","}}}}}}
          flags: {{files: t.csv, columns: {{item_id: who, category: {{flags: [genres]}}}}}}
        """
    )
    assert told(read(mapping), "customer_id") == []
    assert [batch.table.num_rows for batch in read_items(mapping) if batch.table.num_rows] == []
