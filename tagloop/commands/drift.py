"""`tagloop drift`: is the world still the one that the models were trained on, and what to do if not."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import InvalidInputError
from core.language import Text
from monitoring.check import Checked, check_weeks
from monitoring.finding import CRITICAL, Finding
from monitoring.logging import log_check
from monitoring.names import ACT, CHECKS, STATUS, name_of
from monitoring.report_page import page_of
from monitoring.summary import by_check, summary
from monitoring.verdict import DATA_CHECKS, PROMISE
from tagloop.console import Terminal
from tagloop.logs import logs_beside_results
from tagloop.session import NOW, Session, open_session

PAGES = (".html", ".htm")
ALARMS_SHOWN = 12
FINE, WARNING, ACT_NOW = 0, 1, 2


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the command into the app."""

    @app.command(
        "drift",
        help=terminal.say(
            "Look whether the world is still the one that the models learned from; ends with 0 fine, 1 watch, 2 act"
        ),
    )
    def command(
        until: Annotated[
            str, typer.Option(help=terminal.say("Where the window ends; `now` is today 00:00"))
        ] = NOW,
        weeks: Annotated[
            int,
            typer.Option(
                min=1, max=52, help=terminal.say("Look at so many windows side by side, to fill the page")
            ),
        ] = 1,
        html: Annotated[
            Path | None, typer.Option(help=terminal.say("Write a page with plots to this file: .html"))
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
        tell: Annotated[  # noqa: FBT002 (typer)
            bool,
            typer.Option(
                "--exit-code/--no-exit-code", help=terminal.say("Tell a scheduler by the exit status")
            ),
        ] = True,
        log: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option(help=terminal.say("Leave figures and the page in MLflow"))
        ] = True,
    ) -> None:
        if html is not None:
            _check_page(html)
        with logs_beside_results(), open_session() as session:
            checked = _look(session, terminal, until, weeks)
            if html is not None or log:
                page = page_of(checked, _summary(session, checked), session.taxonomy)
            if html is not None:
                html.write_text(page, encoding="utf-8")
            if log:
                log_check(session.settings, checked, page)
        if json:
            terminal.json(as_json(checked))
        else:
            _show(checked, terminal)
            if html is not None:
                terminal.line("The page is in {file}", file=html)
        raise typer.Exit(exit_code(checked) if tell else FINE)


def exit_code(checked: Checked) -> int:
    """What a scheduler is told: 2 where somebody or `tagloop retrain` has to act now, 1 where somebody should look.

    What has to be acted upon at once is a verdict to retrain, a broken promise, and whatever makes the data or served
    features wrong.
    """
    at_once = any(
        one.alarm == CRITICAL and (one.check in DATA_CHECKS or one.check == PROMISE)
        for one in checked.findings
    )
    if checked.verdict.act or at_once:
        return ACT_NOW
    return FINE if checked.kept.status == "ok" else WARNING


def as_json(checked: Checked) -> dict[str, Any]:
    """What was found, for a program."""
    kept = checked.kept
    return {
        "exit_code": exit_code(checked),
        "status": kept.status,
        "verdict": {"act": checked.verdict.act, "because": checked.verdict.because.in_each()},
        "window": {
            "began_at": kept.began_at.isoformat(),
            "ended_at": kept.ended_at.isoformat(),
            "release_id": kept.release_id,
            "source": kept.source,
            "customers": kept.customers,
        },
        "checks": by_check(checked.findings),
        "suspended": list(checked.suspended),
        "incidents": [
            {"state": one.state, "check": one.incident.check, "subject": one.incident.subject}
            for one in checked.news
        ],
        "course": kept.course,
    }


def _look(session: Session, terminal: Terminal, until: str, weeks: int) -> Checked:
    instant = session.instant(until, field="--until")
    with terminal.steps() as steps:
        return check_weeks(
            session.settings,
            session.store,
            session.taxonomy,
            weeks=weeks,
            until=instant,
            progress=lambda done, total: steps.at("Buckets", done, total),
        )[-1]


def _summary(session: Session, checked: Checked) -> dict[str, Any]:
    with session.store.read() as connection:
        return summary(connection, until=checked.kept.ended_at)


def _check_page(out: Path) -> None:
    if out.suffix not in PAGES:
        raise InvalidInputError("--html: {file} must end in .html", file=out)
    if not out.absolute().parent.is_dir():
        raise InvalidInputError(
            "{file}: the folder {folder} does not exist", file=out, folder=out.absolute().parent
        )


def _show(checked: Checked, terminal: Terminal) -> None:
    kept, code = checked.kept, exit_code(checked)
    headline = ACT if checked.verdict.act else STATUS[kept.status]
    terminal.mark(
        f"{headline.render(terminal.language)}: {checked.verdict.because.render(terminal.language)}",
        good=code == FINE,
    )
    terminal.line(
        "{customers} customers, {how}, {begins} to {ends}, against what release {release} learned from",
        customers=f"{kept.customers:,}",
        how=_how(kept.source).render(terminal.language),
        begins=kept.began_at.date(),
        ends=kept.ended_at.date(),
        release=kept.release_id,
    )
    terminal.table(
        "What was checked", ["check", "status", "alarms", "what it says"], _rows(checked, terminal)
    )
    alarms = [one for one in checked.findings if one.alarm and one.subject]
    alarms.sort(key=lambda one: one.alarm != CRITICAL)
    for one in alarms[:ALARMS_SHOWN]:
        terminal.mark(one.words.render(terminal.language), good=False)
    if len(alarms) > ALARMS_SHOWN:
        terminal.line("and {n} more: --json or --html tells them all", n=len(alarms) - ALARMS_SHOWN)
    for tag in checked.suspended:
        terminal.line("The certificate of {tag} is suspended: it goes to review", tag=tag)


def _how(source: str) -> Text:
    return (
        Text("as they were served")
        if source == "served"
        else Text("scored as of the end, for too little was served")
    )


def _rows(checked: Checked, terminal: Terminal) -> list[tuple[str, str, str, str]]:
    """A row a check, in the order in which checks are shown."""
    language = terminal.language
    rows = []
    for one in by_check(checked.findings):
        name = name_of(one["check"]).render(language)
        status = STATUS[one["status"]].render(language)
        told = one["whole"] or (one["findings"][0] if len(one["findings"]) == 1 or one["alarms"] else None)
        words = told["words"][language] if told else Text("nothing unusual").render(language)
        rows.append((name, status, str(one["alarms"] or ""), words))
    return rows


__all__ = ["CHECKS", "Finding", "add", "as_json", "exit_code"]
