from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.errors import InvalidInputError
from features.contract import EventTypes
from features.sources import Mapping, check_mapping

Load = Callable[[str], Mapping]

MAPPING = """
source: shop
currency: CNY
events:
  orders:
    files: orders.csv
    columns:
      customer_id: member
      occurred_at: paid_at
      type: {constant: purchase}
      amount: {sum: [price, fee]}
      properties: {note: note}
items:
  goods: {files: goods.csv, columns: {item_id: sku, category: [department, aisle]}}
customers:
  people:
    files: people.csv
    columns: {customer_id: member}
    attributes: {age: {kind: number}}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text("member,paid_at,price,fee,note\na,2024-01-01,1,2,x\n")
    (tmp_path / "goods.csv").write_text("sku,department,aisle\n1,Food,Tea\n")
    (tmp_path / "people.csv").write_text("member,age\na,30\n")
    return tmp_path


def _problems(mapping: Mapping) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        check_mapping(mapping, EventTypes())
    return {field.field: str(field.message) for field in caught.value.fields}


@pytest.mark.usefixtures("files")
def test_fitting_mapping_passes(load: Load) -> None:
    check_mapping(load(MAPPING), EventTypes())


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("old", "new", "key", "column"),
    [
        (
            "customer_id: member\n      occ",
            "customer_id: membr\n      occ",
            "events.orders.columns.customer_id",
            "membr",
        ),
        ("paid_at", "paid", "events.orders.columns.occurred_at", "paid"),
        ("[price, fee]", "[price, fees]", "events.orders.columns.amount", "fees"),
        ("note: note", "note: notes", "events.orders.columns.properties.note", "notes"),
        ("[department, aisle]", "[department, isle]", "items.goods.columns.category[1]", "isle"),
        ("age: {kind", "ages: {kind", "customers.people.attributes.ages", "ages"),
    ],
)
def test_missing_column_is_named_with_the_nearest(
    load: Load, old: str, new: str, key: str, column: str
) -> None:
    problems = _problems(load(MAPPING.replace(old, new)))
    assert list(problems) == [key]
    assert f"has no column '{column}'; nearest: " in problems[key]


@pytest.mark.usefixtures("files")
def test_value_written_as_a_column_gets_the_hint(load: Load) -> None:
    problems = _problems(load(MAPPING.replace("{constant: purchase}", "purchase")))
    assert problems["events.orders.columns.type"].endswith("write {constant: purchase}")


@pytest.mark.usefixtures("files")
def test_unregistered_constant_type_is_refused_with_the_hint(load: Load) -> None:
    problems = _problems(load(MAPPING.replace("{constant: purchase}", "{constant: purchse}")))
    assert "did you mean purchase" in problems["events.orders.columns.type"]
    assert "event_types" in problems["events.orders.columns.type"]


def test_every_problem_is_told_at_once(load: Load, files: Path) -> None:
    (files / "goods.csv").unlink()
    problems = _problems(load(MAPPING.replace("paid_at", "paid").replace("age: {kind", "ages: {kind")))
    assert sorted(problems) == [
        "customers.people.attributes.ages",
        "events.orders.columns.occurred_at",
        "items.goods.files",
    ]


def test_column_that_is_there_twice_is_refused(load: Load, files: Path) -> None:
    (files / "people.csv").write_text("member,age,age\na,30,31\n")
    assert _problems(load(MAPPING)) == {
        "customers.people.attributes.age": "people.csv has more than one column 'age'"
    }


def test_every_file_of_a_pattern_is_looked_at(load: Load, files: Path) -> None:
    (files / "orders2.csv").write_text("member,paid_at,price,fee\n")
    assert list(_problems(load(MAPPING.replace("orders.csv", "orders*.csv")))) == [
        "events.orders.columns.properties.note"
    ]


def test_column_of_a_wrong_type_is_refused(load: Load, files: Path) -> None:
    pq.write_table(
        pa.table({"member": ["a"], "paid_at": [True], "price": [[1]], "fee": [1], "note": ["x"]}),
        files / "orders.parquet",
    )
    problems = _problems(load(MAPPING.replace("orders.csv", "orders.parquet")))
    assert "holds bool; expected dates or times" in problems["events.orders.columns.occurred_at"]
    assert "expected single values" in problems["events.orders.columns.amount"]


def test_empty_file_has_no_columns(load: Load, files: Path) -> None:
    (files / "orders.csv").write_bytes(b"")
    assert all("has no column" in text for text in _problems(load(MAPPING)).values())


def test_file_that_is_no_parquet_is_told(load: Load, files: Path) -> None:
    (files / "orders.parquet").write_text("member")
    problems = _problems(load(MAPPING.replace("orders.csv", "orders.parquet")))
    assert "cannot be read as parquet" in problems["events.orders.files"]


def test_date_column_is_readable_in_parquet(load: Load, files: Path) -> None:
    paid_at = pa.array([0], pa.timestamp("ns"))
    table = pa.table({"member": ["a"], "paid_at": paid_at, "price": [1.0], "fee": [1], "note": ["x"]})
    pq.write_table(table, files / "orders.parquet")
    check_mapping(load(MAPPING.replace("orders.csv", "orders.parquet")), EventTypes())


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        (["20240105", "20240106"], ["occurred_at: {column: paid_at, format: YYYYMMDD}"]),
        (["31/12/2024 18:05", "1/2/2024 9:00"], ["occurred_at: {column: paid_at, format: day_first}"]),
        (["1/2/2024"], ["{column: paid_at, format: day_first}", "{column: paid_at, format: month_first}"]),
        (["5-Jan-2024"], ["occurred_at: {column: paid_at, format: '%d-%b-%Y'}"]),
    ],
)
def test_dates_in_another_format_are_refused_with_the_line_that_reads_them(
    load: Load, files: Path, cells: list[str], lines: list[str]
) -> None:
    rows = "".join(f"a,{cell},1,2,x\n" for cell in cells)
    (files / "orders.csv").write_text("member,paid_at,price,fee,note\n" + rows)
    problems = _problems(load(MAPPING))
    assert list(problems) == ["events.orders.columns.occurred_at"]
    assert all(line in problems["events.orders.columns.occurred_at"] for line in lines)


def test_declared_format_that_reads_nothing_is_refused_with_one_that_does(load: Load, files: Path) -> None:
    (files / "orders.csv").write_text("member,paid_at,price,fee,note\na,31/12/2024,1,2,x\n")
    mapping = load(MAPPING.replace("paid_at", "{column: paid_at, format: month_first}"))
    assert "{column: paid_at, format: day_first}" in _problems(mapping)["events.orders.columns.occurred_at"]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([20240105], "format: YYYYMMDD}"),
        ([1735668300], "format: epoch_seconds}"),
        ([3], "format: one of iso,"),
    ],
)
def test_numbers_as_dates_are_refused_with_the_line_that_reads_them(
    load: Load, files: Path, values: list[int], line: str
) -> None:
    table = pa.table({"member": ["a"], "paid_at": values, "price": [1.0], "fee": [1], "note": ["x"]})
    pq.write_table(table, files / "orders.parquet")
    mapping = MAPPING.replace("orders.csv", "orders.parquet")
    problem = _problems(load(mapping))["events.orders.columns.occurred_at"]
    assert "holds int64" in problem
    assert line in problem


def test_column_of_the_time_of_day_is_looked_for(load: Load, files: Path) -> None:
    assert (files / "orders.csv").exists()
    problems = _problems(load(MAPPING.replace("paid_at", "{column: paid_at, time_column: paid_tme}")))
    assert list(problems) == ["events.orders.columns.occurred_at.time_column"]
