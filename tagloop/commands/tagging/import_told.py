"""What an import did, for people and for programs."""

from pathlib import Path
from typing import Any

from core.language import Language
from tagloop.console import Terminal
from tags.imports.importing import Report
from tags.imports.of_file import Imported
from tags.imports.record import Tally
from tags.imports.refusals import MEANINGS
from tags.imports.rows import OUTCOMES
from tags.imports.telling import counts, refused_rows

REFUSED_SHOWN = 10


def as_json(report: Report, language: Language) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "import_id": None if report.is_dry_run else report.import_id,
        "is_dry_run": report.is_dry_run,
        **counts(report.tally),
        "reasons": dict(report.tally.reasons),
        "outranks": dict(report.outranks),
        "refused_rows": refused_rows(report.tally, language),
    }


def show(done: Imported, file: Path | None, terminal: Terminal) -> None:
    """Print how the file was read, what became of its rows, and what to do about it."""
    report = done.report
    _show_reading(done, terminal)
    _show_tally(report, terminal)
    _show_refused(report.tally, terminal)
    for tag, count in report.outranks.items():
        terminal.note(
            "{tag} is not a tag of imports: in {count} rows the import stands above what else gives it",
            tag=tag,
            count=f"{count:,}",
        )
    if not report.is_dry_run:
        terminal.line("Imported as {id}; undo it with: tagloop tags undo {id}", id=report.import_id)
    if file is not None:
        terminal.line("What became of every row is in {file}", file=file)


def _show_reading(done: Imported, terminal: Terminal) -> None:
    layout = ", ".join(f"{part}: {column}" for part, column in done.shape.columns.items())
    terminal.note("Read as {layout}", layout=layout)
    if done.same_as is not None:
        terminal.note(
            "The same file was imported on {at} as {id}",
            at=f"{done.same_as.made_at:%Y-%m-%d %H:%M}",
            id=done.same_as.import_id,
        )
    if done.report.went_on_after:
        terminal.note(
            "An earlier run had come to line {line} and was stopped there; this one went on behind it",
            line=done.report.went_on_after,
        )


def _show_tally(report: Report, terminal: Terminal) -> None:
    tally = report.tally
    rows = [(terminal.say(outcome), "", tally.counts[outcome]) for outcome in OUTCOMES]
    rows += [
        (f"  {reason}", MEANINGS[reason].render(terminal.language), count)
        for reason, count in sorted(tally.reasons.items(), key=lambda pair: -pair[1])
    ]
    title = "What would become of the rows" if report.is_dry_run else "What became of the rows"
    terminal.table(title, ["", "", "Rows"], rows)


def _show_refused(tally: Tally, terminal: Terminal) -> None:
    refused = refused_rows(tally, terminal.language)
    if not refused:
        return
    rows = [
        (one["line"], one["customer_id"] or "", one["tag"] or "", one["why"])
        for one in refused[:REFUSED_SHOWN]
    ]
    terminal.table("Refused rows", ["line", "customer", "tag", "why"], rows)
    if len(refused) > REFUSED_SHOWN:
        terminal.note("All rows with their reasons: add --report FILE")
