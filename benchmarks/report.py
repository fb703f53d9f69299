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
        name: As in `bench.json`; the part before the first dot is the file that measures it.
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
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    kept |= {figure.name: figure.value for figure in figures}
    file.write_text(json.dumps(dict(sorted(kept.items())), indent=2) + "\n", encoding="utf-8")
    return file


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 (three digits)
