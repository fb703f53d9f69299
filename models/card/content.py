"""What a card says, as plain values in both languages; how it looks is the template's."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from core.language import Text


@dataclass(frozen=True)
class Named:
    """What people call something in each language, such as a tag or a segment."""

    en: str
    zh: str


Words = Text | Named | str
Cell = Words | Markup  # a chart is markup


@dataclass(frozen=True)
class Fact:
    """One thing that is known, with its label."""

    label: Text
    value: Cell


@dataclass(frozen=True)
class Facts:
    """Facts side by side; `are_large` for the few that the card begins with."""

    facts: Sequence[Fact]
    are_large: bool = False
    kind: str = "facts"


@dataclass(frozen=True)
class Column:
    """A column of a table; figures stand to the right."""

    label: Words
    is_figure: bool = True


@dataclass(frozen=True)
class Table:
    """Rows of cells; those in `marked` stand out."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    marked: frozenset[int] = frozenset()
    kind: str = "table"


@dataclass(frozen=True)
class Panel:
    """One small chart with its title and a figure beside it."""

    title: Words
    figure: str
    chart: Markup


@dataclass(frozen=True)
class Panels:
    """Small charts of one form, a legend above them."""

    panels: Sequence[Panel]
    legend: Text
    kind: str = "panels"


@dataclass(frozen=True)
class Bullets:
    """Sentences, one a line."""

    items: Sequence[Words]
    kind: str = "bullets"


@dataclass(frozen=True)
class Section:
    """A part of the card; `key` is its address on the page."""

    key: str
    title: Text
    blocks: Sequence[Facts | Table | Panels | Bullets]
    note: Text | None = None


@dataclass(frozen=True)
class Card:
    """A whole card.

    Attributes:
        name: The registered model, or what else the page is about.
        version: Its version.
        says: What it predicts, in a sentence.
        head: The few figures that matter most.
        sections: The rest, in order.
    """

    name: str
    version: int | str
    title: Text
    says: Text
    head: Facts
    sections: Sequence[Section]
