from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInputError
from features.contract import ITEM_SCHEMA
from features.sources import Mapping, read_items
from features.sources.readers import chunk

Load = Callable[[str], Mapping]

MAPPING = """
source: shop
currency: CNY
events: {orders: {files: o.csv, columns: {customer_id: a, occurred_at: b, type: {constant: purchase}}}}
items:
  goods:
    files: goods.csv
    columns: {item_id: 编号, name: 名称, category: [部门, 品类, 小类], brand: 品牌}
"""


def test_items_get_their_path_and_a_path_ends_at_its_first_empty_level(load: Load, tmp_path: Path) -> None:
    (tmp_path / "goods.csv").write_text(
        "编号,名称,部门,品类,小类,品牌\n1,绿茶,食品,茶,绿茶,甲\n2,,食品,,绿茶,\n3,x,,茶,,\n,y,食品,茶,绿茶,\n4\n",
        encoding="utf-8",
    )
    batches = list(read_items(load(MAPPING)))
    assert {batch.table.schema for batch in batches} == {ITEM_SCHEMA}
    assert [row for batch in batches for row in batch.table.to_pylist()] == [
        {"item_id": "1", "name": "绿茶", "category_paths": [["食品", "茶", "绿茶"]], "brand": "甲"},
        {"item_id": "2", "name": None, "category_paths": [["食品"]], "brand": None},
        {"item_id": "3", "name": "x", "category_paths": [], "brand": None},
    ]
    rejects = [(reject.line, reject.reason) for batch in batches for reject in batch.rejects]
    assert rejects == [(4, "missing_item"), (5, "wrong_cell_count")]


def test_category_may_be_one_column_or_none(load: Load, tmp_path: Path) -> None:
    (tmp_path / "goods.csv").write_text(
        "编号,名称,部门,品类,小类,品牌\n1,绿茶,食品,茶,绿茶,甲\n", encoding="utf-8"
    )
    one = load(MAPPING.replace("[部门, 品类, 小类]", "品类"))
    none = load(MAPPING.replace("category: [部门, 品类, 小类], ", ""))
    assert next(read_items(one)).table["category_paths"].to_pylist() == [[["茶"]]]
    assert next(read_items(none)).table["category_paths"].to_pylist() == [[]]


def test_missing_column_is_refused_at_once(load: Load, tmp_path: Path) -> None:
    (tmp_path / "goods.csv").write_text("编号,名称\n1,绿茶\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="does not fit"):
        read_items(load(MAPPING))


SALES = """
source: shop
currency: CNY
events:
  sales: {files: sales.csv, columns: {customer_id: who, occurred_at: at, type: {constant: purchase}, item_id: sku}}
items:
  sold:
    files: sales.csv
    where_not: {sku: ""}
    repeated: %s
    columns: {item_id: sku, name: what, category: kind}
"""


@pytest.mark.parametrize(
    ("repeated", "expected"),
    [
        ("last", {"1": ("大杯绿茶", [["茶"]]), "2": ("杯子", []), "3": (None, [])}),
        ("first", {"1": ("绿茶", [["茶"]]), "2": ("杯子", []), "3": (None, [])}),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1 << 20, 60])
def test_items_described_in_sales_are_told_by_the_row_that_counts(
    load: Load,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    repeated: str,
    expected: dict[str, Any],
    chunk_bytes: int,
) -> None:
    monkeypatch.setattr(chunk, "CHUNK_BYTES", chunk_bytes)
    rows = ["1,绿茶,茶", "2,,", "1,绿茶,茶", "3,,", ",运费,", "2,杯子,", "1,大杯绿茶,茶", "1,,", "2,,"]
    text = "who,at,sku,what,kind\n" + "".join(f"a,2024-01-01,{row}\n" for row in rows)
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    batches = list(read_items(load(SALES % repeated)))
    found = [row for batch in batches for row in batch.table.to_pylist()]
    assert {row["item_id"]: (row["name"], row["category_paths"]) for row in found} == expected
    assert [reject for batch in batches for reject in batch.rejects] == []
    assert sum(batch.skipped for batch in batches) == 1
    for batch in batches:
        ids = batch.table["item_id"].to_pylist()
        assert len(set(ids)) == len(ids)
    if chunk_bytes > 60:
        assert len(found) == 3


def test_the_same_description_again_is_no_news(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunk, "CHUNK_BYTES", 500)
    text = "who,at,sku,what,kind\n" + "a,2024-01-01,1,绿茶,茶\n" * 1_000
    (tmp_path / "sales.csv").write_text(text, encoding="utf-8")
    batches = list(read_items(load(SALES % "last")))
    assert len(batches) > 10
    assert sum(batch.table.num_rows for batch in batches) == 1
