"""`tagloop tags of`, `put`, `remove`, `take-back` and `history-of` on the small made-up shop."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.command_line import answered, refused, succeeded, tagloop_here
from tests.conftest import Shop

WORDS = {"en": "Lives in Hangzhou", "zh": "住在杭州"}
LOCAL = {
    "key": "local",
    "name": WORDS,
    "definition": WORDS,
    "kind": "attribute",
    "method": "rule",
    "rule": {"when": "attribute.city = '杭州'"},
}
CARD = {
    "key": "card",
    "name": {"en": "Club card", "zh": "会员卡"},
    "definition": {"en": "Which card", "zh": "哪种卡"},
    "kind": "loyalty",
    "method": "manual",
    "values": ["paper", "plastic"],
    "lifetime_days": 30,
}
ANN = "m000"  # lives in Hangzhou


class Home:
    """A copy of the shop with two tags, worked out."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        file = shop.folder / "more.yaml"
        file.write_text(yaml.safe_dump({"tags": [LOCAL, CARD]}, allow_unicode=True), encoding="utf-8")
        self.say("apply", file)
        self.say("refresh")

    def say(self, *arguments: object, **more: str) -> str:
        return succeeded(self.shop.home, "tags", *arguments, run=tagloop_here, **more)

    def refuse(self, *arguments: object) -> str:
        return refused(self.shop.home, "tags", *arguments, run=tagloop_here)

    def carried(self, *options: object) -> dict[str, Any]:
        found = answered(self.shop.home, "tags", "of", ANN, *options, "--json", run=tagloop_here)
        return {one["tag"]: one for one in found["assignments"]}

    def changes(self, *options: object) -> list[tuple[str, str, str | None]]:
        found = answered(self.shop.home, "tags", "history-of", ANN, *options, "--json", run=tagloop_here)
        return [(one["tag"], one["change"], one["source"]) for one in found["changes"]]


@pytest.fixture
def home(loaded_shop: Shop, copy_of: Callable[[Shop], Shop]) -> Home:
    return Home(copy_of(loaded_shop))


def test_what_a_person_says_holds_until_it_lapses_or_is_taken_back(home: Home) -> None:
    assert home.carried()["local"]["source"] == "rule"
    said = home.say("put", ANN, "card", "--value", "paper", "--by", "lin", "--note", "shown at the till")
    assert "It holds until 2024-03-31" in said
    card = home.carried()["card"]
    assert (card["source"], card["value"], card["evidence"]["note"]) == (
        "person",
        "paper",
        "shown at the till",
    )
    assert "card" not in home.carried("--as-of", "2024-04-01")

    home.say("remove", ANN, "local", "--by", "lin")
    assert "local" not in home.carried()
    home.say("refresh", "--force")
    assert "local" not in home.carried()
    assert "the other sources count again" in home.say("take-back", ANN, "local")
    assert "Nobody had said anything" in home.say("take-back", ANN, "local")
    assert home.carried()["local"]["source"] == "rule"


def test_history_tells_each_change_newest_first(home: Home) -> None:
    home.say("put", ANN, "card", "--value", "paper")
    home.say("put", ANN, "card", "--value", "plastic")
    home.say("remove", ANN, "card")
    found = home.changes("--tag", "card")
    assert [change for _, change, _ in found] == ["removed", "changed", "added"]
    assert home.changes("--limit", "1") == found[:1]
    assert home.changes()[-1] == ("local", "added", "rule")


def test_profile_and_history_read_well_in_both_languages(home: Home) -> None:
    home.say("put", ANN, "card", "--value", "paper", "--by", "lin")
    for language, name, who in (("en", "Club card", "lin"), ("zh", "会员卡", "lin")):
        shown = home.say("of", ANN, TAGLOOP_LANG=language)
        assert name in shown
        assert who in shown
        assert "card" in home.say("history-of", ANN, TAGLOOP_LANG=language)


def test_what_cannot_be_said_names_the_way_out(home: Home) -> None:
    assert "paper" in home.refuse("put", ANN, "card", "--value", "gold")
    assert "there is no tag 'cards'" in home.refuse("put", ANN, "cards")
    assert "'nobody'" in home.refuse("put", "nobody", "card", "--value", "paper")
    assert "'nobody'" in home.refuse("of", "nobody")
    assert "--as-of" in home.refuse("of", ANN, "--as-of", "yesterday")
