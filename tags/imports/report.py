"""The report of an import, row by row, as a file."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.errors import InvalidInputError
from core.language import Language
from tags.imports.importing import Sink
from tags.imports.rows import Outcome

COLUMNS = ("line", "customer_id", "tag", "outcome", "reason", "why")


@contextmanager
def written_to(path: Path | None, language: Language) -> Iterator[Sink]:
    """Takes outcomes and writes each as a line of a new CSV file; without a file it takes them and does nothing.

    Raises:
        InvalidInputError: The file is there already.
    """
    if path is None:
        yield lambda _outcomes: None
        return
    if path.exists():
        raise InvalidInputError("--report: {file} is there already; name a new file", file=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # With a mark, so that spreadsheets read Chinese as it is.
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)

        def write(outcomes: Sequence[Outcome]) -> None:
            writer.writerows(_cells(one, language) for one in outcomes)

        yield write


def _cells(one: Outcome, language: Language) -> Sequence[object]:
    why = one.why.render(language) if one.why else ""
    return (one.line, _plain(one.customer_id), _plain(one.tag), one.outcome, one.reason or "", why)


def _plain(text: str | None) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = text or ""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text
