from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from features.contract import ITEM_SCHEMA
from features.sources import Mapping, read_items

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
