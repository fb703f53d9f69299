from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.contract import EventTypes
from features.sources import Mapping
from features.sources.checking.fixes import fix_of_problem, fix_of_rejects
from features.sources.checking.suspicions import suspicions
from features.sources.checking.understood import Understood, understand

Load = Callable[[str], Mapping]
Write = Callable[..., Understood]

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2024, 4, 10, tzinfo=UTC)

MAPPING = """
source: shop
timezone: Asia/Shanghai
currency: CNY
events:
  orders:
    files: orders.csv
    columns: {customer_id: member, occurred_at: paid_at, type: kind, item_id: sku, amount: price, event_id: row}
items:
  goods: {files: goods.csv, columns: {item_id: sku, category: [department, aisle]}}
customers:
  people:
    files: people.csv
    columns: {customer_id: member}
    attributes: {age: {kind: ordinal, levels: [young, old]}}
"""
HEAD = "member,paid_at,kind,sku,price,row,note\n"


def _row(number: int, **cells: object) -> str:
    day, hour = number % 28 + 1, 9 + number % 12
    row = {
        "member": f"m{number % 40}",
        "paid_at": f"2024-03-{day:02} {hour:02}:00:00",
        "kind": "purchase",
        "sku": f"s{number % 5}",
        "price": "12.50",
        "row": str(number),
        "note": "",
    }
    return ",".join(str(cell) for cell in {**row, **cells}.values()) + "\n"


@pytest.fixture
def shop(tmp_path: Path, load: Load) -> Write:
    """Writes the shop's files and understands its mapping."""

    def write(
        rows: list[str], *, mapping: str = MAPPING, people: str = "m1,young\n", goods: str | None = None
    ) -> Understood:
        (tmp_path / "orders.csv").write_text(HEAD + "".join(rows), encoding="utf-8")
        items = goods or "".join(f"s{number},Food,Tea\n" for number in range(5))
        (tmp_path / "goods.csv").write_text("sku,department,aisle\n" + items, encoding="utf-8")
        (tmp_path / "people.csv").write_text("member,age\n" + people, encoding="utf-8")
        return understand(load(mapping), EventTypes(), ZONE, NOW)

    return write


def _said(found: Understood) -> str:
    return "\n".join(str(text) for text in suspicions(found, ZONE, NOW))


def test_sound_files_are_understood_whole_and_raise_no_suspicion(shop: Write) -> None:
    found = shop([_row(number) for number in range(200)])
    (orders,) = found.of("events")
    assert (found.problems, found.rejects, _said(found)) == ([], [], "")
    assert (orders.rows, len(orders.kept), orders.is_whole) == (200, 200, True)
    assert orders.used["paid_at"] == ["occurred_at"]
    assert orders.unused == ["note"]
    assert [table.key for table in found.tables] == ["events.orders", "items.goods", "customers.people"]


def test_share_of_empty_cells_is_told_for_each_field(shop: Write) -> None:
    found = shop(
        [_row(number, price="" if number % 4 else "1") for number in range(100)], people="m1,\nm2,old\n"
    )
    assert found.of("events")[0].empty["amount"] == 0.75
    assert found.of("events")[0].empty["customer_id"] == 0
    assert found.of("customers")[0].empty == {"age": 0.5}


def test_one_broken_table_does_not_hide_the_others(shop: Write) -> None:
    found = shop([_row(1)], mapping=MAPPING.replace("category: [department, aisle]", "category: [departmnt]"))
    (problem,) = found.problems
    assert problem.field == "items.goods.columns.category[0]"
    assert len(found.events) == 1


def test_missing_column_comes_with_the_line_to_write(shop: Write) -> None:
    found = shop([_row(1)], mapping=MAPPING.replace("occurred_at: paid_at", "occurred_at: time"))
    (problem,) = found.problems
    assert fix_of_problem(problem) == "occurred_at: paid_at"


def test_rejects_are_counted_by_reason_with_the_first_of_them(shop: Write) -> None:
    found = shop([_row(1), _row(2, member=""), _row(3, price="many"), _row(4, member="")])
    told = {reject.reason: (reject.rows, reject.first.line) for reject in found.rejects}
    assert told == {"missing_customer": (2, 2), "bad_number": (1, 3)}


@pytest.mark.parametrize(
    ("cells", "fix"),
    [
        ({"paid_at": "20240305"}, "occurred_at: {column: paid_at, format: YYYYMMDD}"),
        ({"paid_at": "1709600000"}, "occurred_at: {column: paid_at, format: epoch_seconds}"),
        ({"paid_at": "31/12/2023 18:05"}, "occurred_at: {column: paid_at, format: day_first}"),
        ({"kind": "加购"}, "type: {column: kind, values: {加购: cart_add}}"),
        ({"price": '"12,50"'}, 'decimal: ","'),
    ],
)
def test_rejected_rows_come_with_the_line_that_lets_them_in(
    shop: Write, load: Load, cells: dict[str, str], fix: str
) -> None:
    found = shop([*(_row(number) for number in range(1, 9)), _row(9, **cells)])
    (reject,) = found.rejects
    assert (reject.rows, reject.first.line) == (1, 9)
    assert fix_of_rejects(reject, load(MAPPING)) == fix


def test_rows_that_would_be_rejected_or_skipped_in_a_load_are_here_too(shop: Write) -> None:
    rows = [_row(1), _row(2, paid_at="2031-03-01 12:00:00"), _row(3, note="cancelled")]
    found = shop(
        rows,
        mapping=MAPPING.replace(
            "    files: orders.csv", "    files: orders.csv\n    where_not: {note: cancelled}"
        ),
    )
    (orders,) = found.of("events")
    assert (orders.rows, orders.skipped, len(orders.kept)) == (3, 1, 1)
    assert [reject.reason for reject in found.rejects] == ["after_the_clock"]


def test_unknown_level_comes_with_the_list_of_levels_to_write(shop: Write, load: Load) -> None:
    found = shop([_row(1)], people="m1,young\nm2,middle\n")
    (reject,) = found.rejects
    assert fix_of_rejects(reject, load(MAPPING)) == "age: {kind: ordinal, levels: [young, old, middle]}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"paid_at": "2024-03-01"}, "every event is at 00:00 in Asia/Shanghai"),
        ({"paid_at": "2024-03-01 03:{n:02}:00"}, "100% of the events lie between 0 and 6 o'clock"),
        ({"paid_at": "1970-01-01 08:00:{n:02}"}, "100 rows of the sample lie before 1980"),
        ({"price": "-5"}, "100 purchases have a negative amount"),
        ({"price": ""}, "no purchase has an amount"),
        ({"row": "7"}, "99 rows (99%) repeat an event_id"),
        ({"sku": "x1"}, "100% of the items that it names are in no table of items, such as 'x1'"),
        ({"member": "1.3E+10"}, "values of customer_id look like numbers that a spreadsheet rounded"),
        ({"member": "n{n}"}, "no customer of it has an event; it has 'm1', the events have 'n0'"),
        ({"member": "q{n}"}, "100% of the customers are seen on one day only"),
    ],
)
def test_suspicious_rows_are_told(shop: Write, change: dict[str, str], said: str) -> None:
    rows = [
        _row(
            number,
            **{
                name: cell.format(n=number % 60 if name == "paid_at" else number)
                for name, cell in change.items()
            },
        )
        for number in range(100)
    ]
    assert said in _said(shop(rows))


def test_customer_that_stands_for_guests_is_told(shop: Write) -> None:
    rows = [_row(number, **({"member": "0"} if number % 3 == 0 else {})) for number in range(120)]
    assert "the customer '0' has 33% of the events" in _said(shop(rows))


def test_time_of_day_that_the_mapping_gives_is_not_suspicious(shop: Write) -> None:
    given = MAPPING.replace("occurred_at: paid_at", 'occurred_at: {column: paid_at, time_of_day: "12:00"}')
    assert "every event is at" not in _said(shop([_row(number) for number in range(50)], mapping=given))


def test_export_that_ended_long_ago_comes_with_the_clock_to_set(shop: Write) -> None:
    found = shop([_row(number) for number in range(50)])
    said = "\n".join(str(text) for text in suspicions(found, ZONE, datetime(2026, 1, 1, tzinfo=UTC)))
    assert "The data end on 2024-03-28, and the clock says 2026-01-01" in said
    assert "clock_instant = 2024-03-29T00:00:00+08:00" in said
