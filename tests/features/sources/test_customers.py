from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from features.contract import ATTRIBUTE_SCHEMA, AttributeDefinition
from features.sources import AttributeBatch, Mapping, attribute_definitions, read_attributes

Load = Callable[[str], Mapping]

MAPPING = """
source: shop
currency: CNY
events: {orders: {files: o.csv, columns: {customer_id: a, occurred_at: b, type: {constant: purchase}}}}
customers:
  people:
    files: people.csv
    columns: {customer_id: 会员号}
    attributes:
      age: {kind: ordinal, column: 年龄段, levels: [青年, 中年, 老年], name: {en: Age, zh: 年龄}}
      city: {kind: nominal, levels: [北京, 上海]}
      income: {kind: number}
"""
PEOPLE = "会员号,年龄段,city,income,seen\n"


def _read(mapping: Mapping) -> AttributeBatch:
    batches = [
        batch for batch in read_attributes(mapping, zone=ZoneInfo("Asia/Shanghai")) if batch.customer_ids
    ]
    assert len(batches) == 1
    return batches[0]


@pytest.fixture(autouse=True)
def people(tmp_path: Path) -> None:
    rows = "1,青年,北京,1200.5,2024-01-01\n2,壮年,,many,2024-01-02\n3,,,,\n,中年,上海,1,2024-01-01\n"
    (tmp_path / "people.csv").write_text(PEOPLE + rows, encoding="utf-8")


def test_undated_facts_have_no_date_and_every_customer_is_known(load: Load) -> None:
    batch = _read(load(MAPPING))
    assert batch.table.schema == ATTRIBUTE_SCHEMA
    facts = [(row["customer_id"], row["key"], row["value"]) for row in batch.table.to_pylist()]
    assert facts == [("1", "age", "青年"), ("1", "city", "北京"), ("1", "income", "1200.5")]
    assert batch.table["observed_at"].null_count == 3
    assert batch.customer_ids.to_pylist() == ["1", "2", "3"]


def test_value_that_is_no_level_is_rejected_alone(load: Load) -> None:
    found = [(reject.line, reject.reason, reject.detail) for reject in _read(load(MAPPING)).rejects]
    assert found == [
        (2, "unknown_level", "年龄段='壮年'"),
        (2, "bad_number", "income='many'"),
        (4, "missing_customer", "会员号="),
    ]


def test_dated_facts_carry_their_instant_and_need_it(load: Load) -> None:
    dated = MAPPING.replace("{customer_id: 会员号}", "{customer_id: 会员号, observed_at: seen}")
    batch = _read(load(dated))
    assert {row["observed_at"].isoformat() for row in batch.table.to_pylist()} == {
        "2023-12-31T16:00:00+00:00"
    }
    assert (3, "missing_timestamp") in [(reject.line, reject.reason) for reject in batch.rejects]


def test_definitions_come_in_the_order_of_the_mapping(load: Load) -> None:
    assert attribute_definitions(load(MAPPING)) == (
        AttributeDefinition("age", "ordinal", ("青年", "中年", "老年"), "Age", "年龄"),
        AttributeDefinition("city", "nominal", ("北京", "上海"), "city", "city"),
        AttributeDefinition("income", "number", (), "income", "income"),
    )


def test_numbers_are_kept_as_plain_digits_and_rows_may_be_skipped(load: Load, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text('id,income,state\na,"¥12,000.50",on\nb,much,on\nc,5,off\n')
    mapping = load(
        """
        source: shop
        currency: CNY
        events: {v: {files: v.csv, columns: {customer_id: a, occurred_at: b, type: {constant: visit}}}}
        customers:
          people:
            files: people.csv
            where: {state: on}
            columns: {customer_id: id}
            attributes: {income: {kind: number}}
        """
    )
    (batch, *_) = read_attributes(mapping, zone=ZoneInfo("UTC"))
    assert batch.table["value"].to_pylist() == ["12000.50"]
    assert [(one.line, one.reason) for one in batch.rejects] == [(2, "bad_number")]
    assert batch.skipped == 1
