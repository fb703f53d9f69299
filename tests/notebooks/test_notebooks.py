"""Every notebook, run from top to bottom on the small shop in Chinese, and kept without outputs."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from models.plot_style import chinese_font
from tests.command_line import ROOT, environment
from tests.conftest import Shop

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_SECONDS = 600
CHINESE = re.compile(r"[\u4e00-\u9fff]")

of_each = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)


def read(file: Path) -> Any:
    return nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]  # it publishes no types


def cells(file: Path, kind: str) -> list[Any]:
    return [cell for cell in read(file).cells if cell.cell_type == kind]


def executed(file: Path, home: Path, **more: str) -> list[Any]:
    """The code cells after a run in a kernel of its own; a cell that raises fails the test with its traceback."""
    notebook = read(file)
    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, resources={"metadata": {"path": str(file.parent)}}
    )
    client.execute(env=environment(home, PYTHONPATH=str(ROOT), **more))
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_notebooks_are_there() -> None:
    assert [file.name[:2] for file in NOTEBOOKS] == ["01", "02", "03"]


@pytest.mark.slow
@of_each
def test_notebook_runs_on_the_small_shop_and_draws_each_plot(trained_shop: Shop, file: Path) -> None:
    tables = checked(executed(file, trained_shop.home, TAGLOOP_LANG="zh"))
    assert bool(CHINESE.search(tables)) is (chinese_font() is not None)


def checked(run: list[Any]) -> str:
    """The tables that a run shows; nothing was printed or warned of, and each cell that is to draw drew."""
    outputs = [(cell.id, output) for cell in run for output in cell.outputs]
    assert [output.text for _, output in outputs if output.output_type == "stream"] == []
    drawn = {place for place, output in outputs if "image/png" in output.data}
    assert drawn == {cell.id for cell in run if cell.id.endswith("-plot")}
    return "".join(output.data.get("text/html", "") for _, output in outputs)


@of_each
def test_notebook_is_kept_without_what_a_run_leaves(file: Path) -> None:
    kept = cells(file, "code")
    assert [cell.id for cell in kept if cell.outputs or cell.execution_count is not None] == []
    assert read(file).metadata.kernelspec.name == "python3"


@of_each
def test_every_text_of_a_notebook_is_in_both_languages(file: Path) -> None:
    paragraphs = {cell.id: cell.source.split("\n\n")[-2:] for cell in cells(file, "markdown")}
    told = {place: [bool(CHINESE.search(text)) for text in texts] for place, texts in paragraphs.items()}
    assert {place: chinese for place, chinese in told.items() if chinese != [False, True]} == {}
