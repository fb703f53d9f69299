"""`tagloop tags suggest` and `tagloop tags check`, on the small made-up shop."""

from collections.abc import Callable
from pathlib import Path

from tags.taxonomy import load_taxonomy
from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop

CopyOf = Callable[[Shop], Shop]


def test_draft_of_tags_loads_and_checks_as_it_is(loaded_shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "tags.yaml"
    said = succeeded(loaded_shop.home, "tags", "suggest", "--out", out, run=tagloop_here)
    assert "茶叶" in said
    assert f"next: tagloop tags check {out}" in said
    labels = {label for tag in load_taxonomy(out).tags for label in getattr(tag.outcome, "categories", ())}
    assert {"茶叶", "葡萄酒"} <= labels
    told = answered(loaded_shop.home, "tags", "check", out, "--json", run=tagloop_here)
    assert told["unmatched"] == {}
    assert all(0.04 < reach < 0.6 for reach in told["reach"].values())


def test_draft_is_printed_where_no_file_is_named(loaded_shop: Shop, tmp_path: Path) -> None:
    out = tmp_path / "tags.yaml"
    out.write_text(succeeded(loaded_shop.home, "tags", "suggest", run=tagloop_here), encoding="utf-8")
    assert load_taxonomy(out).tags
    assert "is there already" in refused(loaded_shop.home, "tags", "suggest", "--out", out)


def test_check_says_the_reach_of_each_tag(loaded_shop: Shop) -> None:
    told = answered(loaded_shop.home, "tags", "check", loaded_shop.taxonomy, "--json", run=tagloop_here)
    assert set(told["reach"]) == {"coffee", "tea", "cat", "wine", "baby"}
    assert all(0 < reach < 1 for reach in told["reach"].values())
    said = succeeded(
        loaded_shop.home, "tags", "check", loaded_shop.taxonomy, run=tagloop_here, TAGLOOP_LANG="zh"
    )
    assert "覆盖" in said


def test_label_that_no_item_has_is_told_with_the_nearest_or_the_right_level(
    loaded_shop: Shop, tmp_path: Path
) -> None:
    text = loaded_shop.taxonomy.read_text(encoding="utf-8")
    wrong = tmp_path / "tags.yaml"
    wrong.write_text(text.replace("[茶叶]", "[茶叶类]").replace("[葡萄酒]", "[嗜好]"), encoding="utf-8")
    done = tagloop_here(loaded_shop.home, "tags", "check", wrong)
    assert done.returncode == 1
    assert "✗ tea: no item has '茶叶类' at level 1; nearest: 茶叶" in done.stdout
    assert "✗ wine: no item has '嗜好' at level 1; write level: 0" in done.stdout


def test_before_anything_is_loaded_a_taxonomy_is_checked_by_itself(small_shop: Shop, copy_of: CopyOf) -> None:
    shop = copy_of(small_shop)
    said = succeeded(shop.home, "tags", "check", shop.taxonomy, run=tagloop_here)
    assert "There are no events yet" in said
    assert "load data first" in refused(shop.home, "tags", "suggest")


def test_rule_that_names_what_is_not_there_is_told_before_it_is_taken_over(
    loaded_shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "tags.yaml"
    file.write_text(
        loaded_shop.taxonomy.read_text(encoding="utf-8")
        + """
  - key: big
    name: {en: Big, zh: 大客户}
    definition: {en: Spends much, zh: 消费多}
    method: rule
    rule: {when: spend_85d > 100 and tag.coffee}
""",
        encoding="utf-8",
    )
    said = refused(loaded_shop.home, "tags", "check", file)
    assert "tags.big.rule.when: " in said
    assert "spend_84d" in said
    file.write_text(file.read_text(encoding="utf-8").replace("spend_85d", "spend_84d"), encoding="utf-8")
    assert "8 tags" in succeeded(loaded_shop.home, "tags", "check", file, run=tagloop_here)
