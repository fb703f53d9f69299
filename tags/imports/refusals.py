"""Why a row of an import is refused, held or counts as repeated: codes for programs, and words for people."""

from collections.abc import Mapping
from types import MappingProxyType

from core.language import Text

REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "unreadable": Text("the row cannot be read: {detail}"),
        "missing_customer": Text("the customer is missing"),
        "missing_tag": Text("the tag is missing"),
        "text_too_long": Text("a text is too long: {detail}"),
        "bad_character": Text("a text holds a character that cannot be kept: {detail}"),
        "unknown_tag": Text("there is no tag {tag}; nearest: {near}"),
        "ambiguous_tag": Text("several tags are called {tag}: {near}; write the key"),
        "retired_tag": Text("the tag {tag} is retired: it is given to nobody any more"),
        "bad_flag": Text("{got} is neither yes nor no, and the tag {tag} has no values"),
        "missing_value": Text("the tag {tag} needs a value; it may be {values}"),
        "unknown_value": Text("the tag {tag} has no value {got}; it may be {values}"),
        "value_too_long": Text("a value has at most {most} characters, got {got}"),
        "bad_confidence": Text("expected a confidence from 0 to 1, got {got}"),
        "bad_number": Text("expected a number from 0 to 1 as confidence, got {detail}"),
        "bad_until": Text("expected a date or time such as 2018-06-30, got {detail}"),
        "already_past": Text("it would have ended on {until}, which is past"),
        "contradicts": Text("line {other} says otherwise of this customer and tag, and counts"),
        "same_as_line": Text("line {other} says the same"),
        "stands_already": Text("import {other} said the same, and it stands"),
        "unknown_customer": Text("nobody knows the customer yet: it is applied when the customer appears"),
    }
)
"""By code; each with the values that its words need."""


def why(reason: str, **values: object) -> Text:
    """The words of a reason with its values.

    >>> str(why("contradicts", other=3))
    'line 3 says otherwise of this customer and tag, and counts'
    """
    return Text(REASONS[reason].message, values)


MEANINGS: Mapping[str, Text] = MappingProxyType(
    {
        "unreadable": Text("rows that cannot be read"),
        "missing_customer": Text("no customer"),
        "missing_tag": Text("no tag"),
        "text_too_long": Text("too long a text"),
        "bad_character": Text("characters that cannot be kept"),
        "unknown_tag": Text("unknown tags"),
        "ambiguous_tag": Text("names of several tags"),
        "retired_tag": Text("retired tags"),
        "bad_flag": Text("neither yes nor no"),
        "missing_value": Text("no value"),
        "unknown_value": Text("unknown values"),
        "value_too_long": Text("too long a value"),
        "bad_confidence": Text("no confidence from 0 to 1"),
        "bad_number": Text("no confidence from 0 to 1"),
        "bad_until": Text("no date or time"),
        "already_past": Text("past already"),
        "contradicts": Text("an earlier line says otherwise"),
        "same_as_line": Text("an earlier line says the same"),
        "stands_already": Text("an earlier import says the same"),
        "unknown_customer": Text("unknown customers"),
    }
)
"""By code, what all rows of a reason have in common."""
