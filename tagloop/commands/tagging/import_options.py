"""The options of `tagloop tags import` that say how a file is laid out."""

from typing import Any, NamedTuple

import typer

from tagloop.console import Terminal


class ShapeOptions(NamedTuple):
    """An option for each part of `tags.imports.shape.Shape`, and one for a file that says them all."""

    mapping: Any
    customer: Any
    tag: Any
    always: Any
    value: Any
    confidence: Any
    until: Any
    split: Any
    no_means: Any

    @classmethod
    def said(cls, terminal: Terminal) -> "ShapeOptions":
        """The options with their help in the terminal's language."""
        helps = {
            "mapping": terminal.say("A file (YAML) that says how the file is laid out"),
            "customer": terminal.say("The column of the customer's id"),
            "tag": terminal.say("The column of the tag, by key or name"),
            "always": terminal.say("The tag of every row, where the file lists customers only"),
            "value": terminal.say("The column of the value"),
            "confidence": terminal.say("The column of the confidence, from 0 to 1"),
            "until": terminal.say("The column of the date on which the tag lapses"),
            "split": terminal.say("What parts several tags in a cell"),
            "no_means": terminal.say("What a no says: does_not_fit (the tag is kept off), or nothing"),
        }
        return cls(**{name: typer.Option(help=text) for name, text in helps.items()})
