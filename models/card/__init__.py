"""Model cards: what a version learned from, how good it is and for whom, as one page that needs no network."""

from models.card.content import Bullets, Card, Cell, Column, Fact, Facts, Named, Panel, Panels, Section, Table
from models.card.render import render

__all__ = [
    "Bullets",
    "Card",
    "Cell",
    "Column",
    "Fact",
    "Facts",
    "Named",
    "Panel",
    "Panels",
    "Section",
    "Table",
    "render",
]
