"""What the commands print: tables, progress, errors, in the terminal's language."""

import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from core.errors import TagloopError, UnavailableError
from core.language import Language, terminal_language, translate

WIDTH_OF_FILES = 120


@dataclass(frozen=True)
class Terminal:
    """One terminal in one language; results go to standard output, everything else to standard error."""

    language: Language
    out: Console
    err: Console

    def say(self, message: str, /, **values: object) -> str:
        """The message in the terminal's language."""
        return translate(message, self.language, **values)

    def note(self, message: str, /, **values: object) -> None:
        """Print a line beside the results."""
        self.err.print(self.say(message, **values), highlight=False, markup=False, soft_wrap=True)

    def line(self, message: str, /, **values: object) -> None:
        """Print a line of the results."""
        self.out.print(self.say(message, **values), highlight=False, markup=False, soft_wrap=True)

    def mark(self, text: str, *, good: bool) -> None:
        """Print a line of the results that says whether something holds."""
        sign = "[green]✓[/green]" if good else "[red]✗[/red]"
        self.out.print(f"{sign} {escape(text)}", highlight=False, soft_wrap=True)

    def table(
        self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, wraps: str | None = None
    ) -> None:
        """Print a table; columns of figures are right-aligned. A column of sentences may be one that `wraps`."""
        table = Table(
            title=self.say(title), title_justify="left", title_style="bold", box=None, pad_edge=False
        )
        texts = [[shown(cell) for cell in row] for row in rows]
        for place, column in enumerate(columns):
            figures = all(is_figure(row[place]) for row in texts)
            title = self.say(column)
            if figures and title.isascii():  # they are narrow: a title of several words takes two lines
                title = "\n".join(title.rsplit(" ", 1))
            justify: JustifyMethod = "right" if figures else "left"
            table.add_column(title, justify=justify, no_wrap=column != wraps, vertical="bottom")
        for row in texts:
            table.add_row(*map(escape, row))
        self.out.print(table)

    def json(self, content: Any) -> None:
        """Print a value for a program to read; what is not a number becomes null."""
        text = json.dumps(without_nan(content), ensure_ascii=False, indent=2, default=str, allow_nan=False)
        self.out.file.write(text + "\n")

    def fail(self, error: TagloopError) -> None:
        """Print an error with the single culprits that it names; a single one is said in the error itself."""
        self.err.print(
            error.text.render(self.language), style="red", highlight=False, markup=False, soft_wrap=True
        )
        for problem in error.fields:
            if problem.message == error.text:
                continue
            line = f"  {problem.field}: {problem.message.render(self.language)}"
            self.err.print(line, highlight=False, markup=False, soft_wrap=True)

    @contextmanager
    def steps(self) -> Iterator["Steps"]:
        """A progress display with one line a step."""
        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.err,
        )
        with progress:
            yield Steps(self, progress)
            for task in progress.tasks:
                if task.total is None:
                    progress.update(task.id, total=task.completed)


class Steps:
    """Progress over named steps, each with a bar of its own."""

    def __init__(self, terminal: Terminal, progress: Progress) -> None:
        self._terminal = terminal
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def at(self, step: str, done: int, total: int | None = None) -> None:
        """Say how far a step is."""
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(self._terminal.say(step), total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)


def shown(cell: Any) -> str:
    """A cell's text: figures to three digits, nothing for what is missing.

    >>> shown(0.53219), shown(float("nan")), shown(1477998), shown("coffee")
    ('0.532', '', '1,477,998', 'coffee')
    """
    if isinstance(cell, float):
        return "" if cell != cell else f"{cell:.3f}"  # noqa: PLR0124 (only NaN differs from itself)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return str(cell)


def is_figure(text: str) -> bool:
    """Whether a cell holds a figure, or nothing.

    >>> is_figure("+0.015 (-0.002 +0.032)"), is_figure("32%"), is_figure(""), is_figure("coffee")
    (True, True, True, False)
    """
    return not text or text.lstrip("+-(")[:1].isdecimal()


def without_nan(content: Any) -> Any:
    """The same value with None for every float that JSON does not know.

    >>> without_nan({"auc": [0.5, float("nan")]})
    {'auc': [0.5, None]}
    """
    if isinstance(content, dict):
        return {key: without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [without_nan(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def out_of_reach(error: Exception) -> UnavailableError:
    """What to say of a disk or a store that does not do what it should."""
    return UnavailableError(
        "The disk or the store does not answer as it should: {reason}. Look at TAGLOOP_HOME and "
        "TAGLOOP_DATABASE_URL, and run `tagloop doctor`",
        reason=str(error).splitlines()[0],
    )


def make_terminal() -> Terminal:
    """The terminal that the process runs in; a file or pipe gets lines wide enough for the tables."""
    width = None if sys.stdout.isatty() else WIDTH_OF_FILES
    return Terminal(terminal_language(), Console(file=sys.stdout, width=width), Console(file=sys.stderr))
