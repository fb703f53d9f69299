"""What every part of a definition is made of: frozen values, texts in both languages, keys."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.language import Language
from core.wrong_values import WrongValueError

NAME_CHARACTERS = 100

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]


def _readable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise WrongValueError("expected text that every database can hold: no NUL, no half of a Unicode pair")
    return text


Prose = Annotated[str, AfterValidator(_readable), Field(json_schema_extra={"pattern": r"^[^\u0000]*$"})]
"""Text of any kind that a database and a log can hold."""


class Part(BaseModel):
    """A part of a definition; it never changes, and a key that nobody knows is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Part):
    """One text in both languages."""

    en: Prose = Field(min_length=1, max_length=500)
    zh: Prose = Field(min_length=1, max_length=500)

    def in_language(self, language: Language) -> str:
        """The text in that language."""
        return self.zh if language == "zh" else self.en


def _in_one_line(name: str) -> str:
    if not name.isprintable() or not name.strip():
        raise WrongValueError(
            "expected one line of text with something to read in it, got {got}", got=repr(name)
        )
    return name


Line = Annotated[str, AfterValidator(_in_one_line)]
"""One line that people read."""

_Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS), AfterValidator(_in_one_line)]


class Name(Words):
    """A name in both languages: one line, at most 100 characters."""

    en: _Name
    zh: _Name
