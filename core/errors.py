"""Errors of the domain: each names the culprit, what was expected and what to do next; none knows HTTP."""

from dataclasses import dataclass

from core.language import Text


@dataclass(frozen=True)
class FieldError:
    """One field that is wrong: where it is, what was found, what was expected."""

    field: str
    message: Text
    code: str = "invalid"


class TagloopError(Exception):
    """The base of every error a person or a program may see.

    `code` is stable and for programs; `text` is for people and knows both languages; `fields` lists the
    single culprits where there are several.
    """

    code = "error"

    def __init__(self, message: str, /, *, fields: tuple[FieldError, ...] = (), **values: object) -> None:
        self.text = Text(message, values)
        self.fields = fields
        super().__init__(self.text.render("en"))


class InvalidInputError(TagloopError):
    """What was given breaks the contract; nothing was stored."""

    code = "invalid_input"


class NotFoundError(TagloopError):
    """The thing that was named does not exist."""

    code = "not_found"


class ConflictError(TagloopError):
    """What was asked contradicts what is already stored."""

    code = "conflict"


class GoneError(TagloopError):
    """It was there, and is not kept any more."""

    code = "gone"


class NotReadyError(TagloopError):
    """Something has to be done first: load data, train, migrate."""

    code = "not_ready"


class BeingMadeError(NotReadyError):
    """It is being made; nobody has to do anything but ask again after so many seconds."""

    def __init__(
        self, message: str, /, *, seconds: int, fields: tuple[FieldError, ...] = (), **values: object
    ) -> None:
        self.seconds = seconds
        super().__init__(message, fields=fields, **values)


class NotAllowedError(TagloopError):
    """The caller is known and lacks the scope."""

    code = "not_allowed"


class NotSignedInError(TagloopError):
    """The caller gave no key, or one that is not valid."""

    code = "not_signed_in"


class UnavailableError(TagloopError):
    """A part of the system does not answer now; the same call may work later."""

    code = "unavailable"
