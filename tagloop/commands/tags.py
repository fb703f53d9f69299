"""`tagloop tags`: list what the taxonomy says, draft one from the catalogue, check one against the data."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size

from core.errors import InvalidInputError, NotReadyError
from core.storage.engine import look_into_store
from features.shop import read_items
from features.source import open_source
from tagloop.console import Terminal
from tagloop.session import Session, open_session, read_settings
from tags.catalogue.changing import spec_now
from tags.catalogue.checking import check_definitions
from tags.catalogue.store import merged
from tags.catalogue.taking import look
from tags.definition import Tag
from tags.reached import reach_by_tag
from tags.suggest import LEAST_REACH, MOST_REACH, suggest_tags
from tags.taxonomy import Taxonomy, load_taxonomy
from tags.unmatched import Unmatched, unmatched_labels

TOPICS = ("definitions", "packs", "rules", "people", "imports", "plan", "timing", "refresh", "report")
"""The files of `tagloop/commands/tagging` that put commands in, in the order of the help."""

GAP = 2  # between columns
LEAST_ROOM = 20  # for a definition; on a narrow terminal the keys are cut


def add(app: typer.Typer, terminal: Terminal) -> None:
    """Put the commands into the app."""
    tags = typer.Typer(
        help=terminal.say("List the tags; draft them from the catalogue; check them"),
        invoke_without_command=True,
    )
    app.add_typer(tags, name="tags")

    @tags.callback()
    def list_(
        context: typer.Context,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
        retired: Annotated[  # noqa: FBT002 (typer)
            bool, typer.Option("--retired", help=terminal.say("Show retired tags as well"))
        ] = False,
    ) -> None:
        if context.invoked_subcommand is None:
            known = _known()
            _list(known, known.tags if retired else known.in_use, terminal, json=json)

    _add_suggest(tags, terminal)
    _add_check(tags, terminal)
    for topic in TOPICS:
        import_module(f"tagloop.commands.tagging.{topic}").add(tags, terminal)


def _known() -> Taxonomy:
    """The tags as they are defined now; nothing is written, and a home is not made."""
    settings = read_settings()
    try:
        store = look_into_store(settings)
    except NotReadyError:
        return load_taxonomy(settings.taxonomy)
    try:
        return look(settings, store)
    finally:
        store.close()


def _list(taxonomy: Taxonomy, tags: Sequence[Tag], terminal: Terminal, *, json: bool) -> None:
    if json:
        terminal.json(taxonomy.model_copy(update={"tags": tuple(tags)}).model_dump(mode="json"))
        return
    rows = [
        (
            tag.key,
            tag.name.in_language(terminal.language),
            terminal.say(tag.method.value),
            terminal.say(tag.status.value),
        )
        for tag in tags
    ]
    titles = ["key", "name", "method", "status"]
    room = _room_beside([*rows, tuple(map(terminal.say, titles))], terminal)
    said = [_cut(tag.definition.in_language(terminal.language), room) for tag in tags]
    table = [(*row, text) for row, text in zip(rows, said, strict=True)]
    terminal.table("Tags", [*titles, "definition"], table)
    terminal.line("{count} tags, version {version}", count=len(rows), version=taxonomy.version)


def _room_beside(rows: Sequence[Sequence[str]], terminal: Terminal) -> int:
    """How many characters a line has beside these columns: a longer text would be taken off their width."""
    widths = [max(map(cell_len, column)) + GAP for column in zip(*rows, strict=True)]
    return max(terminal.out.width - sum(widths), LEAST_ROOM)


def _cut(text: str, room: int) -> str:
    return text if cell_len(text) <= room else set_cell_size(text, room - 1).rstrip() + "…"


def _add_suggest(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("suggest", help=terminal.say("Draft tags from the catalogue and what customers buy"))
    def suggest(
        out: Annotated[
            Path | None, typer.Option(help=terminal.say("Write the draft to this new file"))
        ] = None,
    ) -> None:
        if out is not None and out.exists():
            raise InvalidInputError("--out: {file} is there already; name a new file", file=out)
        with open_session() as session:
            settings = session.settings
            source = open_source(settings, session.store)
            with session.store.read() as connection:
                items = read_items(connection)
            now = session.clock.now()
            draft = suggest_tags(source, items, until=now, horizon_days=settings.horizon_days)
        if out is None:
            terminal.out.file.write(draft.text)
            return
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(draft.text, encoding="utf-8")
        rows = [(tag.key, tag.label, f"{tag.reach:.0%}", tag.customers, tag.items) for tag in draft.tags]
        terminal.table("Tags", ["key", "category", "reach", "customers", "items"], rows)
        terminal.line("The draft is in {file}; next: tagloop tags check {file}", file=out)


def _add_check(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("check", help=terminal.say("Check a file of tags, and how many customers each reaches"))
    def check(
        file: Annotated[Path, typer.Argument(help=terminal.say("The file of tags (YAML)"))],
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        taxonomy = load_taxonomy(file)
        with open_session() as session:
            _check_rules(session, taxonomy)
            reach = _reach(session, taxonomy)
            with session.store.read() as connection:
                wrong = unmatched_labels(taxonomy, read_items(connection)) if reach else {}
        if json:
            terminal.json({"version": taxonomy.version, "reach": reach, "unmatched": _as_json(wrong)})
        else:
            _show(taxonomy, reach, wrong, terminal)
        if wrong:
            raise typer.Exit(1)


def _check_rules(session: Session, file: Taxonomy) -> None:
    """Say nothing when the file's rules make sense with the shop's data, beside the tags that there are.

    Raises:
        InvalidInputError: They do not; every fault is named.
    """
    after = merged(session.taxonomy_as_it_is, file.tags, file.groups_of_tags)
    spec = spec_now(session.settings, session.store, after)
    check_definitions(after, spec, [tag.key for tag in file.tags])


def _reach(session: Session, taxonomy: Taxonomy) -> dict[str, float]:
    """The share of active customers that each tag reaches; nothing before data is loaded."""
    try:
        source = open_source(session.settings, session.store, taxonomy.groups, targets=taxonomy.targets)
    except NotReadyError:
        return {}
    days = session.settings.horizon_days
    return reach_by_tag(source, taxonomy, until=session.clock.now(), horizon_days=days)


def _show(
    taxonomy: Taxonomy, reach: dict[str, float], wrong: dict[str, list[Unmatched]], terminal: Terminal
) -> None:
    rows = [
        (
            tag.key,
            tag.name.in_language(terminal.language),
            f"{reach[tag.key]:.1%}" if tag.key in reach else "",
            _remark(reach.get(tag.key), terminal),
        )
        for tag in taxonomy.tags
    ]
    terminal.table("Tags", ["key", "name", "reach", "remark"], rows)
    if not reach:
        terminal.line("There are no events yet, so nobody knows how many customers a tag reaches")
    for key, labels in wrong.items():
        for label in labels:
            terminal.mark(_wrong(key, label, terminal), good=False)
    if not wrong:
        terminal.mark(
            terminal.say("{count} tags, version {version}", count=len(rows), version=taxonomy.version),
            good=True,
        )


def _wrong(key: str, label: Unmatched, terminal: Terminal) -> str:
    values = {"tag": key, "label": repr(label.label), "level": label.level}
    if label.levels:
        levels = ", ".join(map(str, label.levels))
        return terminal.say(
            "{tag}: no item has {label} at level {level}; write level: {levels}", **values, levels=levels
        )
    near = ", ".join(label.near) or "-"
    return terminal.say("{tag}: no item has {label} at level {level}; nearest: {near}", **values, near=near)


def _remark(reach: float | None, terminal: Terminal) -> str:
    if reach is None:
        return ""
    if reach < LEAST_REACH:
        return terminal.say("few customers to learn from")
    return terminal.say("says little of a customer") if reach > MOST_REACH else ""


def _as_json(wrong: dict[str, list[Unmatched]]) -> dict[str, list[dict[str, object]]]:
    def entry(label: Unmatched) -> dict[str, object]:
        near: Sequence[str] = label.near
        return {"label": label.label, "level": label.level, "near": list(near), "levels": list(label.levels)}

    return {key: [entry(label) for label in labels] for key, labels in wrong.items()}
