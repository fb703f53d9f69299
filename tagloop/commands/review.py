"""`tagloop review`: how far reviewing has come, decisions that are held, and tasks for other tools."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from core.errors import InvalidInputError
from review.deciding import answer_tasks
from review.exchange import LABEL_CONFIG, from_csv, from_label_studio, to_csv, to_label_studio
from review.held import discard, held_decisions, let_count
from review.label_errors import ask_again, find_label_errors, keep_label_errors
from review.progress import Agreement, read_progress
from review.queue import next_tasks
from tagloop.console import Terminal
from tagloop.session import open_session

EXPORTED_FOR = timedelta(days=7)
MOST_EXPORTED = 10_000
MILLISECONDS = 1_000


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the commands into the app."""
    review = typer.Typer(
        help=terminal.say("See how far reviewing has come; take tasks to other tools and back"),
        invoke_without_command=True,
    )
    app.add_typer(review, name="review")

    @review.callback()
    def figures(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            _show_progress(terminal)

    _add_held(review, terminal)
    _add_errors(review, terminal)
    _add_export(review, terminal)
    _add_import(review, terminal)


def _show_progress(terminal: Terminal) -> None:
    with open_session() as session, session.store.read() as connection:
        found = read_progress(connection, session.settings, session.clock.now())
    rows = [
        (
            one.reviewer,
            one.today,
            one.decisions,
            one.skipped,
            "" if one.median_milliseconds is None else f"{one.median_milliseconds / MILLISECONDS:.1f}",
            _share(one.with_others),
            _share(one.with_self),
            one.held or "",
        )
        for one in found.reviewers
    ]
    columns = ["reviewer", "today", "decisions", "skipped", "seconds", "with others", "with self", "held"]
    terminal.table("Reviewers", columns, rows)
    terminal.line(
        "{open_tasks} tasks are open, {done} were decided today; people review at /console of the server",
        open_tasks=found.open_tasks,
        done=found.decided_today,
    )


def _share(agreement: Agreement) -> str:
    return "" if agreement.share is None else f"{agreement.share:.0%} ({agreement.pairs})"


def _add_held(review: typer.Typer, terminal: Terminal) -> None:
    @review.command(
        "held", help=terminal.say("Show decisions that were quicker than reading; let them count or not")
    )
    def held(
        reviewer: Annotated[str | None, typer.Option(help=terminal.say("Only of this reviewer"))] = None,
        count: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--count", help=terminal.say("Let them count"))
        ] = False,
        drop: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--drop", help=terminal.say("Let them never count; others get the tasks"))
        ] = False,
    ) -> None:
        if count and drop:
            raise InvalidInputError("--count, --drop: choose one of the two")
        with open_session() as session, session.store.write() as connection:
            found = held_decisions(connection, reviewer)
            now = session.clock.now()
            if count:
                let_count(connection, found, session.taxonomy, session.settings, now=now)
            elif drop:
                discard(connection, found, now=now)
        rows = [
            (
                one.reviewer,
                one.customer_id,
                one.tag,
                one.decision,
                one.milliseconds,
                one.decided_at.isoformat(),
            )
            for one in found
        ]
        terminal.table("Held", ["reviewer", "customer", "tag", "decision", "milliseconds", "at"], rows)
        if count or drop:
            done = "{count} decisions count now" if count else "{count} decisions will never count"
            terminal.line(done, count=len(found))


def _add_errors(review: typer.Typer, terminal: Terminal) -> None:
    @review.command(
        "errors", help=terminal.say("Show decisions that are likely wrong; have somebody else look at them")
    )
    def errors(
        again: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--again", help=terminal.say("Ask one more reviewer about each"))
        ] = False,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            tags = [tag.key for tag in session.taxonomy.current]
            with session.store.read() as connection:
                found = find_label_errors(connection, tags)
            with session.store.write() as connection:
                keep_label_errors(connection, found, now=session.clock.now())
                asked = ask_again(connection, found) if again else 0
        if json:
            terminal.json({"errors": [{**vars(one), "as_of": one.as_of.isoformat()} for one in found]})
            return
        rows = [
            (
                one.customer_id,
                one.tag,
                terminal.say("accept" if one.value else "reject"),
                f"{one.confidence:.0%}",
                ", ".join(one.reviewers),
                one.as_of.date().isoformat(),
            )
            for one in found
        ]
        terminal.table(
            "Likely wrong", ["customer", "tag", "decision", "confidence", "reviewer", "as of"], rows
        )
        if again:
            terminal.line("{count} tasks wait for one more reviewer", count=asked)
        elif any(one.task_id for one in found):
            terminal.line("Have somebody else look at them: tagloop review errors --again")


def _add_export(review: typer.Typer, terminal: Terminal) -> None:
    @review.command(
        "export",
        help=terminal.say("Write open tasks for another tool: Label Studio (.json) or a table (.csv)"),
    )
    def export(
        file: Annotated[Path, typer.Argument(help=terminal.say("A new file, .json or .csv"))],
        reviewer: Annotated[str, typer.Option(help=terminal.say("Who decides them there"))],
        limit: Annotated[int, typer.Option(min=1, max=MOST_EXPORTED, help=terminal.say("How many"))] = 100,
    ) -> None:
        _check_kind(file)
        if file.exists():
            raise InvalidInputError("FILE: {file} is there already; name a new file", file=file)
        with open_session() as session:
            now, taxonomy = session.clock.now(), session.taxonomy
            with session.store.write() as connection:
                leased = next_tasks(connection, reviewer, limit, now=now, lease=EXPORTED_FOR)
        write = to_label_studio if file.suffix == ".json" else to_csv
        file.write_text(write(leased, taxonomy), encoding="utf-8")
        terminal.line(
            "{count} tasks are in {file}, for {reviewer} alone until {until}",
            count=len(leased),
            file=file,
            reviewer=reviewer,
            until=leased[0].until.date().isoformat() if leased else "-",
        )
        if file.suffix == ".json":
            terminal.line(
                "Label Studio shows them with this labelling interface: {config}", config=LABEL_CONFIG
            )


def _add_import(review: typer.Typer, terminal: Terminal) -> None:
    @review.command("import", help=terminal.say("Read decisions made in another tool from its export"))
    def import_(
        file: Annotated[
            Path, typer.Argument(help=terminal.say("Label Studio's JSON export, or the filled table"))
        ],
        reviewer: Annotated[str, typer.Option(help=terminal.say("Who decided them there"))],
    ) -> None:
        _check_kind(file)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise InvalidInputError("FILE: cannot read {file} as UTF-8 text", file=file) from None
        answers = (from_label_studio if file.suffix == ".json" else from_csv)(text)
        with open_session() as session:
            taxonomy = session.taxonomy
            with session.store.write() as connection:
                outcomes = answer_tasks(
                    connection, answers, reviewer, taxonomy, session.settings, now=session.clock.now()
                )
        for one in outcomes:
            if one.problem is not None:
                terminal.mark(f"{one.decision_id}: {one.problem.text.render(terminal.language)}", good=False)
        terminal.line(
            "{new} decisions kept, {again} known before, {refused} refused",
            new=sum(one.status == "recorded" for one in outcomes),
            again=sum(one.status == "already_recorded" for one in outcomes),
            refused=sum(one.status == "refused" for one in outcomes),
        )


def _check_kind(file: Path) -> None:
    if file.suffix not in {".json", ".csv"}:
        raise InvalidInputError("FILE: expected a name that ends in .json or .csv, got {file}", file=file)
