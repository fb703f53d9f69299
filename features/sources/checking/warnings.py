"""What reading a mapping's files assumes that the mapping does not say."""

from collections.abc import Iterator

from core.language import Text
from features.sources.file_spec import Files
from features.sources.mapping import EventTable, Mapping
from features.sources.readers.tables import open_files


def mapping_warnings(mapping: Mapping) -> list[Text]:
    """One text for each assumption about a file, such as its encoding, with how to declare it.

    Raises:
        InvalidInputError: A file is not there or cannot be read.
    """
    found = [
        text
        for files, where in _parts(mapping)
        for file in open_files(files, where)
        for text in file.warnings()
    ]
    return [text for place, text in enumerate(found) if text not in found[:place]]


def _parts(mapping: Mapping) -> Iterator[tuple[Files, str]]:
    for part in ("events", "items", "customers"):
        for name, table in getattr(mapping, part).items():
            yield table, f"{part}.{name}.files"
            if isinstance(table, EventTable) and table.join:
                yield table.join, f"{part}.{name}.join.files"
