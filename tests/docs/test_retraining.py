"""Every command of docs/retraining.md, in its order, on the small made-up shop; and that the page tells the truth."""

import re
import shlex
from collections.abc import Callable
from typing import get_args

import pytest

from core.settings import Settings
from models.release_read import current_release_id
from tests.command_line import ROOT, refused, succeeded, tagloop_here
from tests.conftest import Shop
from tests.homes import copy_home
from training.loop.compare import LEAST_POSITIVES
from training.loop.reasons import Code

PAGES = {"en": ROOT / "docs" / "retraining.md", "zh": ROOT / "docs" / "retraining.zh-CN.md"}
TEXT = {language: page.read_text(encoding="utf-8") for language, page in PAGES.items()}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SETTING = re.compile(r"`((?:retrain|promote)_\w+)`[ (（]*([\d.]+)(%?)")


def blocks(language: str, kind: str) -> list[str]:
    return [found for what, found in BLOCK.findall(TEXT[language]) if what == kind]


COMMANDS = [line for text in blocks("en", "sh") for line in text.splitlines()]


@pytest.mark.slow
def test_commands_do_what_the_page_says(trained_shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("retraining") / "shop"
    copy_home(trained_shop.folder, folder)
    home = folder / "home"
    releases = Settings(home=home).releases_path
    before = current_release_id(releases)
    dry, forced, back, often = COMMANDS
    assert "Nothing was changed" in succeeded(home, *words(dry), "--force", run=tagloop_here)
    assert "Nothing calls for a retraining" in succeeded(home, *words(dry), run=tagloop_here)
    said = succeeded(home, *words(forced), run=tagloop_here)
    assert "no outcome is known yet of a day after it learned; the first will be on 2024-03-31" in said
    assert "Nothing was promoted" in said
    assert current_release_id(releases) == before
    assert "nothing to go back to" in refused(home, *words(back))
    assert "Nothing calls for a retraining" in succeeded(home, *words(often), run=tagloop_here)


def words(command: str) -> list[str]:
    return shlex.split(command)[1:]


def test_an_interval_that_is_none_is_refused_with_the_choices(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop]
) -> None:
    said = refused(copy_of(loaded_shop).home, "loop", "--every", "daily", "--rounds", "1")
    assert "expected a number of minutes, hours or days such as 30m, 12h or 1d, got 'daily'" in said


@pytest.mark.parametrize("language", sorted(PAGES))
def test_page_names_every_reason_and_the_settings_as_they_are(language: str) -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", TEXT[language], re.MULTILINE))
    assert named == set(get_args(Code))
    for name, value, percent in SETTING.findall(TEXT[language]):
        assert Settings.model_fields[name].default == float(value) / (100 if percent else 1), name
    assert {name for name, _, _ in SETTING.findall(TEXT[language])} == {
        name for name in Settings.model_fields if name.startswith(("retrain_", "promote_"))
    }
    assert str(LEAST_POSITIVES) in TEXT[language]


def test_both_pages_show_the_same() -> None:
    for kind in ("sh", "", "ini"):
        assert blocks("en", kind) == blocks("zh", kind)
