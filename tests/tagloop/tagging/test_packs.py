"""`tagloop tags pack` on the small made-up shop: what its data can feed, once and again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from core.storage import open_store
from tags.catalogue.store import put_tags, read_taxonomy
from tags.definition import Tag
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


def pack_off(shop: Shop, *options: str) -> Any:
    return answered(shop.home, "tags", "pack", "general", "--off", "--json", *options, run=tagloop_here)


def keys_in_use(shop: Shop) -> set[str]:
    return {tag["key"] for tag in answered(shop.home, "tags", "--json", run=tagloop_here)["tags"]}


def test_pack_is_ended_as_a_whole_and_can_come_back(shop: Shop) -> None:
    before = keys_in_use(shop)
    brought = answered(shop.home, "tags", "pack", "general", "--json", run=tagloop_here)["tags"]
    tried = pack_off(shop, "--dry-run")
    assert (set(tried["retired"]), tried["kept"]) == (set(brought), [])
    assert keys_in_use(shop) == before | set(brought)
    assert "tags of the pack general are ended" in succeeded(
        shop.home, "tags", "pack", "general", "--off", run=tagloop_here
    )
    assert keys_in_use(shop) == before
    assert pack_off(shop)["retired"] == []
    again = answered(shop.home, "tags", "pack", "general", "--json", run=tagloop_here)
    assert set(again["changed"]) == set(brought)
    assert keys_in_use(shop) == before | set(brought)


def test_what_people_changed_of_a_pack_outlasts_it_and_what_others_need_is_not_ended(shop: Shop) -> None:
    succeeded(shop.home, "tags", "pack", "general", run=tagloop_here)
    settings = Settings(home=shop.home)
    store, now = open_store(settings), settings.make_clock().now()
    with store.write() as connection:
        taxonomy = read_taxonomy(connection)
        assert taxonomy is not None
        theirs = taxonomy["at_risk"].model_copy(update={"owner": "Mary"})
        words = {"en": "x", "zh": "某"}
        looking = Tag.model_validate(
            {"key": "vip", "name": words, "definition": words, "kind": "custom", "method": "rule"}
            | {"rule": {"when": "tag.spend_high"}}
        )
        put_tags(connection, [theirs, looking], by="mary", origin="api", now=now)
    said = refused(shop.home, "tags", "pack", "general", "--off", run=tagloop_here)
    assert "The rules of vip look at tags of the pack general" in said
    assert {"spend_high", "at_risk"} <= keys_in_use(shop)

    succeeded(shop.home, "tags", "retire", "vip", run=tagloop_here)
    assert pack_off(shop)["kept"] == ["at_risk"]
    assert "at_risk" in keys_in_use(shop)
    assert "spend_high" not in keys_in_use(shop)
    again = answered(shop.home, "tags", "pack", "general", "--json", run=tagloop_here)
    assert "spend_high" in again["changed"]
    assert "at_risk" not in again["changed"]
    assert "at_risk" in pack_off(shop, "--force")["retired"]
    store.close()


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
