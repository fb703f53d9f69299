"""How a file of tags is laid out: a tag a row, or a column a tag; said by a mapping, or told from the column names."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.sources.drafting.vocabulary import fields_of, normal
from features.sources.file_spec import Files
from features.sources.mapping_errors import WrongValueError, field_errors, near
from features.sources.part import Column, as_list, or_one
from features.sources.yaml_file import YamlFile
from tags.imports.naming import Naming

KNOWN_NAMES = {
    "tag": frozenset({"tag", "tags", "tagkey", "tagname", "label", "标签", "标签名", "标签名称", "标签键"}),
    "value": frozenset({"value", "tagvalue", "值", "取值", "标签值"}),
    "confidence": frozenset({"confidence", "score", "probability", "置信度", "概率"}),
    "until": frozenset(
        {"until", "validuntil", "expires", "expiresat", "expiry", "有效期", "有效期至", "截止", "到期日"}
    ),
}
"""What columns are called, without case and separators."""


class Shape(Files):
    """Which columns of a file say what; the file itself is named where it is imported."""

    files: Annotated[tuple[str, ...], BeforeValidator(as_list)] = Field(
        default=(), json_schema_extra=or_one, description="left out: the file is given to the command"
    )
    customer: Column | None = Field(
        default=None, description="the customer's id; told by its name if left out"
    )
    tag: Column | None = Field(
        default=None, description="the tag, by key or by name; several in a cell with `split`"
    )
    always: str | None = Field(
        default=None, description="the tag of every row, of a file that only lists customers"
    )
    tags: dict[Column, str] = Field(
        default_factory=dict, description="of a file with a column a tag: the columns, and the tag of each"
    )
    split: str | None = Field(
        default=None, min_length=1, description="what parts several tags in a cell, such as ;"
    )
    value: Column | None = Field(default=None, description="the tag's value, or yes or no")
    confidence: Column | None = Field(default=None, description="from 0 to 1")
    until: Column | None = Field(default=None, description="when the tag lapses by itself")
    no_means: Literal["does_not_fit", "nothing"] = Field(
        default="does_not_fit",
        description="what a no says: that the tag does not fit, so that rules and models do not give it either; "
        "or nothing",
    )
    decimal: Literal[".", ","] = Field(
        default=".", description="what stands before the decimals of a confidence"
    )

    @model_validator(mode="after")
    def _one_way_to_name_tags(self) -> Self:
        ways = [name for name in ("tag", "always", "tags") if getattr(self, name)]
        if len(ways) > 1:
            raise WrongValueError(
                Text("give one of tag, always and tags; here are {ways}", {"ways": ", ".join(ways)})
            )
        return self

    @property
    def columns(self) -> dict[str, str]:
        """The columns that are named, by what they say."""
        named = {part: getattr(self, part) for part in ("customer", "tag", "value", "confidence", "until")}
        return {part: column for part, column in named.items() if column is not None} | {
            f"tags.{column}": column for column in self.tags
        }


def read_shape(path: Path) -> Shape:
    """The shape that a mapping file describes.

    Raises:
        InvalidInputError: It cannot be read, or a key of it is wrong; each is named with its line.
    """
    file = YamlFile(path)
    try:
        return Shape.model_validate(file.data)
    except ValidationError as error:
        wrong = field_errors(error, Shape, file)
        raise InvalidInputError(
            "{file} is no valid mapping of an import: {keys}",
            fields=wrong,
            file=path,
            keys=", ".join(problem.field for problem in wrong),
        ) from None


def completed(shape: Shape, names: Sequence[str], naming: Naming) -> Shape:
    """The shape with what it leaves open told from the names of the file's columns.

    Raises:
        InvalidInputError: A column that it names is not there, or nothing tells customers or tags.
    """
    _check_columns(shape, names)
    found: dict[str, object] = {}
    left = [name for name in names if name not in shape.columns.values()]
    customer = shape.customer or next(
        (name for name in left if fields_of(name)[:1] == ("customer_id",)), None
    )
    if customer is None:
        raise _nothing_tells("customer", "--customer", names)
    left = [name for name in left if name != customer]
    found["customer"] = customer
    if not (shape.tag or shape.always or shape.tags):
        tag = _called(left, "tag")
        wide = {name: name for name in left if naming.is_known(name)}
        if tag is None and not wide:
            raise _nothing_tells("tag", "--tag", names)
        found |= {"tag": tag} if tag is not None else {"tags": wide}
        left = [name for name in left if name != tag and (tag is not None or name not in wide)]
    is_wide = bool(found.get("tags") or shape.tags)
    for part in ("confidence", "until") if is_wide else ("value", "confidence", "until"):
        if getattr(shape, part) is None:
            found[part] = _called(left, part)
    return shape.model_copy(update=found)


def _called(names: Collection[str], part: str) -> str | None:
    return next((name for name in names if normal(name) in KNOWN_NAMES[part]), None)


def _check_columns(shape: Shape, names: Sequence[str]) -> None:
    wrong = tuple(
        FieldError(
            part,
            Text(
                "the file has no column {column}; nearest: {near}",
                {"column": repr(column), "near": near(column, names)},
            ),
            "no_column",
        )
        for part, column in shape.columns.items()
        if column not in names
    )
    if wrong:
        raise InvalidInputError(
            "{count} columns are not in the file, which has {names}",
            count=len(wrong),
            names=", ".join(names),
            fields=wrong,
        )


def _nothing_tells(part: str, option: str, names: Sequence[str]) -> InvalidInputError:
    return InvalidInputError(
        "no column tells the {part}; the file has {names}. Name it with {option}, or in a mapping",
        part=part,
        option=option,
        names=", ".join(names) or "-",
    )
