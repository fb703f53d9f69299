"""`tagloop webhooks`: addresses that get changes of profiles pushed."""

from typing import Annotated

import typer

from core.errors import InvalidInputError
from tagloop.console import Terminal
from tagloop.session import Session, open_session
from tags.outbox.delivering import try_now
from tags.outbox.feed import latest_change
from tags.outbox.letters import delivery_of, letter_of, letters, note_sent
from tags.outbox.sending import Answer
from tags.outbox.trying import WALL, ping_body, ping_id, send_once
from tags.outbox.webhooks import Hook, Wants, end, hook_of, hooks, register


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the commands into the app."""
    found = typer.Typer(help=terminal.say("Have changes pushed to other systems"), no_args_is_help=True)
    app.add_typer(found, name="webhooks")
    _add_add(found, terminal)
    _add_list(found, terminal)
    _add_test(found, terminal)
    _add_end(found, terminal)
    _add_dead(found, terminal)
    _add_resend(found, terminal)


def _add_add(app: typer.Typer, terminal: Terminal) -> None:
    @app.command("add", help=terminal.say("Make a webhook and print the secret that signs its deliveries"))
    def add_(
        url: Annotated[str, typer.Argument(help=terminal.say("An address of https"))],
        tag: Annotated[
            list[str] | None, typer.Option(help=terminal.say("Only changes of this tag; repeatable"))
        ] = None,
        kind: Annotated[
            list[str] | None,
            typer.Option(help=terminal.say("Only changes of tags of this kind; repeatable")),
        ] = None,
        alerts: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--alerts", help=terminal.say("Also what monitoring finds wrong"))
        ] = False,
        after: Annotated[
            int | None,
            typer.Option(min=0, help=terminal.say("Begin after this change; from now on without it")),
        ] = None,
    ) -> None:
        with open_session() as session:
            taxonomy, local = session.taxonomy, session.settings.webhooks_local
            wants = Wants(tuple(tag or ()), tuple(kind or ()), alerts=alerts)
            with session.store.write() as connection:
                hook = register(
                    connection, url, wants, taxonomy=taxonomy, local=local, after=after, now=WALL.now()
                )
        terminal.line("{id} is made; a server that runs sends to it", id=hook.webhook_id)
        terminal.out.print(hook.secret, highlight=False, soft_wrap=True)
        terminal.note("Keep the secret now: it is not shown again")


def _add_list(app: typer.Typer, terminal: Terminal) -> None:
    @app.command("list", help=terminal.say("List the webhooks and how they fare"))
    def list_(
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session, session.store.read() as connection:
            found, latest = hooks(connection), latest_change(connection)
            dead = [letter.webhook_id for letter in letters(connection, waiting=True)]
        entries = [
            {
                "webhook_id": hook.webhook_id,
                "url": hook.url,
                "tags": list(hook.wants.tags),
                "kinds": list(hook.wants.kinds),
                "alerts": hook.wants.alerts,
                "behind": latest - hook.sent_through,
                "attempts": hook.attempts,
                "failing_since": hook.failing_since,
                "next_try_at": hook.next_try_at if hook.attempts else None,
                "last_error": hook.last_error,
                "dead_letters": dead.count(hook.webhook_id),
            }
            for hook in found
        ]
        if json:
            terminal.json(entries)
            return
        columns = ["webhook_id", "url", "behind", "attempts", "dead_letters", "last_error"]
        rows = [
            [entry[column] or ("" if column == "last_error" else entry[column]) for column in columns]
            for entry in entries
        ]
        terminal.table(
            "Webhooks", ["id", "address", "behind", "attempts", "dead letters", "last error"], rows
        )


def _add_test(app: typer.Typer, terminal: Terminal) -> None:
    @app.command("test", help=terminal.say("Send a test delivery and tell what the target answered"))
    def test(webhook_id: Annotated[str, typer.Argument(help=terminal.say("The webhook's id"))]) -> None:
        with open_session() as session:
            hook = _hook(session, webhook_id)
            answer = _send(session, hook, ping_id(), ping_body(webhook_id, now=WALL.now()))
            if answer.is_taken:
                with session.store.write() as connection:
                    try_now(connection, webhook_id)
        _tell(answer, terminal)


def _add_end(app: typer.Typer, terminal: Terminal) -> None:
    @app.command("end", help=terminal.say("Let a webhook hear of nothing more"))
    def end_(webhook_id: Annotated[str, typer.Argument(help=terminal.say("The webhook's id"))]) -> None:
        with open_session() as session, session.store.write() as connection:
            end(connection, webhook_id, now=WALL.now())
        terminal.line("{id} is ended", id=webhook_id)


def _add_dead(app: typer.Typer, terminal: Terminal) -> None:
    @app.command("dead", help=terminal.say("List deliveries that their target would not take"))
    def dead(
        webhook_id: Annotated[
            str | None, typer.Argument(help=terminal.say("The webhook's id; all without it"))
        ] = None,
    ) -> None:
        with open_session() as session, session.store.read() as connection:
            found = letters(connection, webhook_id)
        rows = [
            (
                letter.webhook_id,
                letter.seq,
                f"{letter.first_change}-{letter.last_change}",
                letter.attempts,
                letter.error,
                f"{letter.died_at:%Y-%m-%d %H:%M}",
                terminal.say("taken since" if letter.sent_again_at else "waits"),
            )
            for letter in found
        ]
        terminal.table(
            "Dead letters", ["webhook", "letter", "changes", "attempts", "error", "since", "state"], rows
        )


def _add_resend(app: typer.Typer, terminal: Terminal) -> None:
    @app.command("resend", help=terminal.say("Send dead letters of a webhook once more"))
    def resend(
        webhook_id: Annotated[str, typer.Argument(help=terminal.say("The webhook's id"))],
        letter: Annotated[
            int | None, typer.Argument(help=terminal.say("The letter's number; all that wait without it"))
        ] = None,
    ) -> None:
        with open_session() as session:
            hook = _hook(session, webhook_id)
            for seq in _waiting(session, webhook_id, letter):
                with session.store.read() as connection:
                    delivery = delivery_of(
                        connection, letter_of(connection, webhook_id, seq), session.taxonomy
                    )
                answer = _send(session, hook, delivery.delivery_id, delivery.body)
                if answer.is_taken:
                    with session.store.write() as connection:
                        note_sent(connection, seq, now=WALL.now())
                _tell(answer, terminal)  # ends at the first that is not taken, since order counts


def _waiting(session: Session, webhook_id: str, letter: int | None) -> list[int]:
    if letter is not None:
        return [letter]
    with session.store.read() as connection:
        found = [one.seq for one in letters(connection, webhook_id, waiting=True)]
    if not found:
        raise InvalidInputError("{id} has no dead letter that waits", id=webhook_id)
    return found


def _hook(session: Session, webhook_id: str) -> Hook:
    with session.store.read() as connection:
        return hook_of(connection, webhook_id)


def _send(session: Session, hook: Hook, delivery_id: str, body: str) -> Answer:
    local = session.settings.webhooks_local
    return send_once(hook.url, hook.secret, delivery_id, body, local=local, now=WALL.now())


def _tell(answer: Answer, terminal: Terminal) -> None:
    if answer.is_taken:
        terminal.mark(
            terminal.say("The target took it: it answered {status}", status=answer.status), good=True
        )
        return
    terminal.mark(terminal.say("The target did not take it: {problem}", problem=answer.problem), good=False)
    raise typer.Exit(1)
