"""A pack of ready-made tags: entries that become tags once it is known what the shop calls its facts and events."""

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field

from core.errors import NotFoundError
from tags.definition import TagGroup
from tags.part import Key, Name, Part, Words

FOLDER = Path(__file__).parent
PACKS = ("general", "e-commerce", "automotive")

Sort = Literal["attribute", "channel", "event"]


class Word(Part):
    """Something that a shop may call otherwise: an attribute, a channel, an event type.

    In an entry it stands as `{attribute:gender}`. A shop that has it under this name or one of the aliases, capitals
    aside, need not say so.
    """

    sort: Sort
    key: Key
    name: Words
    aliases: tuple[str, ...] = ()

    @property
    def placeholder(self) -> str:
        """How entries write it."""
        return f"{{{self.sort}:{self.key}}}"


class Entry(Part):
    """What one tag, or one for each category or channel, is made of.

    `tag` is a definition as a file says it, with placeholders. `otherwise` are changes of it to be tried one after
    the other where the shop's data cannot feed it as it stands.
    """

    tag: dict[str, Any]
    needs: tuple[str, ...] = Field(
        default=(),
        description="what the data must have: event types or roles, or channels, discounts, categories, looks",
    )
    each: Literal["category", "channel"] | None = None
    otherwise: tuple[dict[str, Any], ...] = ()


class Pack(Part):
    """Ready-made tags for one kind of business."""

    key: str
    name: Name
    definition: Words
    purpose: Words = Field(description="of the tags that do not say their own")
    most_categories: int = 10
    words: tuple[Word, ...] = ()
    let: dict[str, str] = Field(
        default={}, description="parts of rules that several entries write as {let:NAME}"
    )
    groups: tuple[TagGroup, ...] = ()
    entries: tuple[Entry, ...]

    @property
    def origin(self) -> str:
        """What the store calls it."""
        return f"pack:{self.key}"


@cache
def read_pack(key: str) -> Pack:
    """The pack with that key.

    Raises:
        NotFoundError: There is none.
    """
    if key not in PACKS:
        raise NotFoundError(
            "there is no pack {pack}; the packs are {packs}", pack=repr(key), packs=", ".join(PACKS)
        )
    content = yaml.safe_load((FOLDER / f"{key}.yaml").read_text(encoding="utf-8"))
    return Pack.model_validate({"key": key, **content})
