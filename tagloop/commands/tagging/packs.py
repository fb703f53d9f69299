"""`tagloop tags pack`: activate ready-made tags, or end them; `tagloop tags packs`: list the packs."""

from getpass import getuser
from typing import Annotated, get_args

import typer

from core.errors import InvalidInputError
from tagloop.console import Terminal
from tagloop.session import open_session
from tags.packs.activating import Activated, activate
from tags.packs.deactivating import deactivate
from tags.packs.naming import Choices
from tags.packs.pack import PACKS, Pack, Sort, read_pack


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the commands in."""
    _add_packs(tags, terminal)
    _add_pack(tags, terminal)


def _add_packs(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("packs", help=terminal.say("List the packs of ready-made tags"))
    def packs() -> None:
        rows = [
            (
                pack.key,
                pack.name.in_language(terminal.language),
                pack.definition.in_language(terminal.language),
            )
            for pack in map(read_pack, PACKS)
        ]
        terminal.table("Packs", ["key", "name", "definition"], rows)


def _add_pack(tags: typer.Typer, terminal: Terminal) -> None:
    called = terminal.say("What the shop calls a word of the pack: WORD=NAME; repeatable")

    @tags.command(
        "pack", help=terminal.say("Activate a pack of ready-made tags, as far as the data can feed them")
    )
    def pack_(  # noqa: PLR0917 (typer)
        key: Annotated[str, typer.Argument(help=terminal.say("The pack: general, e-commerce or automotive"))],
        attribute: Annotated[list[str] | None, typer.Option(help=called)] = None,
        channel: Annotated[list[str] | None, typer.Option(help=called)] = None,
        event: Annotated[list[str] | None, typer.Option(help=called)] = None,
        include: Annotated[
            list[str] | None,
            typer.Option(help=terminal.say("A tag to activate though no such event ever came; repeatable")),
        ] = None,
        dry_run: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--dry-run", help=terminal.say("Say what would happen and change nothing"))
        ] = False,
        force: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--force", help=terminal.say("Let the pack win over changes made elsewhere"))
        ] = False,
        off: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--off", help=terminal.say("End the tags that the pack brought"))
        ] = False,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        pack = read_pack(key)
        if off:
            _end(pack, terminal, force=force, dry_run=dry_run, json=json)
            return
        given = {"attribute": attribute, "channel": channel, "event": event}
        choices: Choices = {sort: _pairs(sort, given[sort] or ()) for sort in get_args(Sort)}
        with open_session() as session:
            done = activate(
                session.settings,
                session.store,
                session.clock,
                pack,
                session.taxonomy_as_it_is if dry_run else session.taxonomy,
                by=getuser(),
                choices=choices,
                include=include or (),
                force=force,
                dry_run=dry_run,
            )
        if json:
            terminal.json(_as_json(done))
        else:
            _show(done, terminal, dry_run=dry_run)


def _end(pack: Pack, terminal: Terminal, *, force: bool, dry_run: bool, json: bool) -> None:
    """Deactivate the pack as a whole, and say what that ended."""
    with open_session() as session, session.store.write() as connection:
        done = deactivate(
            connection, pack, by=getuser(), now=session.clock.now(), force=force, dry_run=dry_run
        )
    if json:
        terminal.json({"pack": pack.key, "retired": list(done.retired), "kept": list(done.kept)})
        return
    if done.retired:
        terminal.table("Tags", ["key", "change"], [(tag, terminal.say("retired")) for tag in done.retired])
    if done.kept:
        terminal.note(
            "Somebody has changed these, so they stay: {tags}; --force ends them too",
            tags=", ".join(done.kept),
        )
    if dry_run:
        terminal.line("Nothing was changed: this was a dry run")
    else:
        terminal.line("{count} tags of the pack {pack} are ended", count=len(done.retired), pack=pack.key)


def _pairs(sort: str, given: "list[str] | tuple[()]") -> dict[str, str]:
    found = {}
    for one in given:
        word, equals, name = one.partition("=")
        if not equals or not word or not name:
            raise InvalidInputError("--{sort}: expected WORD=NAME, got {got}", sort=sort, got=repr(one))
        found[word] = name
    return found


def _show(done: Activated, terminal: Terminal, *, dry_run: bool) -> None:
    changed = {tag.key for tag in done.taken.tags}
    rows = [
        (
            tag.key,
            tag.name.in_language(terminal.language),
            terminal.say(tag.method.value),
            terminal.say("new version" if tag.key in changed else "as it was"),
        )
        for tag in done.fitted.tags
    ]
    terminal.table("Tags", ["key", "name", "method", "change"], rows)
    for word, name in done.fitted.read_as.items():
        terminal.line("{word} is read from {name}", word=word, name=name)
    for left_out in done.fitted.left_out:
        terminal.mark(f"{left_out.key}: {left_out.because.render(terminal.language)}", good=False)
    if dry_run:
        terminal.line("Nothing was changed: this was a dry run")
        return
    terminal.line(
        "{count} tags of the pack {pack} are active, {left} left out",
        count=len(rows),
        pack=done.pack.key,
        left=len(done.fitted.left_out),
    )


def _as_json(done: Activated) -> dict[str, object]:
    return {
        "pack": done.pack.key,
        "tags": [tag.key for tag in done.fitted.tags],
        "changed": [tag.key for tag in done.taken.tags],
        "retired": list(done.taken.retired),
        "read_as": dict(done.fitted.read_as),
        "left_out": {one.key: str(one.because) for one in done.fitted.left_out},
    }
