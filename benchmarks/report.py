"""Figures as a table for people and as a flat JSON file for programs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from core.language import Text
from tagloop.console import Terminal

FILE = "bench.json"


@dataclass(frozen=True)
class Figure:
    """A measured number.

    Attributes:
        name: As in `bench.json`.
        value: The number.
        target: What it should reach, None where there is no target.
        at_most: Whether the target is an upper bound.
        meaning: What was measured, with the numbers behind it.
    """

    name: str
    value: float
    meaning: Text
    target: float | None = None
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached, None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


def show(figures: Sequence[Figure], terminal: Terminal) -> None:
    """Print the figures beside their targets."""
    table = Table(title=terminal.say("Figures"), title_justify="left", title_style="bold", box=None)
    for name, justify in (("figure", "left"), ("value", "right"), ("target", "right"), ("measured", "left")):
        table.add_column(terminal.say(name), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for figure in figures:
        mark = {True: " ✓", False: " ✗", None: ""}[figure.reached]
        sign = "≤" if figure.at_most else "≥"
        target = "" if figure.target is None else f"{sign} {figure.target:g}{mark}"
        table.add_row(figure.name, _digits(figure.value), target, figure.meaning.render(terminal.language))
    terminal.out.print(table)


def write(figures: Sequence[Figure], home: Path) -> Path:
    """Keep the figures under their names in the home; figures of other names stay as they were."""
    file = home / FILE
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    # A file of numbers by name was written before figures had targets.
    by_name = {one["figure"]: one for one in kept if isinstance(one, dict)} | {
        figure.name: _as_json(figure) for figure in figures
    }
    rows = [by_name[name] for name in sorted(by_name)]
    file.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def _as_json(figure: Figure) -> dict[str, object]:
    target = None if figure.target is None else f"{'<=' if figure.at_most else '>='} {figure.target:g}"
    return {
        "figure": figure.name,
        "value": figure.value,
        "target": target,
        "met": figure.reached,
        "measured": figure.meaning.render("en"),
    }


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 (three digits)
