"""What is wrong with a mapping, said in terms of the file: which key, which line, what was expected."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import FieldError, InvalidInputError
from core.language import Text
from core.wrong_values import EXPECTED, said
from features.sources.yaml_file import Location, YamlFile


class WrongValueError(ValueError):
    """A validator's refusal, with a text that knows both languages."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(str(text))


def near(name: str, known: Iterable[str]) -> str:
    """The known names most like a wrong one, or all of them, as one text.

    >>> near("ammount", ["amount", "channel"])
    'amount'
    """
    known = list(known)
    return ", ".join(get_close_matches(name, known, n=3) or sorted(known)[:30])


def key_path(location: Location) -> str:
    """The path of a key as people write it.

    >>> key_path(("events", "orders", "files", 0))
    'events.orders.files[0]'
    """
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".")


def mapping_error(problems: Sequence[FieldError]) -> InvalidInputError:
    """The error that says why a valid mapping does not fit its files; a single problem is said in full."""
    if len(problems) == 1:
        text = problems[0].message
        return InvalidInputError(text.message, fields=tuple(problems), **text.values)
    keys = ", ".join(problem.field for problem in problems)
    return InvalidInputError("the mapping does not fit its files: {keys}", fields=tuple(problems), keys=keys)


def field_errors(error: ValidationError, model: type[BaseModel], file: YamlFile) -> tuple[FieldError, ...]:
    """One entry for every wrong key: its path, its line and what was expected there."""
    return tuple(_field_error(detail, model, file) for detail in error.errors())


def _field_error(detail: ErrorDetails, model: type[BaseModel], file: YamlFile) -> FieldError:
    location = tuple(part for part in detail["loc"] if part != "[key]")
    where = f"{key_path(location) or file.path.name} (line {file.line(location)})"
    return FieldError(where, _message(detail, location, model), code=detail["type"])


def _message(detail: ErrorDetails, location: Location, model: type[BaseModel]) -> Text:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        key, known = str(location[-1]), _known_keys(model, location[:-1])
        return Text("there is no key {key} here; expected {near}", {"key": key, "near": near(key, known)})
    if isinstance(context.get("error"), WrongValueError):
        text: Text = context["error"].text
        return text
    return said(detail, EXPECTED, repr(detail["input"]))


def _known_keys(model: type[BaseModel], location: Location) -> list[str]:
    """The keys that the schema has at a place."""
    here: Any = model
    for part in location:
        here = _below(here, part)
    return list(here.model_fields)


def _below(annotation: Any, part: str | int) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        annotation = annotation.model_fields[str(part)].annotation
        return next((_model_in(choice) or choice for choice in _choices(annotation)), annotation)
    return next(found for found in map(_model_in, get_args(annotation)) if found)


def _choices(annotation: Any) -> list[Any]:
    """The members of `X | None`, or the annotation itself."""
    members = [member for member in get_args(annotation) if member is not type(None)]
    return members if type(None) in get_args(annotation) else [annotation]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model else None
