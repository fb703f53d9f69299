"""`tagloop tags apply`, `export`, `retire`, `history`: definitions and their versions."""

from dataclasses import asdict
from getpass import getuser
from pathlib import Path
from typing import Annotated

import typer

from core.errors import InvalidInputError
from core.settings import Settings
from tagloop.console import Terminal
from tagloop.session import open_session
from tags.catalogue.changing import retire_tag, spec_now
from tags.catalogue.files import write_taxonomy
from tags.catalogue.impact import impact_of
from tags.catalogue.store import Version, versions_of
from tags.catalogue.taking import SETTINGS_FILE, Taken, take_over
from tags.definition import Tag
from tags.taxonomy import DEFAULT_FILE, load_taxonomy, no_such_tag


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the commands in."""
    _add_apply(tags, terminal)
    _add_export(tags, terminal)
    _add_retire(tags, terminal)
    _add_history(tags, terminal)
    _add_impact(tags, terminal)


def _add_apply(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command(
        "apply", help=terminal.say("Take a file of tags over: what changed in it becomes new versions")
    )
    def apply(
        file: Annotated[Path, typer.Argument(help=terminal.say("The file of tags (YAML)"))],
        force: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--force", help=terminal.say("Let the file win over changes made elsewhere"))
        ] = False,
    ) -> None:
        content = load_taxonomy(file)
        with open_session() as session:
            spec = spec_now(session.settings, session.store, content)
            with session.store.write() as connection:
                taken = take_over(
                    connection,
                    content,
                    origin_of(session.settings, file),
                    by=getuser(),
                    now=session.clock.now(),
                    spec=spec,
                    name=file.name,
                    force=force,
                )
        _show_taken(taken, terminal)


def origin_of(settings: Settings, file: Path) -> str:
    """What the store calls a file: the one of the settings by its part, any other by its place."""
    of_settings = (settings.taxonomy or DEFAULT_FILE).resolve()
    return SETTINGS_FILE if file.resolve() == of_settings else f"file:{file.resolve()}"


def _show_taken(taken: Taken, terminal: Terminal) -> None:
    rows = [
        (tag.key, terminal.say("retired" if tag.key in taken.retired else "new version"))
        for tag in taken.tags
    ]
    if rows:
        terminal.table("Tags", ["key", "change"], rows)
    terminal.line("{count} tags changed", count=len(rows))


def _add_export(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("export", help=terminal.say("Write the tags as they are defined now, as a file (YAML)"))
    def export(
        out: Annotated[
            Path | None,
            typer.Option(help=terminal.say("Write it to this new file; without it to the terminal")),
        ] = None,
    ) -> None:
        if out is not None and out.exists():
            raise InvalidInputError("--out: {file} is there already; name a new file", file=out)
        with open_session() as session:
            text = write_taxonomy(session.taxonomy_as_it_is)
        if out is None:
            terminal.out.file.write(text)
            return
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
        terminal.line("The tags are in {file}", file=out)


def _add_retire(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("retire", help=terminal.say("End a tag: nobody carries it any more, its history stays"))
    def retire_(
        key: Annotated[str, typer.Argument(help=terminal.say("The tag's key"))],
        note: Annotated[str | None, typer.Option(help=terminal.say("Why"))] = None,
        force: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--force", help=terminal.say("Even if rules of other tags look at it"))
        ] = False,
    ) -> None:
        with open_session() as session, session.store.write() as connection:
            saved = retire_tag(connection, key, by=getuser(), now=session.clock.now(), note=note, force=force)
        if saved.new_versions:
            terminal.line("{key} is retired", key=key)
        else:
            terminal.line("{key} was retired before", key=key)


def _add_history(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("history", help=terminal.say("Show every version of a tag's definition"))
    def history(
        key: Annotated[str, typer.Argument(help=terminal.say("The tag's key"))],
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session, session.store.read() as connection:
            versions = versions_of(connection, key)
            if not versions:
                raise no_such_tag(key, (tag.key for tag in session.taxonomy_as_it_is.tags))
        if json:
            terminal.json([_as_json(version) for version in versions])
            return
        before: list[Tag | None] = [version.tag for version in versions[1:]]
        rows = [
            (
                version.version,
                version.made_at,
                version.made_by,
                version.origin,
                ", ".join(changed(version.tag, earlier)),
                version.note or "",
            )
            for version, earlier in zip(versions, [*before, None], strict=True)
        ]
        terminal.table("Versions", ["version", "at", "by", "from", "changed", "note"], rows)


def changed(tag: Tag, before: Tag | None) -> list[str]:
    """The keys of a definition that a version changed; none of the first."""
    if before is None:
        return []
    return [name for name in Tag.model_fields if getattr(tag, name) != getattr(before, name)]


def _add_impact(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("impact", help=terminal.say("Show what depends on a tag, before it is changed"))
    def impact(
        key: Annotated[str, typer.Argument(help=terminal.say("The tag's key"))],
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session, session.store.read() as connection:
            found = impact_of(connection, session.taxonomy_as_it_is, key, session.clock.now())
        if json:
            terminal.json(asdict(found))
            return
        claims = ", ".join(f"{terminal.say(source)} {n:,}" for source, n in found.claims.items())
        rows = [
            ("Rules that look at it", ", ".join(found.rules)),
            ("Triggers that look at it or at its group", ", ".join(found.triggers)),
            ("Others of its one-of group", ", ".join(found.group)),
            ("Learned by a model", terminal.say("yes" if found.is_learned else "no")),
            ("Certified for", ", ".join(found.certified_for)),
            ("Webhooks that ask for it", ", ".join(found.webhooks)),
            ("Imported rows that wait for their customer", f"{found.held:,}"),
            ("Customers for whom it is due", f"{found.due:,}"),
            ("Customers who carry it now", f"{found.customers:,}"),
            ("What stands on it, by source", claims),
        ]
        terminal.table(
            "Impact", ["what", "found"], [(terminal.say(what), said or "-") for what, said in rows]
        )


def _as_json(version: Version) -> dict[str, object]:
    return {
        "version": version.version,
        "made_by": version.made_by,
        "origin": version.origin,
        "made_at": version.made_at.isoformat(),
        "note": version.note,
        "definition": version.tag.model_dump(mode="json"),
    }
