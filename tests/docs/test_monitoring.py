"""What docs/monitoring.md shows, in both languages: its commands run, its file is read, its alert is what is sent."""

import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from core.language import Language, Text
from monitoring.alerts import TYPE, alert_of
from monitoring.incidents import News, Open
from monitoring.recording import Kept
from monitoring.thresholds import OWN_FILE, read_thresholds
from tests.command_line import ROOT, tagloop_here
from tests.conftest import Shop

PAGES: dict[Language, Path] = {
    "en": ROOT / "docs" / "monitoring.md",
    "zh": ROOT / "docs" / "monitoring.zh-CN.md",
}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
AT = datetime(2018, 1, 1, 5, tzinfo=UTC)


def blocks(language: Language, kind: str) -> list[str]:
    return [text for what, text in BLOCK.findall(PAGES[language].read_text(encoding="utf-8")) if what == kind]


def test_both_pages_show_the_same() -> None:
    for kind in ("sh", "yaml", "json"):
        assert blocks("en", kind) == blocks("zh", kind) != []


def test_the_homes_file_changes_what_it_says(tmp_path: Path) -> None:
    (text,) = blocks("en", "yaml")
    (tmp_path / OWN_FILE).write_text(text, encoding="utf-8")
    own = read_thresholds(tmp_path)
    for name, levels in yaml.safe_load(text).items():
        assert {level: getattr(own[name], level) for level in levels} == levels


def test_the_alert_that_is_shown_has_the_form_of_those_that_are_sent() -> None:
    (text,) = blocks("en", "json")
    shown = json.loads(text)
    window = Kept(
        window_id="w",
        release_id="r",
        began_at=AT - timedelta(days=7),
        ended_at=AT,
        computed_at=AT,
        source="served",
        customers=1,
        status="critical",
        is_violated=True,
        act=True,
        because=Text("x"),
        course={},
    )
    incident = Open("inc_1", "promise", "coffee", "critical", AT, None, Text("x"))
    sent = alert_of(News("opened", incident), window)
    assert (shown["type"], shown["data"].keys()) == (TYPE, sent.keys())
    assert {name: type(value) for name, value in shown["data"].items()} == {
        name: type(value) for name, value in sent.items()
    }
    assert shown["data"]["window"] == sent["window"]


def test_the_commands_run(
    trained_shop: Shop, copy_of: Callable[[Shop], Shop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = copy_of(trained_shop)
    monkeypatch.chdir(tmp_path)
    commands = [line for text in blocks("en", "sh") for line in text.splitlines()]
    for line in commands:
        done = tagloop_here(shop.home, *shlex.split(line.replace("12", "2"))[1:])
        assert done.returncode in {0, 1, 2}, done.stderr
        assert done.stdout, done.stderr
        if "--json" in line:
            assert json.loads(done.stdout)["exit_code"] == done.returncode
    assert (tmp_path / "drift.html").read_text(encoding="utf-8").startswith("<!doctype html>")
