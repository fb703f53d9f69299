"""`tagloop tags plan`: what another system would have to be sent, and what of it would not fit there."""

import json as json_lines
from pathlib import Path
from typing import Annotated

import typer

from core.errors import InvalidInputError
from tagloop.console import Terminal
from tagloop.session import open_session
from tags.outbox.planning import Plan, make_plan, note_sent
from tags.outbox.targets import TARGETS, Target


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the command in."""

    @tags.command(
        "plan",
        help=terminal.say("Plan an export to another system: what would not fit, and the calls to send"),
    )
    def plan(
        to: Annotated[str, typer.Option(help=terminal.say("The system, such as wecom"))],
        out: Annotated[
            Path | None, typer.Option(help=terminal.say("Write the calls to this new file (JSON lines)"))
        ] = None,
        tag: Annotated[list[str] | None, typer.Option(help=terminal.say("Only this tag; repeatable"))] = None,
        leave_out: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--leave-out", help=terminal.say("Plan without what does not fit"))
        ] = False,
        sent: Annotated[
            Path | None,
            typer.Option(
                help=terminal.say("Note that this plan was sent; the next one is a difference against it")
            ),
        ] = None,
    ) -> None:
        target = _target(to)
        if sent is not None:
            _note(sent, terminal)
            return
        if out is not None and out.exists():
            raise InvalidInputError("--out: {file} is there already; name a new file", file=out)
        with open_session() as session, session.store.read() as connection:
            found = make_plan(connection, target, session.taxonomy, tags=tag or (), at=session.clock.now())
        _show(found, terminal)
        if found.left_out and not leave_out:
            terminal.note("Nothing was written: mend it, or plan without it by --leave-out")
            raise typer.Exit(1)
        if out is not None:
            _write(found, out, terminal)


def _target(key: str) -> Target:
    if key not in TARGETS:
        raise InvalidInputError(
            "--to: there is no target {key}; there is {known}", key=repr(key), known=", ".join(TARGETS)
        )
    return TARGETS[key]


def _note(file: Path, terminal: Terminal) -> None:
    with open_session() as session, session.store.write() as connection:
        count = note_sent(connection, file, now=session.clock.now())
    terminal.line("{count} calls are noted as sent", count=f"{count:,}")


def _show(plan: Plan, terminal: Terminal) -> None:
    target = plan.target
    if plan.left_out:
        wrong = [(one.tag, one.value or "", one.why.render(terminal.language)) for one in plan.left_out]
        terminal.table("What would not fit", ["tag", "value", "why"], wrong)
    added = sum(len(steps.add) for steps in plan.customers.values())
    removed = sum(len(steps.remove) for steps in plan.customers.values())
    rows = [
        (terminal.say("Tags to make"), len(plan.make)),
        (terminal.say("Customers that change"), len(plan.customers)),
        (terminal.say("Tags added"), added),
        (terminal.say("Tags removed"), removed),
    ]
    terminal.table("Plan", ["", "count"], rows)
    terminal.note(
        "{target}: at most {at_once} calls at once; only tags that a plan had made are changed or removed",
        target=target.key,
        at_once=target.calls_at_once,
    )


def _write(plan: Plan, out: Path, terminal: Terminal) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file:
        for call in plan.calls():
            file.write(json_lines.dumps(call, ensure_ascii=False) + "\n")
    terminal.line(
        "The calls are in {file}; once they are sent: tagloop tags plan --to {target} --sent {file}",
        file=out,
        target=plan.target.key,
    )
