"""Fits a pack to a shop: which of its tags the shop's data can feed, and why the others cannot be had."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.spec import FeatureSpec
from tags.catalogue.checking import faults_of, looked_at_by
from tags.definition import Tag, TagGroup
from tags.packs.naming import Choices, named, names_there
from tags.packs.pack import Entry, Pack, Sort
from tags.packs.seen import Seen
from tags.rules.names import names_of
from tags.suggest import name_of
from tags.taxonomy import Taxonomy

Kept = Mapping[str, Tag]
"""By key the tags of an earlier activation."""

_PLACEHOLDER = re.compile(r"\{(\w+):(\w+)\}")
_LET = re.compile(r"\{let:(\w+)\}")
KEY_CHARACTERS = 48
CHANNELS_TO_PREFER = 2

_NO_WORD: Mapping[Sort, Text] = {
    "attribute": Text(
        "the shop has no attribute {word}; if it is called otherwise, give --attribute {word}=NAME "
        "(there are: {there})"
    ),
    "channel": Text(
        "the shop has no channel {word}; if it is called otherwise, give --channel {word}=NAME "
        "(there are: {there})"
    ),
    "event": Text(
        "the shop has no event type {word}; if it is called otherwise, give --event {word}=NAME "
        "(there are: {there})"
    ),
}


@dataclass(frozen=True)
class LeftOut:
    """A tag of a pack that the shop's data cannot feed, and why."""

    key: str
    because: Text


@dataclass(frozen=True)
class Fitted:
    """A pack as it fits a shop.

    Attributes:
        tags: What the shop's data can feed.
        groups: The groups of these tags.
        left_out: The others.
        read_as: What the shop calls the pack's words, where it is another name.
    """

    tags: tuple[Tag, ...]
    groups: tuple[TagGroup, ...]
    left_out: tuple[LeftOut, ...]
    read_as: Mapping[str, str] = field(default_factory=dict)


class _CannotBeHadError(Exception):
    """Why an entry makes no tag."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(str(text))


def fit(
    pack: Pack,
    spec: FeatureSpec,
    seen: Seen,
    known: Taxonomy | None,
    *,
    choices: Choices,
    include: Collection[str] = (),
    kept: Kept | None = None,
) -> Fitted:
    """The pack's tags for a shop; those of `include` also where no such event was ever seen.

    `kept` are the tags of an earlier activation: they stay as they are where their entry would be left out now.

    Raises:
        InvalidInputError: A choice names what the pack does not ask for, or the shop does not have.
    """
    names = named(pack, spec, choices)
    return _Fitting(pack, spec, seen, known, names, frozenset(include), kept or {}).fitted()


@dataclass
class _Fitting:
    pack: Pack
    spec: FeatureSpec
    seen: Seen
    known: Taxonomy | None
    names: Mapping[str, str]
    include: frozenset[str]
    kept: Kept
    tags: dict[str, Tag] = field(default_factory=dict)
    left_out: dict[str, Text] = field(default_factory=dict)

    def fitted(self) -> Fitted:
        """Entry by entry; then what looks at a tag that cannot be had goes as well."""
        for entry in self.pack.entries:
            for one in self._instances(entry):
                self._try(one)
        self._drop_what_lacks_its_tags()
        unknown = self.include - self.tags.keys() - self.left_out.keys()
        if unknown:
            raise InvalidInputError(
                "the pack {pack} has no tag {tags}", pack=self.pack.key, tags=", ".join(sorted(unknown))
            )
        read_as = {
            word.key: self.names[word.placeholder]
            for word in self.pack.words
            if word.placeholder in self.names
        }
        return Fitted(
            tuple(self.tags.values()),
            tuple(self._groups()),
            tuple(LeftOut(key, because) for key, because in self.left_out.items()),
            {key: name for key, name in read_as.items() if key != name},
        )

    def _instances(self, entry: Entry) -> Iterator[Entry]:
        """The entry itself, or one for each category or channel."""
        if entry.each is None:
            yield entry
            return
        found = list(self._each(entry))
        if not found:
            key = entry.tag["key"].replace("{key}", "…")
            self.left_out[key] = Text("the data have no categories of items that were bought or looked at")
        for values in found:
            yield entry.model_copy(
                update={
                    "each": None,
                    "tag": _filled(entry.tag, values),
                    "otherwise": tuple(_filled(one, values) for one in entry.otherwise),
                }
            )

    def _each(self, entry: Entry) -> Iterator[dict[str, str]]:
        room = KEY_CHARACTERS - len(entry.tag["key"].replace("{key}", ""))
        if entry.each == "channel":
            for channel in self.spec.channels:
                quoted = channel.replace("'", "''")
                yield {"key": _key_part(channel, room), "label": name_of(channel), "value": quoted}
            return
        groups = self.seen.looked_at if "looks" in entry.needs else self.seen.categories
        for group in groups[: self.pack.most_categories]:
            label = name_of(group.labels[0])
            shown = label.capitalize() if label.isupper() else label
            yield {"key": _key_part(label, room), "label": shown, "group": group.name}

    def _try(self, entry: Entry) -> None:
        key = entry.tag["key"]
        first: Text | None = None
        for change in ({}, *entry.otherwise):
            try:
                self.tags[key] = self._made({**entry.tag, **change}, entry)
            except _CannotBeHadError as error:
                first = first or error.text
            else:
                return
        if key in self.kept:
            self.tags[key] = self.kept[key]
        elif first is not None:
            self.left_out[key] = first

    def _made(self, content: dict[str, Any], entry: Entry) -> Tag:
        """The tag of an entry.

        Raises:
            _CannotBeHadError: The shop's data cannot feed it.
        """
        text = _LET.sub(lambda match: json.dumps(self.pack.let[match[1]])[1:-1], json.dumps(content))
        for sort, word in _PLACEHOLDER.findall(text):
            placeholder = f"{{{sort}:{word}}}"
            if placeholder not in self.names:
                raise _CannotBeHadError(self._no_word(sort, word))
            text = text.replace(placeholder, json.dumps(self.names[placeholder])[1:-1])
        filled = {name: value for name, value in json.loads(text).items() if value is not None}
        tag = Tag.model_validate({"purpose": self.pack.purpose.model_dump(), **filled})
        if entry.otherwise:
            self._check_by_itself(tag)
        if tag.key not in self.include:
            self._check_needs(entry.needs)
        return tag

    def _check_by_itself(self, tag: Tag) -> None:
        """A fact may be a figure in one shop and a text in another: then the next way of the entry is tried."""
        fault = next(faults_of(tag, names_of(self.spec, Taxonomy(tags=(tag,)))), None)
        if fault is not None:
            raise _CannotBeHadError(fault.message)

    def _no_word(self, sort: str, word: str) -> Text:
        there = ", ".join(names_there(self.spec)[cast("Sort", sort)]) or "-"
        return Text(_NO_WORD[cast("Sort", sort)].message, {"word": word, "there": there})

    def _check_needs(self, needs: Sequence[str]) -> None:
        for need in needs:
            if need == "discounts" and not self.seen.has_discounts:
                raise _CannotBeHadError(Text("no line of the data has money off (discount)"))
            if need == "channels" and len(self.spec.channels) < CHANNELS_TO_PREFER:
                raise _CannotBeHadError(Text("the data have only one channel, so nobody prefers any"))
            kind, _, name = need.partition(":")
            if name and name not in self.seen.properties:
                raise _CannotBeHadError(
                    Text(
                        "no event has a property {name}; --include KEY activates the tag even so",
                        {"name": name},
                    )
                )
            if kind in {"property", "discounts", "channels", "categories", "looks"}:
                continue
            types = {name for name, role in self.spec.roles.items() if need in {name, role.value}}
            if not types & self.seen.types:
                raise _CannotBeHadError(
                    Text(
                        "no event of the type or role {need} ever came; --include KEY activates the tag even so",
                        {"need": need},
                    )
                )

    def _drop_what_lacks_its_tags(self) -> None:
        """Tags whose rules cannot be used, with those that look at them, until the rest goes together."""
        while True:
            faults = dict(self._faults())
            if not faults:
                return
            for key, because in faults.items():
                del self.tags[key]
                self.left_out[key] = because

    def _faults(self) -> Iterator[tuple[str, Text]]:
        others = [tag for tag in self.known.in_use if tag.key not in self.tags] if self.known else []
        all_tags = Taxonomy(tags=(*others, *self.tags.values())) if others or self.tags else None
        if all_tags is None:
            return
        names = names_of(self.spec, all_tags)
        for key, tag in self.tags.items():
            missing = [one for one in looked_at_by(tag) if all_tags.get(one) is None]
            crossed = tag.trigger.crosses if tag.trigger else None
            if missing:
                yield key, Text("it looks at {tag}, which is left out", {"tag": missing[0]})
            elif crossed and not any(one.group == crossed for one in self.tags.values()):
                yield key, Text("it looks at {tag}, which is left out", {"tag": crossed})
            else:
                fault: FieldError | None = next(faults_of(tag, names), None)
                if fault is not None:
                    yield key, fault.message

    def _groups(self) -> Iterator[TagGroup]:
        for group in self.pack.groups:
            members = [tag.key for tag in self.tags.values() if tag.group == group.key]
            if members:
                yield group.model_copy(update={"order": tuple(key for key in group.order if key in members)})


def _key_part(label: str, room: int) -> str:
    """What a label gives to a key: the same each time, also where its script has no plain letters.

    >>> _key_part("BREAD & rolls", 40), _key_part("BREAD & rolls", 8), _key_part("牛奶", 40)
    ('bread_rolls', 'bread_ro', 'bee2e8')
    """
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if any(letter.isalpha() and not letter.isascii() for letter in label) or not words:
        words = hashlib.blake2b(label.encode(), digest_size=3).hexdigest()
    return words[:room].strip("_")


def _filled(content: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """The definition with `{key}`, `{label}`, `{group}` and `{value}` filled in."""
    text = json.dumps(content)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", json.dumps(value)[1:-1])
    filled: dict[str, Any] = json.loads(text)
    return filled
