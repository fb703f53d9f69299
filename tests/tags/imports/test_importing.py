from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from core.errors import ConflictError, InvalidInputError, NotFoundError
from core.storage import Store
from tags.imports.held import apply_all_held, apply_held
from tags.imports.record import import_of, imports, still_held
from tags.imports.shape import Shape, read_shape
from tags.imports.undoing import undo
from tags.profile.reading import profile_at
from tags.taxonomy import Taxonomy
from tests.tags.imports.conftest import NOW, ZONE, Run, carried, know, told, written


def test_a_long_file_is_applied_with_values_confidence_and_end(store: Store, run: Run) -> None:
    done, outcomes = run(
        "customer_id,tag,value,confidence,until\nc1,coffee,,0.9,2018-02-01\nc2,tier,Gold,,\nc3,茶,yes,,\n"
    )
    assert told(outcomes) == [(1, "applied", None), (2, "applied", None), (3, "applied", None)]
    assert carried(store, ["c1", "c2", "c3"]) == {
        "c1": {"coffee": None},
        "c2": {"tier": "Gold"},
        "c3": {"tea": None},
    }
    with store.read() as connection:
        (coffee,) = profile_at(connection, ["c1"], NOW)["c1"]
    assert (coffee.confidence, coffee.source, coffee.source_version) == (0.9, "import", done.report.import_id)
    assert coffee.evidence == {"file": "tags.csv", "line": 1}
    assert coffee.ends_at is not None
    assert coffee.ends_at.astimezone(ZONE).isoformat() == "2018-02-01T00:00:00+08:00"
    assert carried(store, ["c1"], NOW + timedelta(days=40)) == {}


def test_a_wide_file_has_a_column_a_tag_and_empty_cells_say_nothing(store: Store, run: Run) -> None:
    done, outcomes = run("会员号;姓名;咖啡爱好者;tier;Tea\nc1;李;是;gold;\nc2;王;;;1\nc3;张;maybe;Bronze;0\n")
    assert done.shape.tags == {"咖啡爱好者": "咖啡爱好者", "tier": "tier", "Tea": "Tea"}
    assert sorted(told(outcomes)) == [
        (1, "applied", None),
        (1, "applied", None),
        (2, "applied", None),
        (3, "applied", None),  # does not drink tea
        (3, "refused", "bad_flag"),
        (3, "refused", "unknown_value"),
    ]
    assert carried(store, ["c1", "c2", "c3"]) == {"c1": {"coffee": None, "tier": "Gold"}, "c2": {"tea": None}}


def test_a_no_takes_a_tag_away_unless_the_mapping_says_that_it_means_nothing(store: Store, run: Run) -> None:
    run("customer,coffee\nc1,yes\nc2,yes\n")
    _, outcomes = run("customer,coffee\nc1,no\n", Shape(no_means="nothing"))
    assert outcomes == []
    assert carried(store, ["c1"]) == {"c1": {"coffee": None}}
    run("customer,coffee\nc1,no\n", now=NOW + timedelta(hours=1))
    assert carried(store, ["c1", "c2"], NOW + timedelta(hours=1)) == {"c2": {"coffee": None}}


def test_several_tags_in_a_cell_and_a_list_of_customers_of_one_tag(store: Store, run: Run) -> None:
    run("customer,tags\nc1,coffee|Tea\n", Shape(split="|"))
    run("customer\nc2\nc3\n", Shape(always="coffee"))
    assert carried(store, ["c1", "c2", "c3"]) == {
        "c1": {"coffee": None, "tea": None},
        "c2": {"coffee": None},
        "c3": {"coffee": None},
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tags.jsonl", '{"customer_id": "c1", "tag": "coffee"}\n{"customer_id": "c2", "tag": "tea"}\n'),
        ("tags.json", '[{"customer_id": "c1", "tag": "coffee"}, {"customer_id": "c2", "tag": "tea"}]'),
        ("tags.tsv", "customer_id\ttag\nc1\tcoffee\nc2\ttea\n"),
        ("tags.txt", "customer_id|tag\nc1|coffee\nc2|tea\n"),
    ],
)
def test_formats_are_told_from_the_file(store: Store, run: Run, name: str, text: str) -> None:
    run(text, name=name)
    assert carried(store, ["c1", "c2"]) == {"c1": {"coffee": None}, "c2": {"tea": None}}


def test_an_excel_sheet_with_numbers_as_ids_and_dates_is_read(
    store: Store, run: Run, tmp_path: Path
) -> None:
    with store.write() as connection:
        know(connection, "1001")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [("顾客", "标签", "有效期"), (1001, "咖啡爱好者", (NOW + timedelta(days=9)).replace(tzinfo=None))]:
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    from tags.imports.of_file import Importing  # noqa: PLC0415 (as the fixture does)

    _ = Importing
    run_file(store, tmp_path / "book.xlsx")
    assert carried(store, ["1001"]) == {"1001": {"coffee": None}}


def run_file(store: Store, file: Path) -> None:
    raise NotImplementedError


def test_gb18030_and_a_title_row_are_read_as_the_mapping_says(store: Store, run: Run, tmp_path: Path) -> None:
    mapping = written(
        tmp_path, "customer: 客户\ntag: 标签\nskip_rows: 1\nencoding: gb18030\nno_means: nothing\n", "m.yaml"
    )
    shape = read_shape(mapping)
    assert (shape.no_means, shape.encoding) == ("nothing", "gb18030")
    run("会员标签导出\n客户,标签\nc1,茶\n", shape.model_copy(update={"encoding": "utf-8"}))
    assert carried(store, ["c1"]) == {"c1": {"tea": None}}
