"""Drafts for files of many shapes load, fit their files, and read every row as what it is."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.errors import InvalidInputError
from core.language import Language
from features.contract import EventTypes
from features.sources import Mapping, load_mapping
from features.sources.checking.understood import Understood, understand
from features.sources.drafting.draft_yaml import mapping_text
from features.sources.drafting.suggest import suggest
from tests.docs.made_up_shop import write_files
from tests.features.sources import made_up_files

Make = Callable[[Path], list[Path]]


def _draft(files: list[Path], folder: Path, language: Language = "en") -> str:
    return mapping_text(suggest(files), folder, timezone="Europe/Berlin", currency="EUR", language=language)


def _load(text: str, folder: Path) -> Mapping:
    file = folder / "draft.yaml"
    file.write_text(text, encoding="utf-8")
    return load_mapping(file)


@pytest.fixture
def understood(tmp_path: Path) -> Callable[[Make], Understood]:
    """What the draft for some made-up files makes of them, unchanged."""

    def from_files(make: Make) -> Understood:
        mapping = _load(_draft(make(tmp_path), tmp_path), tmp_path)
        return understand(mapping, EventTypes(), ZoneInfo("UTC"))

    return from_files


@pytest.mark.parametrize("make", [*made_up_files.SHAPES, write_files], ids=lambda make: make.__name__)
def test_draft_fits_its_files_unchanged(understood: Callable[[Make], Understood], make: Make) -> None:
    found = understood(make)
    assert [(problem.field, str(problem.message)) for problem in found.problems] == []
    assert [(reject.reason, reject.first.detail) for reject in found.rejects] == []
    assert all(len(table.kept) for table in found.tables)


@pytest.mark.parametrize(
    ("make", "types", "fields", "parts"),
    [
        (made_up_files.cdnow, {"purchase": 400}, {"quantity", "amount"}, []),
        (made_up_files.movies, {"rating": 600}, {"item_id", "rating"}, ["items", "customers"]),
        (made_up_files.one_hot, {"rating": 600}, {"item_id", "rating"}, ["items"]),
        (made_up_files.behaviour, None, {"item_id"}, ["items"]),
        (
            made_up_files.chinese,
            {"purchase": 475},
            {"order_id", "item_id", "quantity", "amount"},
            ["items", "customers"],
        ),
        (made_up_files.excel, {"purchase": 300}, {"order_id", "item_id", "quantity", "amount"}, ["items"]),
        (made_up_files.json_lines, {"rating": 400}, {"item_id", "rating", "text"}, []),
        (made_up_files.german, {"purchase": 300}, {"order_id", "amount"}, []),
        (made_up_files.months, {"purchase": 400}, {"order_id", "item_id", "quantity", "amount"}, []),
    ],
)
def test_rows_become_the_events_that_they_are(
    understood: Callable[[Make], Understood],
    make: Make,
    types: dict[str, int] | None,
    fields: set[str],
    parts: list[str],
) -> None:
    found = understood(make)
    events = found.events
    counts = Counter(events.column("type").to_pylist())
    assert counts == types if types else set(counts) == {"view", "cart_add", "favourite", "purchase"}
    assert {name for name in (*fields, "customer_id") if events.column(name).null_count == 0} == {
        *fields,
        "customer_id",
    }
    assert 40 < len(set(events.column("customer_id").to_pylist())) < 50
    assert [table.part for table in found.tables if table.part != "events"] == parts


@pytest.mark.parametrize("make", [made_up_files.movies, made_up_files.one_hot], ids=["list", "flags"])
def test_films_keep_each_of_their_genres(understood: Callable[[Make], Understood], make: Make) -> None:
    (films,) = understood(make).of("items")
    paths = films.kept.column("category_paths").to_pylist()
    assert {path[0] for item in paths for path in item or []} == set(made_up_files.GENRES)
    assert {len(item or []) for item in paths} == {1, 2, 3}


def test_customers_that_a_file_knows_by_phone_are_looked_up(understood: Callable[[Make], Understood]) -> None:
    found = understood(write_files)
    assert {table.name for table in found.of("events")} == {"订单", "行为日志", "客服消息"}
    assert all(
        name.startswith("VIP") for name in set(map(str, found.events.column("customer_id").to_pylist()))
    )
    assert found.events.column("customer_id").null_count == 0


def test_draft_has_a_remark_on_what_is_a_guess_in_both_languages(tmp_path: Path) -> None:
    files = made_up_files.cdnow(tmp_path)
    english, chinese = _draft(files, tmp_path), _draft(files, tmp_path, "zh")
    assert "quantity: quantity  # a guess: small whole numbers" in english
    assert "quantity: quantity  # 猜测：小的整数" in chinese
    assert "currency: EUR" in english
    assert _load(english, tmp_path) == _load(chinese, tmp_path)


def test_personal_columns_are_no_attributes(tmp_path: Path) -> None:
    text = _draft(made_up_files.chinese(tmp_path), tmp_path)
    assert "# left out: 姓名" in text
    assert "城市: {kind: nominal, levels: [杭州, 苏州]" in text


def test_file_that_fits_nothing_is_named_with_the_reason(tmp_path: Path) -> None:
    files = made_up_files.cdnow(tmp_path)
    odd = tmp_path / "weather.csv"
    odd.write_text("station,rain\nA,1\nB,2\nA,3\n", encoding="utf-8")
    assert "# weather.csv is left out: no column looks like the id" in _draft([*files, odd], tmp_path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises((InvalidInputError, FileNotFoundError)):
        suggest([tmp_path / "none.csv"])


def test_returned_goods_are_told_by_a_quantity_below_zero(tmp_path: Path) -> None:
    (file,) = made_up_files.months(tmp_path)[:1]
    lines = file.read_text(encoding="utf-8").splitlines()
    returned = lines[1].split("\t")
    returned[4] = "-1"
    file.write_text("\n".join([*lines, "\t".join(returned)]) + "\n", encoding="utf-8")
    mapping = _load(_draft([file], tmp_path), tmp_path)
    found = understand(mapping, EventTypes(), ZoneInfo("UTC"))
    assert Counter(found.events.column("type").to_pylist())["refund"] == 1


def test_what_the_columns_tell_outranks_the_name_of_the_file(tmp_path: Path) -> None:
    (file,) = made_up_files.cdnow(tmp_path)
    for name, type_ in {"shop_like": "purchase", "returns": "refund"}.items():
        text = _draft([file.rename(tmp_path / f"{name}.txt")], tmp_path)
        file = tmp_path / f"{name}.txt"
        assert f"type: {{constant: {type_}}}" in text
