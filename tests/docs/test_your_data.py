"""Every command of docs/your-data.md, in its order, on a made-up shop: from files to a served prediction."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.command_line import ROOT, environment, succeeded, tagloop_here
from tests.docs.made_up_shop import LIKED, MEMBERS, write_files
from tests.test_readme import PATH, checkout, free_port, wait_until_up

PAGE = (ROOT / "docs" / "your-data.md").read_text(encoding="utf-8")
CHINESE_PAGE = (ROOT / "docs" / "your-data.zh-CN.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS = [text for kind, text in BLOCK.findall(PAGE) if kind == "sh"]
SHOWN = {
    language: [text.rstrip("\n") for kind, text in BLOCK.findall(page) if kind == "text"]
    for language, page in {"en": PAGE, "zh": CHINESE_PAGE}.items()
}
DONE_ELSEWHERE = ("make setup", ". .venv/bin/activate")  # the test runs in that environment

pytestmark = pytest.mark.slow


@dataclass
class Reader:
    """Somebody who types the page's commands one after the other into one shell."""

    folder: Path
    port: int
    said: dict[str, str] = field(default_factory=dict)
    server: "subprocess.Popen[bytes] | None" = None

    def type(self, block: str) -> None:
        """Run a block; its output is kept under its first line. The server goes on in the background."""
        lines = [line for line in block.splitlines() if line not in DONE_ELSEWHERE]
        text = "\n".join(lines).replace("127.0.0.1:8000", f"127.0.0.1:{self.port}")
        if text == "tagloop serve":
            script = f"{self._before} exec tagloop serve --port {self.port}"
            self.server = subprocess.Popen(["bash", "-c", script], **self._at)  # type: ignore[call-overload]  # noqa: S603, S607
            wait_until_up(self.port)
            return
        script = f"set -euo pipefail\n{self._before}{text}\nexport -p > state"
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 (the page's own commands)
            ["bash", "-c", script],  # noqa: S607 (any bash will do)
            capture_output=True,
            text=True,
            check=False,
            **self._at,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        self.said[lines[0]] = done.stdout + done.stderr

    @property
    def home(self) -> Path:
        """The home that the page made."""
        return self.folder / "shop-home"

    @property
    def _before(self) -> str:
        return "source ./state\n" if (self.folder / "state").exists() else ""

    @property
    def _at(self) -> dict[str, object]:
        env = environment(self.home, PATH=PATH, CURL_HOME=str(self.folder), PYTHONPATH=str(ROOT))
        return {"cwd": self.folder, "env": {name: env[name] for name in env if name != "TAGLOOP_HOME"}}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = checkout(tmp_path_factory.mktemp("your-data"))
    write_files(folder / "data")
    person = Reader(folder, free_port())
    try:
        for block in BLOCKS:
            person.type(block)
        yield person
    finally:
        if person.server:
            person.server.terminate()
            person.server.wait(timeout=30)


def test_drafted_mapping_fits_as_it_is(reader: Reader) -> None:
    said = reader.said["tagloop ingest shop.yaml --check"]
    assert "✓ The mapping fits its files" in said
    for part in (
        "gb18030",
        "excel",
        "jsonl",
        "会员卡号",
        "refund",
        "cart_add",
        "message",
        "2024-10-31",
        "茶叶",
    ):
        assert part in said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_check_shows_what_the_page_shows_when_a_column_is_not_there(reader: Reader, language: str) -> None:
    mapping = (reader.folder / "shop.yaml").read_text(encoding="utf-8")
    broken = reader.folder / "broken.yaml"
    broken.write_text(mapping.replace("occurred_at: 下单时间", "occurred_at: 下单日期"), encoding="utf-8")
    done = tagloop_here(reader.home, "ingest", broken, "--check", TAGLOOP_LANG=language)
    assert done.returncode == 1
    for line in SHOWN[language][0].splitlines():
        assert line in done.stdout


def test_everything_is_loaded_and_nothing_refused(reader: Reader) -> None:
    said = reader.said["tagloop ingest shop.yaml"]
    rows = {
        line.split("  ")[0].strip(): line.split()[-1] for line in said.splitlines() if line[-1:].isdigit()
    }
    assert int(rows["Customers in these events"].replace(",", "")) == MEMBERS
    assert "No row was rejected" in said


def test_drafted_tags_are_what_members_like(reader: Reader) -> None:
    tags = (reader.folder / "tags.yaml").read_text(encoding="utf-8")
    only_kind = {"跑鞋": "运动"}  # of its department: the wider label says the same
    assert {only_kind.get(kind, kind) for kind in LIKED} <= set(re.findall(r"[\u4e00-\u9fff]+", tags))


def test_models_find_the_planted_signal_and_serve(reader: Reader) -> None:
    said = reader.said["tagloop train"]
    assert "Registered and promoted" in said
    answer = reader.said["curl -s http://127.0.0.1:8000/v1/predict \\"]
    for part in ('"confidence"', '"churn"', '"segment"'):
        assert part in answer


def test_churn_of_customers_who_come_once_is_refused_as_the_page_shows(tmp_path: Path) -> None:
    rows = [f"c{n},2024-{n % 10 + 1:02}-{n % 27 + 1:02} 1{n % 9}:00:00,{n % 50 + 1}" for n in range(400)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer,date,amount", *rows]) + "\n", encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()
    clock = 'clock = "fixed"\nclock_instant = 2024-11-01T00:00:00Z\n'
    (home / "tagloop.toml").write_text(clock, encoding="utf-8")
    succeeded(
        tmp_path,
        "ingest",
        "--suggest",
        tmp_path / "orders.csv",
        "--out",
        tmp_path / "m.yaml",
        run=tagloop_here,
    )
    checked = succeeded(home, "ingest", tmp_path / "m.yaml", "--check", run=tagloop_here)
    assert "100% of the customers are seen on one day only" in checked
    succeeded(home, "ingest", tmp_path / "m.yaml", run=tagloop_here)
    assert SHOWN["en"][1] in succeeded(home, "train")
    assert SHOWN["zh"][1] in succeeded(home, "train", run=tagloop_here, TAGLOOP_LANG="zh")


def test_both_pages_have_the_same_commands() -> None:
    assert [text for kind, text in BLOCK.findall(CHINESE_PAGE) if kind == "sh"] == BLOCKS


def test_every_recipe_is_a_key_that_mappings_have() -> None:
    schema = (ROOT / "features" / "sources" / "mapping.schema.json").read_text(encoding="utf-8")
    table = PAGE.partition("## Recipes")[2]
    keys = set(re.findall(r"[`{ ](\w+): ", table)) - {"浏览", "购买", "status", "play"}
    assert len(keys) > 20
    assert {key for key in keys if f'"{key}"' not in schema} == set()
