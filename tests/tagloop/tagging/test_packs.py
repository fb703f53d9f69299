"""`tagloop tags pack` on the small made-up shop: what its data can feed, once and again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import Settings
from core.storage import open_store
from tags.catalogue.store import put_tags, read_taxonomy
from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop
from tests.small_shop import STAPLES


@pytest.fixture
def shop(loaded_shop: Shop, copy_of: Callable[[Shop], Shop]) -> Shop:
    return copy_of(loaded_shop)


def test_pack_is_activated_in_one_line_and_says_what_it_left_out(shop: Shop) -> None:
    said = succeeded(shop.home, "tags", "pack", "general", run=tagloop_here)
    assert "region is read from city" in said
    assert "✗ gender: the shop has no attribute gender" in said
    assert "✗ coupon_user: no event of the type or role redemption ever came" in said
    listed = answered(shop.home, "tags", "--json", run=tagloop_here)["tags"]
    found = {tag["key"]: tag for tag in listed}
    assert {"coffee", "region", "spend_high", "spend_rose"} <= found.keys()
    assert sum(key.startswith("loves_") for key in found) == len(STAPLES)
    assert found["region"]["rule"] == {"when": "attribute.city is not null", "value": "attribute.city"}
    assert "coupon_user" not in found


def test_pack_activated_again_changes_nothing_and_keeps_what_people_changed(shop: Shop) -> None:
    first = answered(shop.home, "tags", "pack", "general", "--json", run=tagloop_here)
    assert first["changed"] == first["tags"]
    store = open_store(Settings(home=shop.home))
    with store.write() as connection:
        taxonomy = read_taxonomy(connection)
        assert taxonomy is not None
        changed = taxonomy["at_risk"].model_copy(update={"owner": "Mary"})
        now = Settings(home=shop.home).make_clock().now()
        put_tags(connection, [changed], by="mary", origin="api", now=now)
    store.close()
    again = answered(shop.home, "tags", "pack", "general", "--json", run=tagloop_here)
    assert (again["changed"], again["retired"], again["tags"]) == ([], [], first["tags"])
    listed = answered(shop.home, "tags", "--json", run=tagloop_here)["tags"]
    assert {tag["key"]: tag["owner"] for tag in listed}["at_risk"] == "Mary"


def test_dry_run_says_it_all_and_changes_nothing(shop: Shop) -> None:
    said = succeeded(shop.home, "tags", "pack", "general", "--dry-run", run=tagloop_here, TAGLOOP_LANG="zh")
    assert "没有做任何更改" in said
    assert "高频购买" in said
    keys = [tag["key"] for tag in answered(shop.home, "tags", "--json", run=tagloop_here)["tags"]]
    assert "frequency_high" not in keys


def test_wrong_word_or_pack_is_told(shop: Shop) -> None:
    def told(*arguments: str) -> str:
        return refused(shop.home, "tags", "pack", *arguments, run=tagloop_here)

    assert "there is no pack 'genral'" in told("genral")
    assert "--attribute: expected WORD=NAME, got 'age_band'" in told("general", "--attribute", "age_band")
    said = told("general", "--attribute", "age_band=agee")
    assert "the shop has no 'agee'; it has age, city" in said
    assert "the pack general has no tag moon" in told("general", "--include", "moon")


def test_pack_needs_data(tmp_path: Path) -> None:
    assert "load data first" in refused(tmp_path, "tags", "pack", "general", run=tagloop_here)


def test_packs_are_listed_in_the_readers_language(tmp_path: Path) -> None:
    said = succeeded(tmp_path, "tags", "packs", run=tagloop_here, TAGLOOP_LANG="zh")
    assert [line.split()[0] for line in said.splitlines()[2:] if line[:1].isalpha()] == [
        "general",
        "e-commerce",
        "automotive",
    ]
