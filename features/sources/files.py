"""Which files a mapping means: paths, patterns, and files inside installed packages."""

from glob import glob
from importlib.util import find_spec
from pathlib import Path

from core.errors import FieldError
from core.language import Text
from features.sources.mapping import PACKAGE_PREFIX
from features.sources.mapping_errors import mapping_error, near


def find_files(patterns: tuple[str, ...], where: str) -> tuple[Path, ...]:
    """The files that the patterns name, each once, in the order of the patterns and then of the names.

    Raises:
        InvalidInputError: A pattern matches nothing, or names a package that is not installed; `where` is the
            key of the mapping that says so.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        found.update(dict.fromkeys(_matches(pattern, where)))
    return tuple(found)


def format_of(file: Path, declared: str | None, where: str) -> str:
    """`csv` or `parquet`: as declared, else as the suffix says.

    Raises:
        InvalidInputError: Neither tells.
    """
    told = declared or {".csv": "csv", ".parquet": "parquet", ".pq": "parquet"}.get(file.suffix.lower())
    if told is None:
        text = Text("{file}: its suffix does not tell the format; add format: csv or parquet", {"file": file})
        raise mapping_error([FieldError(where, text)])
    return told


def _matches(pattern: str, where: str) -> list[Path]:
    path = _in_package(pattern, where) if pattern.startswith(PACKAGE_PREFIX) else Path(pattern)
    if path.is_file():
        return [path]
    matches = [Path(name) for name in sorted(glob(str(path), recursive=True)) if Path(name).is_file()]  # noqa: PTH207
    if not matches:
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
