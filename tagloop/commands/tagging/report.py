"""`tagloop tags report`: which tags earn their keep, and what to do about the others."""

from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import InvalidInputError
from serving.tag_report.advice import ADVICE
from serving.tag_report.daily import report_now
from serving.tag_report.page import page_of
from tagloop.console import Terminal
from tagloop.session import Session, open_session
from tags.report.quality import Advice, TagQuality
from tags.report.report import Report
from tags.taxonomy import Taxonomy

PAGES = (".html", ".htm")


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the command in."""

    @tags.command("report", help=terminal.say("Which tags earn their keep, and what to do about the others"))
    def report(
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
        out: Annotated[
            Path | None, typer.Option(help=terminal.say("Write a page with plots to this file: .html"))
        ] = None,
    ) -> None:
        if out is not None:
            _check(out)
        with open_session() as session:
            found = _make(session, terminal)
            taxonomy = session.taxonomy
        if out is not None:
            out.write_text(page_of(found, taxonomy), encoding="utf-8")
        if json:
            terminal.json(found.as_json())
            return
        _show(found, taxonomy, terminal)
        if out is not None:
            terminal.line("The page is in {file}", file=out)


def _check(out: Path) -> None:
    if out.suffix not in PAGES:
        raise InvalidInputError("--out: {file} must end in .html", file=out)
    if not out.absolute().parent.is_dir():
        raise InvalidInputError(
            "{file}: the folder {folder} does not exist", file=out, folder=out.absolute().parent
        )


def _make(session: Session, terminal: Terminal) -> Report:
    with terminal.steps() as steps:
        return report_now(
            session.settings,
            session.store,
            session.taxonomy,
            session.clock.now(),
            lambda done, total: steps.at("Customers", done, total),
        )


def _show(found: Report, taxonomy: Taxonomy, terminal: Terminal) -> None:
    terminal.table(
        "Tags",
        ["tag", "carried", "precision", "spend later", "tells", "advice"],
        [_row(one, taxonomy, terminal) for one in found.tags],
    )
    terminal.line(
        "spend later: mean of the carriers over the mean of all, with its 95% interval; tells: information value "
        "for who is of the fifth that spends most (under 0.02 nothing, 0.1 weak, 0.3 medium, more strong)"
    )
    _show_windows(found, terminal)
    for one in found.tags:
        if one.recommendation.advice is not Advice.KEEP:
            _show_advice(one, taxonomy, terminal)
    _show_gaps(found, terminal)


def _show_advice(one: TagQuality, taxonomy: Taxonomy, terminal: Terminal) -> None:
    terminal.line(
        "{advice} {tag}: {reason}",
        advice=ADVICE[one.recommendation.advice].render(terminal.language),
        tag=taxonomy[one.figures.tag].name.in_language(terminal.language),
        reason=one.recommendation.reason.render(terminal.language),
    )


def _show_gaps(found: Report, terminal: Terminal) -> None:
    whole = found.completeness
    terminal.line(
        "{without} of {customers} customers carry no tag",
        without=f"{whole.without_any:,}",
        customers=f"{whole.customers:,}",
    )
    if whole.categories:
        names = ", ".join(f"{'/'.join(one.labels)} ({one.customers:.0%})" for one in whole.categories[:5])
        terminal.line("Bought by many customers, and no tag looks at it: {categories}", categories=names)
    unseen = [one.meaning.render(terminal.language) for one in whole.behaviours if not one.tags]
    if unseen:
        terminal.line("No tag looks at: {behaviours}", behaviours="; ".join(unseen))


def _show_windows(found: Report, terminal: Terminal) -> None:
    if found.windows:
        terminal.line(
            "What followed is of the {n} periods from {begins} to {ends}",
            n=len(found.windows),
            begins=f"{found.windows[0].as_of:%Y-%m-%d}",
            ends=f"{found.windows[-1].ends:%Y-%m-%d}",
        )
    else:
        terminal.line("Too little is known yet to tell what followed upon tags")


def _row(one: TagQuality, taxonomy: Taxonomy, terminal: Terminal) -> tuple[Any, ...]:
    figures, language = one.figures, terminal.language
    weight = figures.weight
    lift = weight.spend_lift if weight else None
    tells = weight.spend if weight else None
    return (
        taxonomy[figures.tag].name.in_language(language),
        f"{figures.coverage.customers:,}",
        f"{figures.precision.estimate.value:.0%}" if figures.precision else "",
        f"{lift.value:.2f} ({lift.low:.2f} {lift.high:.2f})" if lift else "",
        f"{tells.value:.2f}" if tells else "",
        ADVICE[one.recommendation.advice].render(language),
    )
