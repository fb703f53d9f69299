"""`tagloop tags test` and `tagloop tags names`: what a rule would do, and what rules can name."""

from dataclasses import asdict
from typing import Annotated

import typer

from tagloop.console import Terminal
from tagloop.session import Session, open_session
from tags.definition import Rule
from tags.previewing import preview_rule, tag_of
from tags.rules.glossary import entries, search
from tags.rules.names import names_of
from tags.rules.preview import Preview
from tags.rules.shop import rules_spec

SHOWN = 40  # names, before the rest is only counted


def add(tags: typer.Typer, terminal: Terminal) -> None:
    """Put the commands in."""
    _add_test(tags, terminal)
    _add_names(tags, terminal)


def _add_test(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command(
        "test",
        help=terminal.say("Show whom a rule is true of, who would gain and lose its tag; save nothing"),
    )
    def test(
        rule: Annotated[
            str,
            typer.Argument(
                help=terminal.say("A rule such as spend_84d > 500, or the key of a tag that has one")
            ),
        ],
        tag: Annotated[
            str | None, typer.Option(help=terminal.say("Compare with who carries this tag now"))
        ] = None,
        value: Annotated[
            str | None, typer.Option(help=terminal.say("What gives the tag's value, such as attribute.age"))
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
    ) -> None:
        with open_session() as session:
            found = _preview(session, rule.strip(), tag, value)
        if json:
            terminal.json(as_json(found))
        else:
            _show(found, terminal)


def _preview(session: Session, rule: str, tag: str | None, value: str | None) -> Preview:
    taxonomy = session.taxonomy_as_it_is
    is_key = tag is None and taxonomy.get(rule) is not None
    asked = tag_of(taxonomy, rule if is_key else tag, None if is_key else Rule(when=rule, value=value))
    with session.store.read() as connection:
        return preview_rule(connection, session.settings, taxonomy, asked, now=session.clock.now())


def as_json(preview: Preview) -> dict[str, object]:
    """The preview as plain values; warnings in English."""
    warnings = [warning.render("en") for warning in preview.warnings]
    return {**asdict(preview), "share": preview.share, "warnings": warnings}


def _show(preview: Preview, terminal: Terminal) -> None:
    terminal.line(
        "True of {matches} of {looked_at} customers ({share})",
        matches=f"{preview.matches:,}",
        looked_at=f"{preview.looked_at:,}",
        share="-" if preview.share is None else f"{preview.share:.1%}",
    )
    if preview.looked_at < preview.customers:
        terminal.line("An even sample of the {customers} customers", customers=f"{preview.customers:,}")
    terminal.line(
        "{gains} would gain the tag, {loses} would lose it, {carries} would carry it; {now} carry it now",
        gains=f"{preview.gains:,}",
        loses=f"{preview.loses:,}",
        carries=f"{preview.carries:,}",
        now=f"{preview.carries_now:,}",
    )
    for name, value in preview.thresholds.items():
        terminal.line("{name} is {value}", name=name, value="-" if value is None else f"{value:,.6g}")
    if preview.values:
        terminal.table("Values", ["value", "customers"], list(preview.values.items()))
    _show_examples(preview, terminal)
    for warning in preview.warnings:
        terminal.note(warning.message, **dict(warning.values))


def _show_examples(preview: Preview, terminal: Terminal) -> None:
    if not preview.examples:
        return
    names = list(dict.fromkeys(name for one in preview.examples for name in one.evidence))
    varying = [name for name in names if name not in preview.thresholds]
    rows = [
        (
            one.customer_id,
            terminal.say(one.change),
            *([one.value or ""] if preview.values else []),
            *("" if one.evidence.get(name) is None else one.evidence[name] for name in varying),
        )
        for one in preview.examples
    ]
    terminal.table("Examples", ["customer", "change", *(["value"] if preview.values else []), *varying], rows)


def _add_names(tags: typer.Typer, terminal: Terminal) -> None:
    @tags.command("names", help=terminal.say("List what rules can name, with types and meanings"))
    def names(
        words: Annotated[
            list[str] | None,
            typer.Argument(help=terminal.say("Only what has these words in its name or meaning")),
        ] = None,
        json: Annotated[bool, typer.Option("--json", help=terminal.say("Print JSON"))] = False,  # noqa: FBT002 (typer)
        event: Annotated[  # noqa: FBT002 (typer)
            bool,
            typer.Option("--event", help=terminal.say("With what only triggers see: the event")),
        ] = False,
    ) -> None:
        with open_session() as session, session.store.read() as connection:
            taxonomy = session.taxonomy_as_it_is
            spec = rules_spec(connection, session.settings, taxonomy)
        known = names_of(spec, taxonomy)
        known = known.with_event(tuple(sorted(spec.roles))) if event else known
        found = search(entries(known, terminal.language), " ".join(words or ()))
        if json:
            terminal.json([asdict(one) for one in found])
            return
        rows = [
            (one.name, one.kind, one.meaning + (f": {', '.join(one.levels)}" if one.levels else ""))
            for one in found[:SHOWN]
        ]
        terminal.table("Names", ["name", "type", "meaning"], rows)
        if len(found) > SHOWN:
            terminal.note("{more} more; add a word to narrow them down", more=f"{len(found) - SHOWN:,}")
