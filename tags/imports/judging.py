"""What a row of an import comes to: a statement to apply, or a refusal with its reason."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.clock import add_days
from features.contract import ID_LIMIT
from tags.definition import VALUE_CHARACTERS, Tag
from tags.imports.naming import Naming, folded
from tags.imports.refusals import why
from tags.imports.rows import REFUSED, Outcome, Row, Statement
from tags.profile.claims import NEVER

YES = frozenset(map(folded, ("1", "1.0", "true", "yes", "y", "t", "x", "是", "有", "对", "✓", "√")))
NO = frozenset(map(folded, ("0", "0.0", "false", "no", "n", "f", "否", "无", "没有", "✗", "×")))
SHOWN_CHARACTERS = 60
CELLS_REMEMBERED = 10_000
VALUES_SHOWN = 10


class Meaning(NamedTuple):
    """What a cell says of a tag: whether it fits, and with which value."""

    carries: bool
    value: str | None


class Refusal(NamedTuple):
    """Why a cell says nothing of a tag: a reason and the values of its words."""

    reason: str
    values: dict[str, object]


class Judge:
    """Turns rows into statements; `now` is the instant of the import.

    With `no_is_silence` a "no" says nothing; otherwise it says that the tag does not fit.
    """

    def __init__(self, naming: Naming, now: datetime, zone: ZoneInfo, *, no_is_silence: bool = False) -> None:
        self._naming = naming
        self._now = now
        self._zone = zone
        self._lapses_at: dict[str, datetime] = {}
        self._no_is_silence = no_is_silence
        self._cells: dict[tuple[str, str | None], Meaning | Refusal] = {}

    def statement(self, row: Row) -> Statement | Outcome | None:
        """What the row says, or why it cannot be applied; None where it says nothing."""
        wrong = _wrong_customer(row) or self._wrong_figures(row)
        if wrong is not None:
            return wrong
        if not row.tag:
            return _refused(row, "missing_tag")
        tag = self._naming.find(row.tag)
        if not isinstance(tag, Tag):
            return Outcome(row.line, row.customer_id, row.tag, REFUSED, *tag)
        return self._of_cell(row, row.customer_id or "", tag)

    def _wrong_figures(self, row: Row) -> Outcome | None:
        if row.confidence is not None and not 0 <= row.confidence <= 1:
            return _refused(row, "bad_confidence", got=f"{row.confidence:g}")
        if row.until is not None and row.until <= self._now:
            return _refused(row, "already_past", until=row.until.isoformat())
        return None

    def _of_cell(self, row: Row, customer_id: str, tag: Tag) -> Statement | Outcome | None:
        key = tag.key, row.cell
        meaning = self._cells.get(key)
        if meaning is None:
            meaning = meaning_of(tag, row.cell)
            if len(self._cells) < CELLS_REMEMBERED:
                self._cells[key] = meaning
        if isinstance(meaning, Refusal):
            return _refused(row, meaning.reason, **meaning.values)
        if self._no_is_silence and not meaning.carries:
            return None
        until = row.until or self._lapses(tag)
        return Statement(
            row.line, customer_id, tag.key, meaning.carries, meaning.value, row.confidence, until
        )

    def _lapses(self, tag: Tag) -> datetime:
        """When an import's word on the tag lapses that does not say so itself."""
        found = self._lapses_at.get(tag.key)
        if found is None:
            days = tag.lifetime_days
            found = NEVER if days is None else add_days(self._now, days, self._zone)
            self._lapses_at[tag.key] = found
        return found


def _wrong_customer(row: Row) -> Outcome | None:
    if row.wrong is not None:
        return _refused(row, row.wrong[0], detail=row.wrong[1])
    if not row.customer_id:
        return _refused(row, "missing_customer")
    if len(row.customer_id) > ID_LIMIT:
        return _refused(row, "text_too_long", detail=_shown(row.customer_id))
    if not row.customer_id.isprintable():
        return _refused(row, "bad_character", detail=_shown(row.customer_id))
    return None


def meaning_of(tag: Tag, cell: str | None) -> Meaning | Refusal:
    """What a cell says of the tag: yes or no, and of a tag with values one of them or no."""
    word = None if cell is None else folded(cell)
    if tag.has_values:
        return _value(tag, cell, word)
    if word is None or word in YES:
        return Meaning(carries=True, value=None)
    if word in NO:
        return Meaning(carries=False, value=None)
    return Refusal("bad_flag", {"got": _shown(cell or ""), "tag": tag.key})


def _value(tag: Tag, cell: str | None, word: str | None) -> Meaning | Refusal:
    allowed = tag.values or ()
    shown = ", ".join(allowed[:VALUES_SHOWN]) or "-"
    if cell is None or word is None:
        return Refusal("missing_value", {"tag": tag.key, "values": shown})
    meant = [value for value in allowed if value == cell] or [
        value for value in allowed if folded(value) == word
    ]
    if meant:
        return Meaning(carries=True, value=meant[0])
    if word in NO:
        return Meaning(carries=False, value=None)
    if tag.values is not None:
        return Refusal("unknown_value", {"tag": tag.key, "got": _shown(cell), "values": shown})
    if len(cell) > VALUE_CHARACTERS:
        return Refusal("value_too_long", {"most": VALUE_CHARACTERS, "got": _shown(cell)})
    return Meaning(carries=True, value=cell)


def _refused(row: Row, reason: str, **values: object) -> Outcome:
    return Outcome(row.line, row.customer_id, row.tag, REFUSED, reason, why(reason, **values))


def _shown(text: str) -> str:
    return repr(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…")
