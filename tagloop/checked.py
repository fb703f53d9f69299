"""What was understood of a mapping's sample, as plain values: for the terminal and for programs."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from core.clock import from_us
from core.errors import FieldError
from core.language import Language, Text
from features.sources.checking.fixes import fix_of_problem, fix_of_rejects
from features.sources.checking.understood import SeenTable, Understood
from features.sources.mapping import Mapping

SAMPLE_ROWS = 3  # of each table
BIGGEST = 4


@dataclass(frozen=True)
class Checked:
    """A mapping with what was understood of it, in the shop's zone."""

    mapping: Mapping
    found: Understood
    zone: ZoneInfo
    warnings: list[Text]

    @property
    def is_fine(self) -> bool:
        """Whether it can be loaded: nothing is wrong, and at least some rows of each table are kept."""
        return not self.found.problems and not self.empty_tables

    @property
    def empty_tables(self) -> list[SeenTable]:
        """Tables of events or items that have rows, all of which were rejected."""
        tables = [*self.found.of("events"), *self.found.of("items")]
        return [table for table in tables if table.rejects and not len(table.kept)]


def facts(checked: Checked) -> dict[str, Any]:
    """Dates, customers, items, orders and amounts of the sample's events, as plain values."""
    rows = checked.found.events
    times = np.asarray(rows.column("occurred_at").cast(pa.int64()))
    first, last = (from_us(int(us)).astimezone(checked.zone) for us in (times.min(), times.max()))
    amounts = rows.column("amount").drop_null().cast(pa.float64())
    return {
        "from": first.strftime("%Y-%m-%d %H:%M"),
        "until": last.strftime("%Y-%m-%d %H:%M"),
        "days": (last.date() - first.date()).days + 1,
        **{
            f"{name}s": pc.count_distinct(rows.column(f"{name}_id")).as_py()
            for name in ("customer", "item", "order")
        },
        "amount": _spread(amounts.to_numpy()),
    }


def _spread(amounts: NDArray[np.float64]) -> dict[str, float] | None:
    if not len(amounts):
        return None
    return {"min": float(amounts.min()), "median": float(np.median(amounts)), "max": float(amounts.max())}


def categories(checked: Checked) -> list[dict[str, Any]]:
    """The levels of the category paths: how many labels each has, and the biggest of them with their items."""
    counts: list[Counter[str]] = []
    for table in checked.found.of("items"):
        for paths in table.kept.column("category_paths").to_pylist():
            for path in paths or []:
                for level, label in enumerate(path):
                    counts.extend(Counter() for _ in range(level + 1 - len(counts)))
                    counts[level][label] += 1
    return [
        {"level": level, "labels": len(count), "biggest": count.most_common(BIGGEST)}
        for level, count in enumerate(counts)
    ]


def sample_rows(table: SeenTable, zone: ZoneInfo) -> list[dict[str, Any]]:
    """A few of a table's events as the contract has them, times in the shop's zone."""
    step = max(len(table.kept) // SAMPLE_ROWS, 1)
    places = list(range(0, len(table.kept), step))[:SAMPLE_ROWS]
    return [_plain_row(row, zone) for row in table.kept.take(pa.array(places, pa.int64())).to_pylist()]


def _plain_row(row: dict[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    moments = {
        name: value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        for name, value in row.items()
        if isinstance(value, datetime)
    }
    money = {name: float(row[name]) for name in ("amount", "discount") if row.get(name) is not None}
    return {**row, **moments, **money}


def check_as_json(checked: Checked, language: Language) -> dict[str, Any]:
    """The same for a program."""
    found = checked.found
    return {
        "fine": checked.is_fine,
        "tables": [_table_json(table, checked.zone) for table in found.tables],
        "types": dict(Counter(found.events.column("type").to_pylist())),
        "events": facts(checked) if len(found.events) else None,
        "zone": checked.zone.key,
        "currency": checked.mapping.currency,
        "categories": categories(checked),
        "rejects": [
            {
                "table": reject.table,
                "reason": reject.reason,
                "rows": reject.rows,
                "file": reject.first.file,
                "line": reject.first.line if reject.line_is_exact else None,
                "detail": reject.first.detail,
                "fix": fix_of_rejects(reject, checked.mapping),
            }
            for reject in found.rejects
        ],
        "problems": [_problem_json(problem, language) for problem in found.problems],
        "warnings": [warning.render(language) for warning in checked.warnings],
    }


def _table_json(table: SeenTable, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "table": table.key,
        "files": [
            {
                "file": str(file.path),
                "format": file.format,
                "encoding": file.encoding,
                "rows": file.rows,
                "exact": file.is_exact,
            }
            for file in table.files
        ],
        "read_whole": table.is_whole,
        "rows_read": table.rows,
        "skipped": table.skipped,
        "columns": table.used,
        "unused": table.unused,
        "empty": table.empty,
        "sample": sample_rows(table, zone),
    }


def _problem_json(problem: FieldError, language: Language) -> dict[str, str]:
    return {"key": problem.field, "problem": problem.message.render(language), "fix": fix_of_problem(problem)}
