"""`tagloop ingest --check`: what is understood is said, and nothing is loaded."""

from collections.abc import Callable

import pytest

from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop
from tests.small_shop import CUSTOMERS

CopyOf = Callable[[Shop], Shop]


def test_check_says_what_is_understood_and_creates_nothing(small_shop: Shop, copy_of: CopyOf) -> None:
    shop = copy_of(small_shop)
    home = shop.folder / "another"
    said = succeeded(
        home, "ingest", shop.mapping, "--check", run=tagloop_here, TAGLOOP_TIMEZONE="Asia/Shanghai"
    )
    for part in (
        "sales.csv",
        "会员",
        "customer_id",
        "424 days in Asia/Shanghai",
        f"Customers: {CUSTOMERS}",
        "咖啡豆 4",
    ):
        assert part in said
    assert "✓ The mapping fits its files" in said
    assert not home.exists()


def test_check_tells_the_same_to_programs(small_shop: Shop) -> None:
    told = answered(small_shop.home, "ingest", small_shop.mapping, "--check", "--json", run=tagloop_here)
    assert told["fine"]
    assert set(told["types"]) == {"purchase", "visit"}
    assert told["events"]["customers"] == CUSTOMERS
    assert told["events"]["from"].startswith("2023-01-02")
    assert [level["labels"] for level in told["categories"]] == [2, 12]
    sales = next(table for table in told["tables"] if table["table"] == "events.sales")
    assert sales["columns"]["时间"] == ["occurred_at"]
    assert {"customer_id", "occurred_at", "amount"} <= set(sales["sample"][0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("occurred_at: 时间", "occurred_at: 日期"), ("has no column '日期'", "write: occurred_at: 时间")),
        (("type: {constant: visit}", "type: {constant: visiting}"), ("visiting", "did you mean visit")),
        (("item_id: item,", "item_id: itm,"), ("has no column 'itm'", "write: item_id: item")),
    ],
)
def test_check_ends_with_1_and_tells_every_problem_with_its_fix(
    small_shop: Shop, copy_of: CopyOf, change: tuple[str, str], said: tuple[str, ...]
) -> None:
    shop = copy_of(small_shop)
    text = shop.mapping.read_text(encoding="utf-8").replace(*change)
    shop.mapping.write_text(text, encoding="utf-8")
    done = tagloop_here(shop.home, "ingest", shop.mapping, "--check")
    assert done.returncode == 1
    for part in said:
        assert part in done.stdout
    assert "fits its files" not in done.stdout


def test_check_ends_with_1_when_every_row_of_a_table_is_rejected(small_shop: Shop, copy_of: CopyOf) -> None:
    shop = copy_of(small_shop)
    visits = shop.mapping.parent / "visits.csv"
    visits.write_text(visits.read_text(encoding="utf-8").replace("T08:00:00", " 8 Uhr"), encoding="utf-8")
    done = tagloop_here(shop.home, "ingest", shop.mapping, "--check", TAGLOOP_LANG="zh")
    assert done.returncode == 1
    assert "events.visits：样本中的每一行都被拒绝" in done.stdout
    assert "400 行中有 400 行被拒绝" in done.stdout


def test_check_of_several_files_points_at_suggest(small_shop: Shop) -> None:
    said = refused(small_shop.home, "ingest", small_shop.mapping, small_shop.taxonomy, "--check")
    assert "expected one mapping file, got 2 files" in said
