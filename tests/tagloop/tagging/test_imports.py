from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop

CopyOf = Callable[[Shop], Shop]


@pytest.fixture
def shop(loaded_shop: Shop, copy_of: CopyOf) -> Shop:
    return copy_of(loaded_shop)


@pytest.fixture
def file(tmp_path: Path, shop: Shop) -> Path:
    customer = (
        (shop.folder / "shop" / "members.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    )
    path = tmp_path / "tags.csv"
    path.write_text(f"会员号,标签\n{customer},咖啡\nnobody,coffee\n{customer},cofee\n", encoding="utf-8")
    return path


def test_a_dry_run_and_an_import_tell_the_same_and_only_one_changes_anything(shop: Shop, file: Path) -> None:
    dry = answered(shop.home, "tags", "import", file, "--dry-run", "--json", run=tagloop_here)
    assert answered(shop.home, "tags", "imports", "--json", run=tagloop_here) == []
    done = answered(shop.home, "tags", "import", file, "--json", run=tagloop_here)
    assert (done["applied"], done["held"], done["refused"], done["outranks"]) == (1, 1, 1, {"coffee": 2})
    assert {**done, "import_id": None, "is_dry_run": True} == dry
    assert done["refused_rows"][0]["why"] == "there is no tag 'cofee'; nearest: coffee"
    (listed,) = answered(shop.home, "tags", "imports", "--json", run=tagloop_here)
    assert (listed["import_id"], listed["state"]) == (done["import_id"], "done")


def test_the_report_reads_well_in_both_languages(shop: Shop, file: Path, tmp_path: Path) -> None:
    said = succeeded(shop.home, "tags", "import", file, run=tagloop_here)
    assert "Refused rows" in said
    chinese = succeeded(
        shop.home, "tags", "import", file, "--report", tmp_path / "r.csv", run=tagloop_here, TAGLOOP_LANG="zh"
    )
    assert "被拒绝" in chinese
    assert "没有标签" in (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert "is there already" in refused(shop.home, "tags", "import", file, "--report", tmp_path / "r.csv")


def test_an_import_is_undone_by_its_id(shop: Shop, file: Path) -> None:
    done = answered(shop.home, "tags", "import", file, "--json", run=tagloop_here)
    assert "1 tags were taken back" in succeeded(
        shop.home, "tags", "undo", done["import_id"], run=tagloop_here
    )
    assert "was undone on" in refused(shop.home, "tags", "undo", done["import_id"])
    assert "There is no import" in refused(shop.home, "tags", "undo", "imp_0")


def test_what_cannot_be_read_is_said_with_the_way_out(shop: Shop, tmp_path: Path, file: Path) -> None:
    assert "there is no such file" in refused(shop.home, "tags", "import", tmp_path / "none.csv")
    assert "nearest: 会员号" in refused(shop.home, "tags", "import", file, "--customer", "会员")
    plain = tmp_path / "plain.csv"
    plain.write_text("a,b\n1,2\n", encoding="utf-8")
    assert "Name it with --customer" in refused(shop.home, "tags", "import", plain)


def test_held_tags_are_applied_when_a_load_brings_their_customers(
    small_shop: Shop, copy_of: CopyOf, tmp_path: Path
) -> None:
    shop = copy_of(small_shop)  # nothing is loaded yet
    customer = (
        (shop.folder / "shop" / "members.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    )
    file = tmp_path / "tags.csv"
    file.write_text(f"customer_id,tag\n{customer},coffee\n", encoding="utf-8")
    assert answered(shop.home, "tags", "import", file, "--json", run=tagloop_here)["held"] == 1
    succeeded(shop.home, "ingest", shop.mapping, run=tagloop_here)
    (listed,) = answered(shop.home, "tags", "imports", "--json", run=tagloop_here)
    assert (listed["applied"], listed["held"]) == (1, 0)
