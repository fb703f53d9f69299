"""Why a customer carries a tag, and why that changed, in words of both languages."""

from collections.abc import Mapping
from typing import Any

from core.language import Text
from tags.profile.because import WORDS, Because
from tags.profile.claims import Source
from tags.profile.reading import Carried, ChangeRead

SAID_BY: Mapping[str, Text] = {
    Source.PERSON: Text("{by} said so"),
    Source.IMPORT: Text("it was imported ({by})"),
    Source.RULE: Text("its rule holds{because}"),
    Source.TRIGGER: Text("an event triggered it{because}"),
    Source.MODEL: Text("the model is sure enough{because}"),
}
DENIED_BY: Mapping[str, Text] = {
    Source.PERSON: Text("{by} said that it does not fit"),
    Source.IMPORT: Text("an import says that it does not fit ({by})"),
}
OTHER_OF_GROUP = Text("{tag} of the same group took its place")
VALUES_SHOWN = 4
NOTE_CHARACTERS = 200

Words = dict[str, str]


def why_carried(carried: Carried) -> Words:
    """Why the tag is carried: who says so, and what that rests on."""
    return _said(SAID_BY[carried.source], carried.source_version, carried.evidence)


def why_changed(change: ChangeRead) -> Words:
    """Why the profile changed: who said what, or what ended."""
    because = change.body.get("because", "")
    evidence = change.evidence or {}
    if change.source is not None and because in (Because.SAID, Because.RETURNED):
        return _said(SAID_BY[change.source], change.source_version, evidence)
    if change.source is not None and change.source in DENIED_BY and because == Because.DENIED:
        return _said(DENIED_BY[change.source], change.source_version, evidence)
    if because == Because.DISPLACED:
        return Text(OTHER_OF_GROUP.message, {"tag": change.body.get("by", "")}).in_each()
    known = WORDS.get(because)
    return {"en": because, "zh": because} if known is None else known.in_each()


def _said(text: Text, by: str | None, evidence: Mapping[str, Any]) -> Words:
    note = evidence.get("note")
    words = Text(text.message, {"by": by or "", "because": _because(evidence)}).in_each()
    return (
        words
        if not note
        else {name: f"{told}: {str(note)[:NOTE_CHARACTERS]}" for name, told in words.items()}
    )


def _because(evidence: Mapping[str, Any]) -> str:
    """The first values that it rests on, as ` (name = value, …)`."""
    plain = [(name, value) for name, value in evidence.items() if isinstance(value, str | int | float)]
    told = ", ".join(f"{name} = {_shown(value)}" for name, value in plain[:VALUES_SHOWN] if name != "note")
    return f" ({told})" if told else ""


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
