"""`tagloop tags apply`, `export`, `retire` and `history`, in an empty home."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tags.taxonomy import load_taxonomy
from tests.command_line import answered, refused, succeeded, tagloop_here


def tag(key: str, **more: Any) -> dict[str, Any]:
    plain = {
        "key": key,
        "name": {"en": key.title(), "zh": "茶"},
        "definition": {"en": "Buys", "zh": "购买"},
        "outcome": {"type": "purchase", "categories": [key]},
    }
    return {**plain, **more}


class Home:
    """A home with a file of tags in its settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.file = folder / "tags.yaml"

    def write(self, *tags: dict[str, Any], **more: Any) -> None:
        self.file.write_text(yaml.safe_dump({"tags": list(tags), **more}), encoding="utf-8")

    def say(self, *arguments: object, **more: str) -> str:
        return succeeded(
            self.folder, "tags", *arguments, run=tagloop_here, TAGLOOP_TAXONOMY=str(self.file), **more
        )

    def ask(self, *arguments: object) -> Any:
        return answered(
            self.folder, "tags", *arguments, "--json", run=tagloop_here, TAGLOOP_TAXONOMY=str(self.file)
        )

    def refuse(self, *arguments: object) -> str:
        return refused(self.folder, "tags", *arguments, run=tagloop_here, TAGLOOP_TAXONOMY=str(self.file))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.write(tag("tea"), tag("oil"))
    return home


def listed(home: Home, *options: str) -> list[str]:
    return [one["key"] for one in home.ask(*options)["tags"]]


def test_tags_are_listed_without_a_home(home: Home) -> None:
    assert listed(home) == ["tea", "oil"]
    assert not home.folder.exists()
    said = home.say(TAGLOOP_LANG="zh")
    assert "模型" in said
    assert "启用" in said


def test_applied_file_says_what_it_changed(home: Home) -> None:
    assert "2 tags changed" in home.say("apply", home.file)
    assert "0 tags changed" in home.say("apply", home.file)
    home.write(tag("tea", floor=0.4))
    said = home.say("apply", home.file)
    assert [line.split() for line in said.splitlines()[2:4]] == [
        ["tea", "new", "version"],
        ["oil", "retired"],
    ]
    assert listed(home) == ["tea"]
    assert listed(home, "--retired") == ["tea", "oil"]


def test_file_beside_that_of_the_settings_adds_to_it(home: Home) -> None:
    more = home.file.with_name("more.yaml")
    more.write_text(yaml.safe_dump({"tags": [tag("milk")]}), encoding="utf-8")
    home.say("apply", home.file)
    home.say("apply", more)
    assert listed(home) == ["tea", "oil", "milk"]
    home.say("apply", home.file)
    assert listed(home) == ["tea", "oil", "milk"]


def test_conflict_is_named_and_the_file_wins_when_forced(home: Home) -> None:
    other = home.file.with_name("other.yaml")
    home.say("apply", home.file)
    other.write_text(yaml.safe_dump({"tags": [tag("tea", floor=0.5)]}), encoding="utf-8")
    said = home.refuse("apply", other)
    assert "other.yaml changes tags that were changed elsewhere" in said
    assert "tags.tea: " in said
    home.say("apply", other, "--force")
    assert [one["version"] for one in home.ask("history", "tea")] == [2, 1]


def test_retired_tag_is_told_with_its_reason(home: Home) -> None:
    home.say("apply", home.file)
    assert "tea is retired" in home.say("retire", "tea", "--note", "nobody drinks it")
    assert "tea was retired before" in home.say("retire", "tea")
    newest, oldest = home.ask("history", "tea")
    assert (newest["note"], newest["definition"]["status"], newest["origin"]) == (
        "nobody drinks it",
        "retired",
        "api",
    )
    assert oldest["definition"]["status"] == "active"
    line = home.say("history", "tea").splitlines()[2]
    assert "status" in line
    assert "nobody drinks it" in line


def test_key_that_nobody_defined_is_told_with_those_there_are(home: Home) -> None:
    home.say("apply", home.file)
    for command in ("retire", "history"):
        assert "there is no tag 'tee'; the tags are tea, oil" in home.refuse(command, "tee")


def test_exported_file_reads_back_as_the_same(home: Home) -> None:
    groups = [{"key": "tiers", "name": {"en": "Tiers", "zh": "等级"}, "exclusive": True}]
    rule = tag(
        "big", outcome=None, method="rule", rule={"when": "spend_84d > 100"}, group="tiers", values=["a"]
    )
    cart = tag(
        "cart",
        outcome=None,
        method="trigger",
        trigger={"events": ["cart_add"], "after": "24h"},
        lifetime_days=3,
    )
    vip = tag("vip", outcome=None, method="manual", status="pilot", pilot_share=0.5, owner="Mary")
    rated = tag("drama", outcome={"type": "event", "events": ["rating"], "at_least": 4})
    home.write(tag("tea"), rated, rule, cart, vip, groups=groups)
    out = home.file.with_name("out.yaml")
    home.say("apply", home.file)
    home.say("export", "--out", out)
    assert load_taxonomy(out) == load_taxonomy(home.file)
    assert "lifetime_days: 30" not in out.read_text(encoding="utf-8")
    assert "is there already" in home.refuse("export", "--out", out)
    assert home.say("export") == out.read_text(encoding="utf-8")
    assert "0 tags changed" in home.say("apply", home.file)


def test_impact_is_shown_before_a_tag_that_others_look_at_is_retired(home: Home) -> None:
    looks = tag("looks", outcome=None, method="rule", rule={"when": "tag.tea"})
    home.write(tag("tea"), looks)
    home.say("apply", home.file)
    assert home.ask("impact", "tea")["rules"] == ["looks"]
    lines = home.say("impact", "tea").splitlines()
    assert next(line for line in lines if "Rules that look at it" in line).endswith("looks")
    assert "The rules of looks look at tea" in home.refuse("retire", "tea")
    assert "tea is retired" in home.say("retire", "tea", "--force")


def test_file_whose_rules_cannot_be_read_is_refused(home: Home) -> None:
    home.write(tag("bad", outcome=None, method="rule", rule={"when": "spend_84d >"}))
    assert "tags.bad.rule.when: " in home.refuse("apply", home.file)
    assert listed(home) == ["bad"]  # as the file says it; the store has none
    assert "there is no tag 'bad'" in home.refuse("history", "bad")
