"""Renders a card as one HTML page: styles, script and charts inside, nothing from outside."""

from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from core.language import Text
from models.card.content import Card, Cell, Named

WORDS = {
    "language": Text("Language"),
    "theme": Text("Theme"),
    "auto": Text("as the system"),
    "light": Text("light"),
    "dark": Text("dark"),
}


def render(card: Card) -> str:
    """The page of a card, in both languages and with both themes; the same card gives the same page."""
    return _environment().from_string(_file("card.html.j2")).render(card=card)


def both(cell: Cell) -> Markup:
    """A cell's text in both languages, of which the page shows one; text that is alike in both stands once.

    >>> both(Named(en="Coffee & tea", zh="咖啡和茶"))
    Markup('<span lang="en">Coffee &amp; tea</span><span lang="zh">咖啡和茶</span>')
    """
    if isinstance(cell, Markup):
        return cell
    if isinstance(cell, str):
        return escape(cell)
    english, chinese = (cell.en, cell.zh) if isinstance(cell, Named) else _rendered(cell)
    if english == chinese:
        return escape(english)
    return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(english, chinese)


def _rendered(text: Text) -> tuple[str, str]:
    """The text in English and Chinese, names among its values in the same language."""
    values = dict(text.values)
    english = {key: value.en if isinstance(value, Named) else value for key, value in values.items()}
    chinese = {key: value.zh if isinstance(value, Named) else value for key, value in values.items()}
    return Text(text.message, english).render("en"), Text(text.message, chinese).render("zh")


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["both"] = both
    environment.globals["style"] = Markup(_file("card.css"))  # noqa: S704 (our own file)
    environment.globals["script"] = Markup(_file("card.js"))  # noqa: S704 (our own file)
    environment.globals["words"] = WORDS
    return environment


def _file(name: str) -> str:
    return resources.files("models.card").joinpath(name).read_text(encoding="utf-8")
