"""A suggested mapping as the text of its file, with a remark on every guess."""

import os
from collections.abc import Iterator
from pathlib import Path

from core.language import Language, Text
from features.sources.drafting.drafted import Drafted, Raw
from features.sources.drafting.suggest import Suggestion
from features.sources.drafting.yaml_text import listed, plain

_ORDER = ("customer_id", "occurred_at", "type")


def mapping_text(
    suggestion: Suggestion, folder: Path, *, timezone: str, currency: str, language: Language = "en"
) -> str:
    """The mapping file, to be kept in `folder`; `timezone` and `currency` are the shop's settings.

    It loads as it stands; where there are no events, it says what is missing instead.
    """
    return "\n".join(_Writer(suggestion, folder, language).lines(timezone, currency)) + "\n"


class _Writer:
    def __init__(self, suggestion: Suggestion, folder: Path, language: Language) -> None:
        self.suggestion = suggestion
        self.folder = folder.resolve()
        self.language = language

    def lines(self, timezone: str, currency: str) -> Iterator[str]:
        guess = self.suggestion
        yield self._comment(Text("A draft: look at every remark, then run tagloop ingest THIS_FILE --check"))
        yield f"source: {plain(self._source())}"
        if guess.is_chinese:
            yield f"timezone: Asia/Shanghai{self._remark(Text('a guess, since the files are Chinese'))}"
        else:
            yield f"timezone: {timezone}{self._remark(Text('the zone of dates, and of times without an offset'))}"
        told = guess.currency or ("CNY" if guess.is_chinese else currency)
        yield f"currency: {told}{self._remark(Text('what amounts are in; the settings must say the same'))}"
        yield f"identity: {guess.identity}{self._remark(Text('what the customer ids are'))}"
        for part in ("events", "items", "customers"):
            if tables := guess.of(part):
                yield ""
                yield f"{part}:"
                for table in tables:
                    yield from self._table(table)
        for raw, reason in guess.unknown:
            values = {"file": ", ".join(map(self._path, raw.files)), "reason": reason.render(self.language)}
            yield self._comment(Text("{file} is left out: {reason}", values))

    def _source(self) -> str:
        name = self.folder.name.lower().replace(" ", "_")[:64]
        return name or "shop"

    def _table(self, table: Drafted) -> Iterator[str]:
        paths = [self._path(path) for path in table.raw.files]
        yield f"  {plain(table.name)}:"
        yield f"    files: {plain(paths[0]) if len(paths) == 1 else listed(paths)}"
        for key, value in table.raw.dialect.keys.items():
            yield f"    {key}: {plain(str(value))}"
        if table.raw.header:
            remark = Text("names for the columns, which have none")
            yield f"    header: {listed(table.raw.header)}{self._remark(remark)}"
        yield from (f"    {line}" for line in table.more)
        if table.joined:
            yield from self._join(*table.joined)
        yield from self._columns(table)
        left = [column.name for column in table.free]
        if left and not table.is_inside:
            yield self._comment(Text("left out: {columns}", {"columns": ", ".join(left)}), indent=4)

    def _columns(self, table: Drafted) -> Iterator[str]:
        yield "    columns:"
        names = [name for name in (*_ORDER, *table.fields) if name in table.fields]
        for name in dict.fromkeys(names):
            if not name.startswith("attributes."):
                yield f"      {name}: {table.fields[name]}{self._remark(table.remarks.get(name))}"
        facts = {name.removeprefix("attributes."): yaml for name, yaml in table.fields.items() if "." in name}
        if facts:
            yield "    attributes:"
            if any("nominal" in yaml for yaml in facts.values()):
                text = Text("where levels have an order: ordinal instead of nominal, and the lowest first")
                yield self._comment(text, indent=6)
            yield from (f"      {plain(key)}: {yaml}" for key, yaml in facts.items())

    def _join(self, other: Raw, key: str, other_key: str) -> Iterator[str]:
        yield "    join:"
        yield f"      files: {plain(self._path(other.files[0]))}"
        for name, value in other.dialect.keys.items():
            yield f"      {name}: {plain(str(value))}"
        yield f"      key: {plain(key)}"
        if other_key != key:
            yield f"      other_key: {plain(other_key)}"

    def _path(self, path: Path) -> str:
        try:
            return Path(os.path.relpath(path.resolve(), self.folder)).as_posix()
        except ValueError:  # another drive
            return path.resolve().as_posix()

    def _remark(self, text: Text | None) -> str:
        return f"  # {text.render(self.language)}" if text else ""

    def _comment(self, text: Text, *, indent: int = 0) -> str:
        return f"{' ' * indent}# {text.render(self.language)}"
