"""The newest report as the store keeps it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from core.storage import Store
from tags.report.report import Report
from tags.report.tables import TagReport


@dataclass(frozen=True)
class Kept:
    """A report as plain values; see `Report.as_json`."""

    as_of: datetime
    taxonomy: str
    body: dict[str, Any]


def keep(store: Store, report: Report) -> None:
    """Keep the report in place of the one before."""
    with store.write() as connection:
        connection.execute(delete(TagReport))
        connection.execute(
            insert(TagReport).values(
                made_at=report.as_of, as_of=report.as_of, taxonomy=report.taxonomy, body=report.as_json()
            )
        )


def newest(connection: Connection) -> Kept | None:
    """The report that is kept, if there is one."""
    columns = TagReport.as_of, TagReport.taxonomy, TagReport.body
    row = connection.execute(select(*columns).order_by(TagReport.made_at.desc()).limit(1)).first()
    return Kept(*row) if row else None
