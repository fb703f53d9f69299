from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from features.sources import ItemBatch, Mapping, read_items
from features.sources.values.categories import paths_in

Load = Callable[[str], Mapping]
MAPPING = """
source: films
currency: CNY
events: {ratings: {files: r.csv, columns: {customer_id: a, occurred_at: b, type: {constant: rating}}}}
items:
  films:
    files: %s
    columns: {item_id: id, category: %s}
"""


def paths(batches: list[ItemBatch]) -> dict[str, Any]:
    return {row["item_id"]: row["category_paths"] for batch in batches for row in batch.table.to_pylist()}


@pytest.fixture
def films(load: Load, tmp_path: Path) -> Callable[..., list[ItemBatch]]:
    """Reads a file of items whose category is mapped so."""

    def read(category: str, *rows: str, name: str = "films.csv") -> list[ItemBatch]:
        (tmp_path / name).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        return list(read_items(load(MAPPING % (name, category))))

    return read


def test_cells_may_list_several_categories(films: Callable[..., list[ItemBatch]]) -> None:
    rows = ["id,genres", "1,动作|喜剧", "2, Drama |Drama||War", "3,", "4,|"]
    assert paths(films('{column: genres, split: "|"}', *rows)) == {
        "1": [["动作"], ["喜剧"]],
        "2": [["Drama"], ["War"]],
        "3": [],
        "4": [],
    }


def test_cells_may_hold_a_path_or_several(films: Callable[..., list[ItemBatch]]) -> None:
    rows = ["id,path", "1,家电 > 手机 > 5G", "2,家电 > > 5G; 礼品"]
    assert paths(films('{column: path, levels: ">"}', *rows[:2])) == {"1": [["家电", "手机", "5G"]]}
    assert paths(films('{column: path, levels: ">", split: ";"}', *rows)) == {
        "1": [["家电", "手机", "5G"]],
        "2": [["家电"], ["礼品"]],
    }


def test_cells_may_be_json_lists(films: Callable[..., list[ItemBatch]]) -> None:
    rows = ['{"id": 1, "genres": ["动作", "喜剧", null]}', '{"id": 2, "genres": "战争"}', '{"id": 3}']
    found = films("{column: genres, split: json}", *rows, name="films.jsonl")
    assert paths(found) == {"1": [["动作"], ["喜剧"]], "2": [["战争"]], "3": []}


def test_flag_columns_name_the_categories(films: Callable[..., list[ItemBatch]]) -> None:
    rows = ["id,Action,War,x", "1,1,0,", "2,TRUE,是,", "3,no,,", "4,2,0,"]
    found = films("{flags: [Action, War]}", *rows)
    assert paths(found) == {"1": [["Action"]], "2": [["Action"], ["War"]], "3": []}
    assert [(one.line, one.reason, one.detail) for batch in found for one in batch.rejects] == [
        (4, "bad_flag", "Action='2'")
    ]
    assert paths(films("{flags: {Action: 动作, War: 战争}}", *rows[:3]))["2"] == [["动作"], ["战争"]]


def test_a_label_that_is_too_long_rejects_its_row_and_a_long_list_does_not(
    films: Callable[..., list[ItemBatch]],
) -> None:
    long_list = "|".join(f"genre {number}" for number in range(60))
    found = films('{column: genres, split: "|"}', "id,genres", f"1,{long_list}", f"2,a|{'x' * 201}")
    assert [len(own) for own in paths(found).values()] == [60]
    assert [(one.line, one.reason) for batch in found for one in batch.rejects] == [(2, "text_too_long")]


@pytest.mark.parametrize(
    ("category", "key", "message"),
    [
        (
            "{flags: [Action, Wars]}",
            "items.films.columns.category.flags.Wars",
            "no column 'Wars'; nearest: War",
        ),
        ("{column: genre, split: ','}", "items.films.columns.category", "no column 'genre'"),
        (
            "{split: ','}",
            "items.films.columns.category (line 8)",
            "expected exactly one of column, path, flags",
        ),
        (
            "{flags: [a], levels: '>'}",
            "items.films.columns.category (line 8)",
            "split and levels take the cells",
        ),
        (
            "{colum: a}",
            "items.films.columns.category.colum (line 8)",
            "there is no key colum here; expected column",
        ),
    ],
)
def test_what_does_not_fit_is_told(
    films: Callable[..., list[ItemBatch]], category: str, key: str, message: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        films(category, "id,Action,War,genres", "1,1,1,a")
    told = {field.field: str(field.message) for field in caught.value.fields}
    assert message in told[key]


@given(
    st.lists(st.lists(st.text("ab 茶", min_size=1).map(str.strip).filter(bool), min_size=1), unique_by=tuple)
)
def test_written_paths_come_back(drawn: list[list[str]]) -> None:
    assert paths_in("|".join(">".join(path) for path in drawn), "|", ">") == drawn
