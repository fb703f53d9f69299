"""What a mapping makes of a sample of its files: tables, columns, rows as events; and what is wrong with them."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pyarrow as pa

from core.errors import FieldError, InvalidInputError
from core.language import Text
from features.contract import ATTRIBUTE_SCHEMA, EVENT_SCHEMA, ITEM_SCHEMA, EventTypes, Reject
from features.sources.checking.check import Table, check_table, unregistered, uses_of
from features.sources.checking.sample import Sample, sample_files
from features.sources.customers import read_attributes
from features.sources.events import read_events
from features.sources.items import read_items
from features.sources.mapping import EventTable, Mapping
from features.sources.readers.encoding import encoding_of
from features.sources.readers.tables import SourceFile, open_files

PARTS = ("events", "items", "customers")
_ITEM_BYTES = 64 << 20  # items and customers are read whole up to here, so that ids can be compared
_DETAILS = 50  # of the rows rejected for one reason, to tell a fix from


@dataclass(frozen=True)
class SeenFile:
    """One file of a table."""

    path: Path
    format: str
    encoding: str
    rows: int
    is_exact: bool


@dataclass(frozen=True)
class SeenReject:
    """Rows of one file that break the contract for one reason, and the first of them."""

    table: str
    reason: str
    rows: int
    first: Reject
    line_is_exact: bool
    details: tuple[str, ...] = ()


@dataclass
class SeenTable:
    """One table of the mapping: its files, its columns, and what a sample of its rows became."""

    part: str
    name: str
    files: list[SeenFile] = field(default_factory=list)
    used: dict[str, list[str]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    is_whole: bool = True
    is_read: bool = False
    rows: int = 0
    skipped: int = 0
    kept: pa.Table = field(default_factory=lambda: pa.table({}))
    empty: dict[str, float] = field(default_factory=dict)
    rejects: list[SeenReject] = field(default_factory=list)
    customer_ids: set[str] = field(default_factory=set)
    warnings: list[Text] = field(default_factory=list)
    has_given_time: bool = False  # the mapping gives one time of day for all of its rows

    @property
    def key(self) -> str:
        """Its key in the mapping."""
        return f"{self.part}.{self.name}"


@dataclass
class Understood:
    """What a mapping makes of a sample of its files."""

    tables: list[SeenTable] = field(default_factory=list)
    problems: list[FieldError] = field(default_factory=list)
    types: EventTypes = field(default_factory=EventTypes)

    @property
    def warnings(self) -> list[Text]:
        """What was assumed about the files."""
        return list({str(text): text for table in self.tables for text in table.warnings}.values())

    def of(self, part: str) -> list[SeenTable]:
        """The tables of one part that could be read."""
        return [table for table in self.tables if table.part == part and table.is_read]

    @property
    def events(self) -> pa.Table:
        """All events of the sample."""
        return pa.concat_tables([table.kept for table in self.of("events")] or [EVENT_SCHEMA.empty_table()])

    @property
    def rejects(self) -> list[SeenReject]:
        """All rejected rows of the sample, by table, file and reason."""
        return [reject for table in self.tables for reject in table.rejects]


def understand(
    mapping: Mapping, types: EventTypes, zone: ZoneInfo, now: datetime | None = None
) -> Understood:
    """What the mapping makes of its files; nothing is loaded or kept.

    `types` are the registered types, `zone` is the shop's and `now` its present, as in `read_events`.
    """
    found = Understood(types=types.with_own(mapping.event_types))
    found.problems += unregistered(mapping, types)
    with TemporaryDirectory(prefix="tagloop-") as folder:
        for part in PARTS:
            for name, table in getattr(mapping, part).items():
                _look(found, mapping, _Place(part, name, table, Path(folder) / part / name), zone, now)
    return found


@dataclass(frozen=True)
class _Place:
    part: str
    name: str
    table: Table
    folder: Path

    @property
    def key(self) -> str:
        return f"{self.part}.{self.name}"


def _look(found: Understood, mapping: Mapping, place: _Place, zone: ZoneInfo, now: datetime | None) -> None:
    try:
        files = open_files(place.table, f"{place.key}.files")
        limit = {} if place.part == "events" else {"limit": _ITEM_BYTES}
        samples = sample_files(files, place.folder, **limit)
    except InvalidInputError as error:
        found.problems += list(error.fields) or [FieldError(f"{place.key}.files", error.text)]
        return
    paths = tuple(str(sample.path) for sample in samples)
    place = replace(place, table=place.table.model_copy(update={"files": paths}))
    problems = check_table(place.table, place.key)
    found.problems += problems
    try:
        seen = _seen(place, samples, is_all=len(samples) == len(files))
        if not problems and not _is_blocked(found.problems, place.key):
            seen.is_read = True
            rejects = _READ[place.part](seen, _only(mapping, place), _Shop(found.types, zone, now))
            _finish(seen, mapping, rejects, samples)
    except InvalidInputError as error:
        if not problems:
            found.problems += list(error.fields) or [FieldError(place.key, error.text)]
        return
    found.tables.append(seen)


def _seen(place: _Place, samples: list[Sample], *, is_all: bool) -> SeenTable:
    """The table with its files and columns, before its rows are read."""
    opened = open_files(place.table, f"{place.key}.files")
    seen = SeenTable(place.part, place.name, has_given_time=_has_given_time(place.table))
    seen.files = [_file(file, sample) for file, sample in zip(opened, samples, strict=True)]
    seen.used, seen.unused = _columns(place, opened)
    seen.is_whole = is_all and all(sample.is_whole for sample in samples)
    seen.warnings = [warning for file in opened for warning in file.warnings()]
    return seen


def _file(file: SourceFile, sample: Sample) -> SeenFile:
    encoding = "" if file.format in {"excel", "parquet"} else encoding_of(file.path, file.files.encoding).name
    if sample.is_whole or file.format != "parquet":
        rows = sample.estimated_rows(file.estimated_rows())
    else:
        rows = replace(file, path=sample.original).estimated_rows()
    is_exact = file.format in {"excel", "parquet"}
    return SeenFile(sample.original, file.format, encoding, rows, is_exact)


def _has_given_time(table: Table) -> bool:
    return isinstance(table, EventTable) and table.columns.occurred_at.time_of_day is not None


def _is_blocked(problems: list[FieldError], key: str) -> bool:
    return any(problem.field.startswith(f"{key}.") for problem in problems)


def _only(mapping: Mapping, place: _Place) -> Mapping:
    """The mapping with that one table alone."""
    parts: dict[str, dict[str, Table]] = {part: {} for part in PARTS}
    return mapping.model_copy(update=parts | {place.part: {place.name: place.table}})


def _columns(place: _Place, files: tuple[SourceFile, ...]) -> tuple[dict[str, list[str]], list[str]]:
    """The columns that the mapping reads with the fields they fill, and those of the files that it does not."""
    used: dict[str, list[str]] = {}
    for use in uses_of(place.table, place.key):
        used.setdefault(use.column, []).append(use.key.removeprefix(f"{place.key}.").removeprefix("columns."))
    there = dict.fromkeys(name for file in files[:1] for name in file.schema().names)
    return used, [name for name in there if name not in used]


@dataclass(frozen=True)
class _Shop:
    types: EventTypes
    zone: ZoneInfo
    now: datetime | None


def _read_events(seen: SeenTable, mapping: Mapping, shop: _Shop) -> list[Reject]:
    batches = list(read_events(mapping, types=shop.types, zone=shop.zone, now=shop.now))
    schema = EVENT_SCHEMA.append(pa.field("has_own_id", pa.bool_()))
    seen.kept = pa.concat_tables([batch.table for batch in batches] or [schema.empty_table()])
    seen.rows = sum(batch.rows_read for batch in batches)
    seen.skipped = sum(batch.skipped for batch in batches)
    return [reject for batch in batches for reject in batch.rejects]


def _read_items(seen: SeenTable, mapping: Mapping, _shop: _Shop) -> list[Reject]:
    batches = list(read_items(mapping))
    seen.kept = pa.concat_tables([batch.table for batch in batches] or [ITEM_SCHEMA.empty_table()])
    seen.skipped = sum(batch.skipped for batch in batches)
    rejects = [reject for batch in batches for reject in batch.rejects]
    seen.rows = len(seen.kept) + seen.skipped + len(rejects)
    return rejects


def _read_customers(seen: SeenTable, mapping: Mapping, shop: _Shop) -> list[Reject]:
    batches = list(read_attributes(mapping, zone=shop.zone))
    seen.kept = pa.concat_tables([batch.table for batch in batches] or [ATTRIBUTE_SCHEMA.empty_table()])
    seen.skipped = sum(batch.skipped for batch in batches)
    seen.customer_ids = {str(name) for batch in batches for name in batch.customer_ids.to_pylist()}
    seen.rows = len(seen.customer_ids) + seen.skipped
    return [reject for batch in batches for reject in batch.rejects]


_READ: dict[str, Callable[[SeenTable, Mapping, _Shop], list[Reject]]] = {
    "events": _read_events,
    "items": _read_items,
    "customers": _read_customers,
}


def _finish(seen: SeenTable, mapping: Mapping, rejects: list[Reject], samples: list[Sample]) -> None:
    """What is told of the rows once they are read."""
    seen.empty = _empty(seen.kept, mapping, seen)
    seen.rejects = _rejects(rejects, seen.key, samples)
    if seen.is_whole and len(seen.files) == 1:
        seen.files = [replace(seen.files[0], rows=seen.rows, is_exact=True)]


def _empty(rows: pa.Table, mapping: Mapping, seen: SeenTable) -> dict[str, float]:
    """The share of rows without a value, of the fields that columns fill."""
    fields = {key.split(".")[0].split("[")[0] for keys in seen.used.values() for key in keys}
    if seen.part == "customers":
        table = mapping.customers[seen.name]
        counts = Counter(rows.column("key").to_pylist())
        return {key: 1 - min(counts[key] / max(len(seen.customer_ids), 1), 1.0) for key in table.attributes}
    names = [name for name in rows.schema.names if name in fields or name.removesuffix("_paths") in fields]
    return {name: rows.column(name).null_count / max(len(rows), 1) for name in names}


def _rejects(rejects: list[Reject], table: str, samples: list[Sample]) -> list[SeenReject]:
    exact = {sample.path.name: sample.exact_rows for sample in samples}
    found: dict[tuple[str, str], SeenReject] = {}
    for reject in rejects:
        known = found.get((reject.file, reject.reason))
        if known is None:
            is_exact = reject.line <= exact.get(reject.file, 0)
            known = SeenReject(table, reject.reason, 0, reject, is_exact)
        details = known.details if len(known.details) >= _DETAILS else (*known.details, reject.detail)
        found[reject.file, reject.reason] = replace(known, rows=known.rows + 1, details=details)
    return sorted(found.values(), key=lambda reject: -reject.rows)
