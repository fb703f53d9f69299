"""Which files a table is read from, and what shape they have."""

import codecs
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from core.language import Text
from features.sources.mapping_errors import WrongValueError
from features.sources.part import Column, Part, as_list, or_one

PACKAGE_PREFIX = "package:"
FORMATS = ("csv", "tsv", "whitespace", "jsonl", "excel", "parquet")
Format = Literal["csv", "tsv", "whitespace", "jsonl", "excel", "parquet"]


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise WrongValueError(
            Text(
                "{name} is no text encoding; expected a name such as {examples}",
                {"name": repr(name), "examples": "utf-8, gb18030, big5, utf-16, latin-1"},
            )
        ) from None
    return codecs.lookup(name).name


def _delimiter(text: str) -> str:
    found = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if set(found) & set("\r\n\0"):
        raise WrongValueError(Text("a delimiter is one or more characters other than a line break"))
    return found


class Files(Part):
    """Files of one shape, read as one table."""

    files: Annotated[tuple[str, ...], BeforeValidator(as_list)] = Field(
        min_length=1,
        json_schema_extra=or_one,
        description="paths or patterns such as orders-*.csv, relative to the mapping file; "
        "package:NAME/path is a file inside an installed Python package; text files may be gzipped (.gz)",
    )
    format: Format | None = Field(
        default=None,
        description="told by the suffix if left out (.csv, .tsv, .tab, .jsonl, .ndjson, .xlsx, .xls, .ods, "
        ".parquet; with or without .gz); whitespace: cells parted by any run of blanks",
    )
    delimiter: Annotated[str, Field(min_length=1), AfterValidator(_delimiter)] | None = Field(
        default=None,
        description="what parts the cells of text files, such as ; or | or ::; a comma if left out",
    )
    quote: Literal['"', "'", "none"] | None = Field(
        default=None,
        description="what encloses cells that hold a delimiter; a double quote if left out, and none where the "
        "delimiter is blanks or several characters",
    )
    header: Annotated[tuple[Column, ...], BeforeValidator(as_list)] | None = Field(
        default=None,
        min_length=1,
        json_schema_extra=or_one,
        description="names of the columns of files that have no header row; none: there are no names, and columns "
        "are given by number (1 is the first)",
    )
    skip_rows: int = Field(
        default=0, ge=0, description="rows above the header, such as a title, to leave out"
    )
    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = Field(
        default=None,
        description="of text files, such as gb18030 or big5; if left out UTF-8, and what is not UTF-8 is told from "
        "its content with a warning",
    )
    sheet: str | None = Field(default=None, min_length=1, description="of Excel files; the first if left out")
    missing_values: tuple[str, ...] = Field(
        default=("",), description="texts in a text file that mean that a cell is empty"
    )

    @field_validator("files")
    @classmethod
    def _from_the_mapping_file(cls, files: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        folder: Path | None = (info.context or {}).get("folder")
        if folder is None:
            return files
        return tuple(name if name.startswith(PACKAGE_PREFIX) else str(folder / name) for name in files)


Condition = dict[Column, Annotated[tuple[str, ...], BeforeValidator(as_list)]]


class Table(Files):
    """Files of one shape whose rows are something of the contract."""

    optional: bool = Field(default=False, description="true: the files may not be there")
    decimal: Literal[".", ","] = Field(
        default=".", description="what stands before the decimals of numbers in text: 1,234.50 or 1.234,50"
    )
    where: Condition = Field(
        default_factory=dict,
        description="rows to read: column and the values that count, such as {status: [paid, shipped]}; other rows "
        "are skipped; an empty text stands for an empty cell",
    )
    where_not: Condition = Field(default_factory=dict, description="rows to skip: column and their values")


class Join(Files):
    """Columns looked up in another file; a row without a match keeps empty cells there."""

    key: Column = Field(description="the column of this table to look up by")
    other_key: Column | None = Field(
        default=None, description="its name in the other file, where it differs; values there must be unique"
    )
