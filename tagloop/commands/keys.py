"""`tagloop keys`: make, list and revoke API keys."""

from typing import Annotated

import typer

from serving.keys import Scope, create_key, list_keys, revoke_key
from tagloop.console import Terminal
from tagloop.session import open_session


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the commands into the app."""
    keys = typer.Typer(help=terminal.say("Make, list and revoke API keys"), no_args_is_help=True)
    app.add_typer(keys, name="keys")
    _add_create(keys, terminal)
    _add_list(keys, terminal)
    _add_revoke(keys, terminal)


def _add_create(keys: typer.Typer, terminal: Terminal) -> None:
    @keys.command("create", help=terminal.say("Make a key and print it once"))
    def create(
        name: Annotated[str, typer.Argument(help=terminal.say("Who uses it, such as crm"))],
        scope: Annotated[
            list[Scope] | None,
            typer.Option(help=terminal.say("What it may do; all when not given; repeatable")),
        ] = None,
    ) -> None:
        with open_session() as session, session.store.write() as connection:
            key = create_key(connection, name, scope or list(Scope), now=session.clock.now())
        terminal.out.print(key.token, highlight=False, soft_wrap=True)
        terminal.note("Keep it now: only its hash is stored")


def _add_list(keys: typer.Typer, terminal: Terminal) -> None:
    @keys.command("list", help=terminal.say("List the keys"))
    def list_() -> None:
        with open_session() as session, session.store.read() as connection:
            rows = [
                (
                    key.key_id,
                    key.name,
                    " ".join(sorted(key.scopes)),
                    key.created_at.date(),
                    key.revoked_at or "",
                )
                for key in list_keys(connection)
            ]
        terminal.table("API keys", ["id", "name", "scopes", "created", "revoked"], rows)


def _add_revoke(keys: typer.Typer, terminal: Terminal) -> None:
    @keys.command("revoke", help=terminal.say("Revoke a key; it stops within seconds"))
    def revoke(key_id: Annotated[str, typer.Argument(help=terminal.say("The key's id"))]) -> None:
        with open_session() as session, session.store.write() as connection:
            revoke_key(connection, key_id, now=session.clock.now())
        terminal.line("Revoked {key}", key=key_id)
