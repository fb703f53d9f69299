"""The doctor: what is sound, what is not, and what to do about it."""

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import update

from core.storage import Store
from features.lake import Lake
from features.tables import Counter
from tags.catalogue.store import put_tags
from tags.definition import Tag
from tags.profile.tables import Span
from tests.command_line import succeeded, tagloop_here
from tests.conftest import Shop

CopyOf = Callable[[Shop], Shop]


def finding(home: Path, check: str, **more: str) -> str:
    """What an unsound installation is told about one thing."""
    done = tagloop_here(home, "doctor", **more)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    (line,) = (line for line in done.stdout.splitlines() if line.startswith(f"✗ {check}"))
    return line


def test_trained_home_is_sound_in_both_languages(trained_shop: Shop) -> None:
    said = succeeded(trained_shop.home, "doctor")
    assert said.splitlines()[-1] == "Everything is sound"
    *checks, gourmet, lakeside = said.splitlines()[:-1]
    assert all(line.startswith("✓") for line in checks)
    assert gourmet.startswith(
        "Not predicted: reviewed.gourmet. Reviewers accepted 0 and rejected 0 customers"
    )
    assert lakeside.startswith("Not predicted: reviewed.lakeside. ")
    assert "一切正常" in succeeded(trained_shop.home, "doctor", run=tagloop_here, TAGLOOP_LANG="zh")


def test_home_without_data_says_how_to_load(tmp_path: Path) -> None:
    assert "`tagloop ingest MAPPING`" in finding(tmp_path, "Event lake")


def everything_in(home: Path) -> dict[str, tuple[int, int]]:
    """Every file below the folder with its size and time of change."""
    files = (file for file in home.rglob("*") if file.is_file())
    return {str(file): (file.stat().st_size, file.stat().st_mtime_ns) for file in files}


def test_looking_changes_nothing(loaded_shop: Shop, trained_shop: Shop, tmp_path: Path) -> None:
    before = everything_in(loaded_shop.home)
    finding(loaded_shop.home, "Serving release")
    assert everything_in(loaded_shop.home) == before
    before = everything_in(trained_shop.home)
    succeeded(trained_shop.home, "doctor", run=tagloop_here)
    assert everything_in(trained_shop.home) == before
    finding(tmp_path / "new", "Store")
    assert not (tmp_path / "new").exists()


def test_home_that_was_moved_is_told(trained_shop: Shop, copy_of: CopyOf) -> None:
    """MLflow keeps whole paths: in a moved home the next training would write to the old place."""
    home = copy_of(trained_shop).home
    said = finding(home, "Model files")
    assert str(trained_shop.home) in said
    assert str(home) in said


def test_lake_that_is_gone_is_told(loaded_shop: Shop, copy_of: CopyOf) -> None:
    home = copy_of(loaded_shop).home
    shutil.rmtree(home / "lake")
    assert "put the folder back" in finding(home, "Event lake")


def test_lake_of_another_store_is_told(loaded_shop: Shop, copy_of: CopyOf) -> None:
    home = copy_of(loaded_shop).home
    shutil.rmtree(home / "lake")
    Lake(home / "lake", buckets=3).create()
    assert "an older copy or another store's" in finding(home, "Event lake")


def test_home_without_models_says_how_to_train(loaded_shop: Shop, copy_of: CopyOf) -> None:
    home = copy_of(loaded_shop).home
    assert "run `tagloop train`" in finding(home, "Serving release")
    assert "请运行 `tagloop train`" in finding(home, "使用中的发布", TAGLOOP_LANG="zh")


def test_release_that_was_changed_says_how_to_mend_it(trained_shop: Shop, copy_of: CopyOf) -> None:
    home = copy_of(trained_shop).home
    (arrays,) = (home / "releases").glob("*/arrays.npz")
    arrays.write_bytes(arrays.read_bytes()[:-1])
    assert "promote again with `tagloop train`" in finding(home, "Serving release")


def test_taxonomy_that_is_gone_is_named(trained_shop: Shop, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.yaml")
    assert gone in finding(trained_shop.home, "Taxonomy", TAGLOOP_TAXONOMY=gone)


def test_lake_ahead_of_the_histories_says_to_load_again(
    loaded_shop: Shop, copy_of: CopyOf, open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(loaded_shop)
    with open_shop(shop).write() as connection:
        connection.execute(update(Counter).where(Counter.name == "bulk").values(value=0))
    assert "run the load again" in finding(shop.home, "Event lake")


def test_store_of_a_newer_version_is_told(
    loaded_shop: Shop, copy_of: CopyOf, open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(loaded_shop)
    with open_shop(shop).write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "update Tagloop, or use another home" in finding(shop.home, "Store")


def test_store_that_is_no_database_is_told(loaded_shop: Shop, copy_of: CopyOf) -> None:
    shop = copy_of(loaded_shop)
    for file in shop.home.glob("tagloop.db*"):
        file.unlink()
    (shop.home / "tagloop.db").write_text("this is no database, and it never was one" * 30, encoding="utf-8")
    assert "file is not a database" in finding(shop.home, "Store")


def test_database_that_does_not_answer_is_told(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody:x@127.0.0.1:9/none"
    assert "127.0.0.1" in finding(tmp_path, "Store", TAGLOOP_DATABASE_URL=url)


def test_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert "set TAGLOOP_HOME" in finding(tmp_path / "file", "Data folder")


def test_what_nobody_thought_of_is_a_finding_and_no_traceback(trained_shop: Shop) -> None:
    assert "Serving release" in finding(
        trained_shop.home, "Serving release", TAGLOOP_MLFLOW_URI="nonsense://x"
    )


def test_mlflow_that_is_gone_is_told(trained_shop: Shop, copy_of: CopyOf) -> None:
    home = copy_of(trained_shop).home
    (home / "mlflow.db").unlink()
    shutil.rmtree(home / "mlartifacts")
    assert "MLflow's champion is -: run `tagloop train`" in finding(home, "Serving release")


def test_rule_that_names_what_the_data_lack_is_told(
    loaded_shop: Shop, copy_of: CopyOf, open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(loaded_shop)
    words = {"en": "Big", "zh": "大"}
    rule = {"when": "attribute.moved_away > 3"}
    tag = Tag.model_validate(
        {"key": "big", "name": words, "definition": words, "method": "rule", "rule": rule}
    )
    with open_shop(shop).write() as connection:
        put_tags(connection, [tag], by="lin", origin="api", now=shop.settings().make_clock().now())
    said = finding(shop.home, "Taxonomy")
    assert "tags.big.rule.when" in said


def test_every_finding_is_said_in_the_readers_language(loaded_shop: Shop) -> None:
    said = tagloop_here(loaded_shop.home, "doctor", "--deep", TAGLOOP_LANG="zh").stdout
    assert "0 个实时事件尚未进入事件湖" in said
    assert "3 个分桶" in said


def test_deep_look_compares_everybodys_tags_with_a_rebuild(
    loaded_shop: Shop, copy_of: CopyOf, open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(loaded_shop)
    words = {"en": "Local", "zh": "本地"}
    local = {"when": "attribute.city = '杭州'"}
    tag = Tag.model_validate(
        {"key": "local", "name": words, "definition": words, "method": "rule", "rule": local}
    )
    store = open_shop(shop)
    with store.write() as connection:
        put_tags(connection, [tag], by="lin", origin="api", now=shop.settings().make_clock().now())
    succeeded(shop.home, "tags", "refresh", run=tagloop_here)

    def deep(**more: str) -> str:
        return tagloop_here(shop.home, "doctor", "--deep", **more).stdout

    assert "✓ Customers' tags: 300 customers as a full rebuild gives them" in deep()
    with store.write() as connection:
        connection.execute(update(Span).where(Span.customer_id == "m000").values(tag="lost"))
    (line,) = (line for line in deep().splitlines() if line.startswith("✗ Customers' tags"))
    assert "m000" in line
    assert "tagloop tags refresh --force" in line
    assert "✗ 客户的标签" in deep(TAGLOOP_LANG="zh")
