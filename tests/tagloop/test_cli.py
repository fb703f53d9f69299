"""The command line as a whole: help, languages, wrong settings; every refusal is one clear message."""

from pathlib import Path

import pytest

from tagloop.cli import COMMANDS, asked_for
from tests.command_line import refused, succeeded, tagloop, tagloop_here
from tests.conftest import Shop

ENGLISH = {"demo": "Load the demo data", "doctor": "Check this installation", "keys": "Make, list and revoke"}
CHINESE = {"demo": "载入演示数据", "doctor": "检查安装", "keys": "新建、列出和撤销"}


def test_every_command_is_listed_in_both_languages(tmp_path: Path) -> None:
    english, chinese = (
        succeeded(tmp_path, "--help", run=tagloop_here, TAGLOOP_LANG=language) for language in ("en", "zh")
    )
    for command in COMMANDS:
        assert f" {command} " in english
        assert f" {command} " in chinese
    assert all(text in english for text in ENGLISH.values())
    assert all(text in chinese for text in CHINESE.values())


def test_asking_for_help_makes_nothing(tmp_path: Path) -> None:
    succeeded(tmp_path / "home", "ingest", "--help")
    assert not (tmp_path / "home").exists()


def test_only_the_asked_command_is_imported() -> None:
    assert asked_for(["tags", "--json"]) == ("tags",)
    assert asked_for(["--help"]) == asked_for([]) == asked_for(["taggs"]) == COMMANDS


@pytest.mark.parametrize("arguments", [["taggs"], ["tags", "--jason"], ["ingest"], ["keys", "revoke"]])
def test_wrong_usage_ends_with_status_2_and_the_culprit(tmp_path: Path, arguments: list[str]) -> None:
    done = tagloop_here(tmp_path, *arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "Usage" in done.stderr


def test_wrong_settings_are_all_named(tmp_path: Path) -> None:
    said = refused(tmp_path, "tags", run=tagloop, TAGLOOP_TIMEZONE="Mars", TAGLOOP_PORT="x")
    assert said.splitlines() == [
        "The settings are wrong: look at the TAGLOOP_ variables and at tagloop.toml in the home",
        "  timezone: 'Mars' is no time zone; expected an IANA name such as Asia/Shanghai",
        "  port: expected a whole number, got 'x'",
    ]


def test_wrong_settings_are_named_in_chinese(tmp_path: Path) -> None:
    said = refused(tmp_path, "tags", TAGLOOP_TIMEZONE="Mars", TAGLOOP_LANG="zh")
    assert "设置有误" in said
    assert "timezone: 'Mars' 不是时区；请使用 IANA 名称，例如 Asia/Shanghai" in said


def test_file_of_settings_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tagloop.toml").write_text("timezone: UTC\n", encoding="utf-8")
    assert "tagloop.toml in the home is no valid TOML" in refused(tmp_path, "tags")


def test_fixed_clock_without_its_instant_is_refused(tmp_path: Path) -> None:
    assert "a fixed clock needs clock_instant" in refused(tmp_path, "tags", TAGLOOP_CLOCK="fixed")


def test_date_after_the_clock_is_refused_with_what_the_clock_says(trained_shop: Shop) -> None:
    said = refused(trained_shop.home, "train", "--until", "2024-03-02")
    assert said.strip() == (
        "--until: 2024-03-02T00:00:00+08:00 lies after the clock, which says 2024-02-29T16:00:00+00:00"
    )


@pytest.mark.parametrize("command", ["features", "score", "train"])
def test_home_without_data_says_how_to_load(tmp_path: Path, command: str) -> None:
    said = refused(tmp_path / "home", command)
    assert "load data first with `tagloop ingest MAPPING`" in said
    assert len(said.strip().splitlines()) == 1


def test_command_without_data_leaves_a_lake_as_the_settings_want_it(tmp_path: Path, small_shop: Shop) -> None:
    refused(tmp_path / "home", "features", TAGLOOP_LAKE_BUCKETS="5")
    home, buckets = tmp_path / "home", {"TAGLOOP_LAKE_BUCKETS": "5"}
    succeeded(home, "ingest", small_shop.mapping, run=tagloop_here, **buckets)
    parts = list((tmp_path / "home" / "lake").glob("bucket=*"))
    assert len(parts) == 5
