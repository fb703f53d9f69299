"""Figures, their targets, and the file."""

import json
from pathlib import Path

import pytest

from benchmarks.report import Figure, write
from core.language import Text


def figure(name: str, value: float, target: float | None = None, *, at_most: bool = False) -> Figure:
    return Figure(name, value, Text("measured"), target=target, at_most=at_most)


@pytest.mark.parametrize(
    ("value", "at_most", "reached"),
    [(5.0, False, True), (4.9, False, False), (5.0, True, True), (5.1, True, False)],
)
def test_target_is_reached_on_its_side(value: float, at_most: bool, reached: bool) -> None:  # noqa: FBT001
    assert figure("a.b", value, 5.0, at_most=at_most).reached is reached


def test_figure_without_target_is_neither_reached_nor_missed() -> None:
    assert figure("a.b", 1.0).reached is None


def test_file_says_value_target_and_whether_it_is_met(tmp_path: Path) -> None:
    file = write(
        [figure("a.x", 1.0, 2.0), figure("b.y", 1.0, 2.0, at_most=True), figure("c.z", 1.0)], tmp_path
    )
    told = [(one["figure"], one["value"], one["target"], one["met"]) for one in json.loads(file.read_text())]
    assert told == [("a.x", 1.0, ">= 2", False), ("b.y", 1.0, "<= 2", True), ("c.z", 1.0, None, None)]


def test_file_keeps_figures_that_were_not_measured_again(tmp_path: Path) -> None:
    write([figure("a.x", 1.0), figure("b.y", 2.5)], tmp_path)
    file = write([figure("b.y", 3.0)], tmp_path)
    assert {one["figure"]: one["value"] for one in json.loads(file.read_text())} == {"a.x": 1.0, "b.y": 3.0}
