"""A table of unknown files, and which column of it fills which field: guesses, each with its reason."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from core.language import Text
from features.sources.checking.sample import sample_files
from features.sources.drafting.column_content import Content
from features.sources.drafting.dialect import Dialect, dialect_of
from features.sources.drafting.yaml_text import plain
from features.sources.readers.tables import open_files

SAMPLE_BYTES = 2 << 20


@dataclass
class Raw:
    """Files with the same columns, and a sample of what those hold."""

    files: list[Path]
    dialect: Dialect
    columns: list[Content]
    header: list[str] | None = None  # names for columns that have none

    @property
    def stem(self) -> str:
        """The first file's name without its suffixes."""
        return self.files[0].name.split(".")[0]

    def with_names(self, names: dict[str, str]) -> "Raw":
        """The same table with names for its columns, which have only numbers."""
        columns = [replace(column, name=names[column.name]) for column in self.columns]
        return replace(self, columns=columns, header=[column.name for column in columns])

    def column(self, name: str) -> Content:
        """The content of a column."""
        return next(column for column in self.columns if column.name == name)


@dataclass
class Drafted:
    """A table with a guess at each of its columns: field to YAML, remarks to field, and columns left out."""

    raw: Raw
    part: str
    name: str
    fields: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, Text] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)  # column: field
    more: list[str] = field(default_factory=list)  # further lines beside `columns`
    joined: tuple[Raw, str, str] | None = None  # the table to look the customer up in, own key, key there
    is_inside: bool = False  # its rows are those of another table, too

    def take(self, name: str, column: str, yaml: str, remark: Text | None = None) -> None:
        """Let a column fill a field."""
        self.fields[name] = yaml
        self.taken[column] = name
        if remark:
            self.remarks[name] = remark

    def join(self, other: Raw, *, key: str, other_key: str, customer: str) -> None:
        """Look the customer up in another table by a key, where this one has no id that the others have."""
        self.joined = (other, key, other_key)
        self.fields["customer_id"] = plain(customer)
        self.remarks["customer_id"] = Text("looked up by {key}", {"key": key})

    @property
    def free(self) -> list[Content]:
        """The columns that fill nothing yet."""
        return [column for column in self.raw.columns if column.name not in self.taken]


def read_raw(files: list[Path], folder: Path) -> list[Raw]:
    """The tables of the files: files with the same columns and the same shape are one.

    `folder` is a place for samples of large files.

    Raises:
        InvalidInputError: A file is not there, or cannot be read as what it seems to be.
    """
    found: dict[object, Raw] = {}
    for place, path in enumerate(files):
        dialect = dialect_of(path)
        named = dialect.files(path)
        opened = open_files(named, str(path))
        (sample,) = sample_files(opened, folder / str(place), limit=SAMPLE_BYTES)
        (source,) = open_files(named.model_copy(update={"files": (str(sample.path),)}), str(path))
        names = tuple(source.schema().names)
        key = (
            names if dialect.has_header else path,
            tuple(sorted((k, str(v)) for k, v in dialect.keys.items())),
        )
        if key in found:
            found[key].files.append(path)
            continue
        chunks = [chunk.columns for chunk in source.chunks()]
        columns = [
            Content.of(name, chunks[0].column(index)) if chunks else Content(name, (), 0)
            for index, name in enumerate(names)
        ]
        found[key] = Raw([path], dialect, columns)
    return list(found.values())
