"""What docs/audiences.md shows, in both languages: its commands run, and its calls are those of the API."""

import json
import re
import shlex
import shutil
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from core.settings import Settings
from serving.api.app import create_app
from serving.api.docs import describe
from serving.api.schemas.audience import CountRequest
from tests.command_line import ROOT, succeeded
from tests.conftest import Shop

PAGES = [ROOT / "docs" / name for name in ("audiences.md", "audiences.zh-CN.md")]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
CONFIDENCE = ".min_confidence"


def blocks(page: Path, kind: str) -> list[str]:
    return [text for what, text in BLOCK.findall(page.read_text(encoding="utf-8")) if what == kind]


def test_both_pages_show_the_same() -> None:
    english, chinese = PAGES
    for kind in ("sh", "http", "json"):
        assert blocks(english, kind) == blocks(chinese, kind)


def test_every_parameter_that_is_shown_exists() -> None:
    described = describe(create_app(Settings()), "en")["paths"]["/v1/customers"]["get"]["parameters"]
    known = {one["name"] for one in described}
    calls = [line.split()[1] for text in blocks(PAGES[0], "http") for line in text.splitlines()]
    assert len(calls) == 2
    for call in calls:
        assert urlsplit(call).path == "/v1/customers"
        names = {name for name, _ in parse_qsl(urlsplit(call).query)}
        assert {name for name in names if name not in known and not name.endswith(CONFIDENCE)} == set()


def test_the_body_that_is_shown_is_taken() -> None:
    (text,) = blocks(PAGES[0], "json")
    assert len(CountRequest.model_validate(json.loads(text)).searches) == 2


def test_the_commands_run(loaded_shop: Shop, tmp_path: Path) -> None:
    home = Path(shutil.copytree(loaded_shop.folder, tmp_path / "shop")) / "home"
    lines = [line for text in blocks(PAGES[0], "sh") for line in text.splitlines()]
    assert len(lines) == 3
    for line in lines:
        words = [
            str(tmp_path / word) if word.startswith(("found.", "report.")) else word
            for word in shlex.split(line)
        ]
        succeeded(home, *words[1:])
    assert "customer_id" in (tmp_path / "found.csv").read_text(encoding="utf-8")
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")
