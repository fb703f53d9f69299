"""Which files a mapping means: paths, patterns, and files inside installed packages."""

from glob import glob
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from core.errors import FieldError
from core.language import Text
from features.sources.file_spec import FORMATS, PACKAGE_PREFIX, Files
from features.sources.mapping_errors import mapping_error, near
from features.sources.readers.encoding import open_bytes

_SHOWN = 120
_SUFFIXES = MappingProxyType(
    {
        ".csv": "csv",
        ".tsv": "tsv",
        ".tab": "tsv",
        ".jsonl": "jsonl",
        ".ndjson": "jsonl",
        **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"), "excel"),
        ".parquet": "parquet",
        ".pq": "parquet",
    }
)


def find_files(patterns: tuple[str, ...], where: str, *, may_be_absent: bool = False) -> tuple[Path, ...]:
    """The files that the patterns name, each once, in the order of the patterns and then of the names.

    Raises:
        InvalidInputError: A pattern matches nothing, and not `may_be_absent`; or it names a package that is not
            installed. `where` is the key of the mapping that says so.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        found.update(dict.fromkeys(_matches(pattern, where, may_be_absent=may_be_absent)))
    return tuple(found)


def format_of(file: Path, files: Files, where: str) -> str:
    """The format of a file: as declared, else as the suffix says, else CSV where a delimiter is declared.

    Raises:
        InvalidInputError: Nothing tells.
    """
    suffix = Path(file.name.lower().removesuffix(".gz")).suffix
    told = files.format or _SUFFIXES.get(suffix) or ("csv" if files.delimiter else None)
    if told is None:
        values = {"file": file.name, "formats": ", ".join(FORMATS), "line": repr(_first_line(file))}
        text = Text(
            "{file}: its suffix does not tell the format; add beside files format: one of {formats}, or "
            'delimiter: such as "|" or "::". Its first line is {line}',
            values,
        )
        raise mapping_error([FieldError(where, text)])
    return told


def _first_line(file: Path) -> str:
    with open_bytes(file) as content:
        return content.readline(_SHOWN).decode("utf-8", "replace").rstrip("\r\n")


def _matches(pattern: str, where: str, *, may_be_absent: bool) -> list[Path]:
    path = _in_package(pattern, where) if pattern.startswith(PACKAGE_PREFIX) else Path(pattern)
    if path.is_file():
        return [path]
    matches = [Path(name) for name in sorted(glob(str(path), recursive=True)) if Path(name).is_file()]  # noqa: PTH207
    if not matches and not may_be_absent:
        text = Text(
            "no file matches {file}; in that folder: {near}", {"file": path, "near": _neighbours(path)}
        )
        raise mapping_error([FieldError(where, text)])
    return matches


def _neighbours(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return "-"
    return near(path.name, names) or "-"


def _in_package(pattern: str, where: str) -> Path:
    name, _, inside = pattern.removeprefix(PACKAGE_PREFIX).partition("/")
    spec = find_spec(name) if name.isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        values = {"package": name, "command": "pip install 'tagloop[demo]'"}
        text = Text("the package {package} is not installed; for the demo data: {command}", values)
        raise mapping_error([FieldError(where, text)])
    return Path(next(iter(spec.submodule_search_locations))) / inside
