"""What both SQL rivals share: the connection with the catalogue loaded, windows, and the features they state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import numpy as np
import pandas as pd

from core.clock import add_days
from features.catalogue import Catalogue
from features.contract import Role
from features.kernel import column_names
from features.source import FeatureSource
from features.spec import FeatureSpec
from features.view import WINDOWS

HOURS = {
    "night": (0, 6),
    "morning": (6, 11),
    "midday": (11, 14),
    "afternoon": (14, 17),
    "evening": (17, 21),
    "late": (21, 24),
}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KINDS = {
    "interest": Role.INTEREST,
    "contact": Role.CONTACT,
    "presence": Role.PRESENCE,
    "opinion": Role.OPINION,
}
# These look from one event to the one before, keep a table of orders or places, or pivot the attributes.
LEFT_OUT = (
    *["gap_mean_days", "gap_std_days", "gap_max_days", "gap_last_days"],
    *["recency_over_gap_mean", "recency_over_gap_max"],
    *["basket_spend_max_84d", "basket_spend_std_84d", "single_line_share_84d"],
    *["favourite_location_share_84d", "campaign_response_ever"],
)


@dataclass(frozen=True)
class Shop:
    """What a query has to know: the lake's files, the spec and the cutoff."""

    files: tuple[str, ...]
    spec: FeatureSpec
    as_of: datetime

    @property
    def known(self) -> str:
        """The rows of the lake that were known by the cutoff: a table and a condition."""
        cutoff = f"TIMESTAMPTZ '{self.as_of.isoformat()}'"
        return f"read_parquet({list(self.files)}) WHERE occurred_at < {cutoff} AND received_at < {cutoff}"

    @property
    def last_day(self) -> datetime:
        """The midnight that began the local day of the last instant before the cutoff."""
        last = (self.as_of - timedelta(microseconds=1)).astimezone(self.spec.zone)
        return last.replace(hour=0, minute=0, second=0, microsecond=0)

    def start(self, days: int) -> str:
        """The instant at which a window of so many local days begins."""
        return f"TIMESTAMPTZ '{add_days(self.last_day, 1 - days, self.spec.zone).isoformat()}'"

    def types(self, role: Role) -> str:
        """The condition that an event's type has the role."""
        names = ", ".join(f"'{name}'" for name, of in sorted(self.spec.roles.items()) if of is role)
        return f"type IN ({names})"

    def kinds(self) -> Iterator[tuple[str, str]]:
        """The kinds of engagement that the spec has, each with its condition."""
        for name, role in KINDS.items():
            if role in self.spec.roles.values():
                yield name, self.types(role)


def stated(spec: FeatureSpec) -> list[str]:
    """The kernel's columns that both rivals compute."""
    return [n for n in column_names(spec) if n not in LEFT_OUT and not n.startswith("profile_")]


def connect(source: FeatureSource, *, threads: int) -> duckdb.DuckDBPyConnection:
    """A database in memory that knows the catalogue as the tables item_group and item_category."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    connection.execute(f"SET TimeZone = '{source.spec.timezone}'")
    groups, categories = _catalogue(source.catalogue)  # noqa: RUF059 (DuckDB finds frames by their names)
    connection.execute("CREATE TABLE item_group AS SELECT * FROM groups")
    connection.execute("CREATE TABLE item_category AS SELECT * FROM categories")
    return connection


def open_shop(source: FeatureSource, as_of: datetime) -> Shop:
    """The shop of the source, as of the cutoff."""
    wanted = [str(bucket) for bucket in range(source.lake.buckets)]
    table = source.lake.table(source.lake_version)
    files = table.file_uris(file_pruning_predicate=[("bucket", "in", wanted)])
    return Shop(tuple(sorted(files)), source.spec, as_of)


def ask(connection: duckdb.DuckDBPyConnection, queries: Sequence[str], spec: FeatureSpec) -> pd.DataFrame:
    """The queries' answers side by side: one row a customer, the stated columns in the kernel's order, float64."""
    frames = [connection.sql(query).df().set_index("customer_id") for query in queries]
    frame = pd.concat(frames, axis=1).sort_index()
    rows: pd.DataFrame = frame[stated(spec)].astype(np.float64)
    return rows


def _catalogue(catalogue: Catalogue) -> tuple[pd.DataFrame, pd.DataFrame]:
    place, group = catalogue.members(np.arange(len(catalogue.keys)))
    return (
        pd.DataFrame({"item_key": catalogue.keys[place], "grp": group}),
        pd.DataFrame({"item_key": catalogue.keys, "category": catalogue.categories[:, 0]}),
    )


def windows(name: str, of: str) -> dict[str, str]:
    """One column a window; `of` is SQL with {days} in it."""
    return {f"{name}_{days}d": of.format(days=days) for days in WINDOWS}


def share(part: str, whole: str) -> str:
    """Part / whole, NULL where the whole is zero."""
    return f"({part}) / nullif({whole}, 0)"


def select(columns: dict[str, str]) -> str:
    """The columns of a SELECT."""
    return ",\n  ".join(f'{value} AS "{name}"' for name, value in columns.items())
