"""Rows that a mapping renames, skips, turns into refunds or refuses."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import InvalidInputError
from features.contract import EventTypes
from features.sources import EventBatch, Mapping, mapping_warnings, read_attributes, read_events, read_items

Load = Callable[[str], Mapping]
Read = Callable[[Mapping], list[EventBatch]]

HEAD = "source: shop\ncurrency: CNY\nevents:\n"
LOG = """
  log:
    files: log.csv
    columns:
      customer_id: who
      occurred_at: at
      type: {column: what, values: {pv: view, buy: purchase, 收藏: favourite}%s}
"""
SALES = """
  sales:
    files: sales.csv
    %s
    columns:
      customer_id: who
      occurred_at: at
      type: {constant: purchase}
      quantity: n
      amount: {product: [n, price]}
"""


def events(batches: list[EventBatch]) -> list[dict[str, Any]]:
    return [row for batch in batches for row in batch.table.to_pylist()]


def rejects(batches: list[EventBatch]) -> list[tuple[int, str, str]]:
    return [(one.line, one.reason, one.detail) for batch in batches for one in batch.rejects]


@pytest.fixture
def log(tmp_path: Path) -> None:
    rows = ["a,pv", "a,buy", "a,收藏", "a,swipe", ",swipe", "a,"]
    (tmp_path / "log.csv").write_text(
        "who,at,what\n" + "".join(f"{row.split(',')[0]},2024-01-01,{row.split(',')[1]}\n" for row in rows)
    )


@pytest.mark.usefixtures("log")
def test_types_are_renamed_and_a_value_without_a_meaning_is_rejected(load: Load, read: Read) -> None:
    batches = read(load(HEAD + LOG % ""))
    assert [event["type"] for event in events(batches)] == ["view", "purchase", "favourite"]
    assert rejects(batches) == [
        (4, "unknown_value", "what='swipe'"),
        (5, "missing_customer", "who="),
        (6, "missing_type", "what="),
    ]


@pytest.mark.usefixtures("log")
def test_values_without_a_meaning_may_be_skipped_and_are_counted(load: Load, read: Read) -> None:
    batches = read(load(HEAD + LOG % ", other: skip"))
    assert len(events(batches)) == 3
    assert rejects(batches) == [(6, "missing_type", "what=")]
    assert sum(batch.skipped for batch in batches) == 2
    assert sum(batch.rows_read for batch in batches) == 6


@pytest.mark.usefixtures("log")
def test_an_empty_cell_may_have_a_meaning(load: Load, read: Read) -> None:
    batches = read(load(HEAD + LOG.replace("pv: view", "'': visit") % ", other: skip"))
    assert [event["type"] for event in events(batches)] == ["purchase", "favourite", "visit"]


@pytest.mark.usefixtures("log")
def test_a_type_that_values_name_has_to_be_registered(load: Load) -> None:
    mapping = load(HEAD + LOG.replace("pv: view", "pv: veiw") % "")
    with pytest.raises(InvalidInputError, match="did you mean view"):
        read_events(mapping, types=EventTypes(), zone=ZoneInfo("UTC"))


def test_other_texts_are_renamed_too_and_may_stay_as_they_are(load: Load, read: Read, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("who,at,what,via\na,2024-01-01,buy,1\na,2024-01-01,buy,小程序\n")
    channel = "\n      channel: {column: via, values: {1: 门店}, other: keep}\n"
    found = events(read(load(HEAD + LOG.rstrip() % "" + channel)))
    assert [event["channel"] for event in found] == ["门店", "小程序"]


def sales(tmp_path: Path, *rows: str) -> None:
    (tmp_path / "sales.csv").write_text("who,at,n,price,status\n" + "".join(f"{row}\n" for row in rows))


def test_rows_of_other_kinds_are_skipped_whatever_else_they_hold(
    load: Load, read: Read, tmp_path: Path
) -> None:
    sales(
        tmp_path,
        "a,2024-01-01,1,2,paid",
        ",never,x,y,cancelled",
        "b,2024-01-01,1,2,shipped",
        "c,2024-01-01,1,2,",
    )
    wanted = read(load(HEAD + SALES % "where: {status: [paid, shipped]}"))
    assert ([event["customer_id"] for event in events(wanted)], rejects(wanted)) == (["a", "b"], [])
    assert sum(batch.skipped for batch in wanted) == 2
    others = read(load(HEAD + SALES % "where_not: {status: [cancelled, '']}"))
    assert events(others) == events(wanted)


def test_conditions_name_columns_that_are_there(load: Load, tmp_path: Path) -> None:
    sales(tmp_path, "a,2024-01-01,1,2,paid")
    with pytest.raises(InvalidInputError, match="no column 'state'; nearest: status") as caught:
        read_events(load(HEAD + SALES % "where: {state: paid}"), types=EventTypes(), zone=ZoneInfo("UTC"))
    assert caught.value.fields[0].field == "events.sales.where.state"


@pytest.mark.parametrize("told_by", ["negative_quantity", "negative_amount"])
def test_negative_purchases_are_refunds_of_positive_amounts(
    load: Load, read: Read, tmp_path: Path, told_by: str
) -> None:
    sales(tmp_path, "a,2024-01-01,2,9.90,", 'a,2024-01-02,-1,"¥1,009.90",', "a,2024-01-03,,5,")
    found = events(read(load(HEAD + SALES % f"refund_if: {told_by}")))
    assert [(event["type"], event["quantity"], event["amount"]) for event in found] == [
        ("purchase", 2.0, Decimal("19.8")),
        ("refund", 1.0, Decimal("1009.9")),
        ("purchase", None, None),
    ]


def test_comma_decimals_are_declared_for_the_table(load: Load, read: Read, tmp_path: Path) -> None:
    sales(tmp_path, 'a,2024-01-01,"2,5","1.000,10",', "a,2024-01-01,2.5,1,")
    batches = read(load(HEAD + SALES % 'decimal: ","'))
    assert [event["amount"] for event in events(batches)] == [Decimal("2500.25")]
    assert rejects(batches) == [(2, "bad_number", "n='2.5'")]


def test_rows_after_the_clock_are_rejected_and_at_the_clock_not(load: Load, tmp_path: Path) -> None:
    sales(tmp_path, "a,2024-01-01T00:00:00Z,1,2,", "a,2024-01-01T00:00:00.000001Z,1,2,")
    now = datetime(2024, 1, 1, tzinfo=UTC)
    batches = list(read_events(load(HEAD + SALES % ""), types=EventTypes(), zone=ZoneInfo("UTC"), now=now))
    assert [(line, reason) for line, reason, _ in rejects(batches)] == [(2, "after_the_clock")]
    assert len(events(batches)) == 1


def test_optional_files_may_be_absent_and_others_not(load: Load, read: Read, tmp_path: Path) -> None:
    sales(tmp_path, "a,2024-01-01,1,2,")
    more = SALES.replace("sales:", "old:").replace("sales.csv", "archive/*.csv")
    assert len(events(read(load(HEAD + SALES % "" + more % "optional: true")))) == 1
    with pytest.raises(InvalidInputError, match="no file matches"):
        read(load(HEAD + SALES % "" + more % ""))


def test_a_mapping_of_events_alone_has_no_items_and_no_facts(load: Load, tmp_path: Path) -> None:
    sales(tmp_path, "a,2024-01-01,1,2,")
    mapping = load(HEAD + SALES % "")
    assert list(read_items(mapping)) == []
    assert list(read_attributes(mapping, zone=ZoneInfo("UTC"))) == []


def test_assumptions_about_any_file_come_as_warnings_once(load: Load, tmp_path: Path) -> None:
    sales(tmp_path, "a,2024-01-01,1,2,")
    (tmp_path / "goods.csv").write_bytes("编号\n绿茶\n".encode("gb18030"))
    table = "{files: goods.csv, columns: {item_id: 编号}}"
    goods = f"items:\n  goods: {table}\n  same: {table}\n"
    (warning,) = mapping_warnings(load(HEAD + SALES % "" + goods))
    assert "goods.csv is not UTF-8" in str(warning)
