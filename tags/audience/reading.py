"""Reads who carries a tag from the spans: all carriers in one go, or single customers again."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal_column, or_, select

from core.storage.lookup import VALUES_A_STATEMENT
from features import counters
from features.histories import Floats
from features.tables import Attribute, Customer
from tags.profile.book import CHANGES
from tags.profile.tables import Change, CustomerPrediction, Span

SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Details:
    """Of carriers how sure it is and which value they have, one a carrier; no confidence means sure."""

    ids: list[str]
    confidence: list[float | None]
    value: list[str | None]


def read_customers(connection: Connection, seen_by: datetime | None = None) -> pa.StringArray:
    """The ids of all customers, or of those known by an instant, in ascending order of their bytes.

    A customer is who had an event, or of whom a source told a fact.
    """
    had_event, told = select(Customer.customer_id.label("id")), select(Attribute.customer_id.label("id"))
    if seen_by is not None:
        had_event = had_event.where(Customer.first_seen_at <= seen_by)
        told = told.where(or_(Attribute.observed_at.is_(None), Attribute.observed_at <= seen_by))
    known = _sorted(_ids(connection, had_event.order_by(Customer.customer_id)))
    of_facts = pc.unique(_ids(connection, told))
    others = of_facts.filter(pc.invert(pc.is_in(of_facts, value_set=known)))
    return _sorted(pa.concat_arrays([known, others])) if len(others) else known


def customers_stamp(connection: Connection) -> tuple[int, int]:
    """Becomes another one when a customer comes."""
    had_event = connection.scalar(select(func.count()).select_from(Customer))
    return had_event or 0, connection.scalar(select(func.count()).select_from(Attribute)) or 0


def read_carriers(connection: Connection, tag: str, at: datetime) -> pa.StringArray:
    """The ids of those who carry the tag at an instant."""
    return _ids(connection, select(Span.customer_id.label("id")).where(Span.tag == tag, holds_at(at)))


def read_members(connection: Connection, segment: str) -> pa.StringArray:
    """The ids of the segment's customers, as last worked out."""
    return _ids(
        connection,
        select(CustomerPrediction.customer_id.label("id")).where(CustomerPrediction.segment == segment),
    )


@dataclass(frozen=True, eq=False)
class Predictions:
    """Of customers the segment and the risk of leaving, NaN where it is not known."""

    ids: pa.StringArray
    segment: list[str | None]
    churn: Floats


def read_predictions(connection: Connection) -> Predictions:
    """What was last worked out of everybody."""
    columns = CustomerPrediction.customer_id, CustomerPrediction.segment, CustomerPrediction.churn
    rows = connection.execute(select(*columns)).all()
    churn = [np.nan if row.churn is None else row.churn for row in rows]
    return Predictions(
        pa.array([row.customer_id for row in rows], pa.string()),
        [row.segment for row in rows],
        np.array(churn, dtype=np.float64),
    )


def read_details(connection: Connection, tag: str, at: datetime) -> Details:
    """How sure it is of each who carries the tag at an instant, and which value they have."""
    query = select(Span.customer_id, Span.confidence, Span.value).where(Span.tag == tag, holds_at(at))
    found = connection.execute(query).all()
    columns: Sequence[Any] = list(zip(*found, strict=True)) or ((), (), ())
    return Details(*(list(column) for column in columns))


def read_again(
    connection: Connection, tag: str, customer_ids: Iterable[str], at: datetime
) -> Iterator[tuple[str, float | None, str | None]]:
    """Those of the customers who carry the tag at an instant, with confidence and value."""
    names = list(customer_ids)
    query = select(Span.customer_id, Span.confidence, Span.value).where(Span.tag == tag, holds_at(at))
    for start in range(0, len(names), VALUES_A_STATEMENT):
        some = names[start : start + VALUES_A_STATEMENT]
        for row in connection.execute(query.where(Span.customer_id.in_(some))):
            yield row[0], row[1], row[2]


def last_change(connection: Connection) -> int:
    """The number of the last change of a profile."""
    return counters.value(connection, CHANGES)


def changed_since(
    connection: Connection, tags: Sequence[str], seq: int, at: datetime, now: datetime, *, most: int
) -> set[tuple[str, str]] | None:
    """By tag and customer what may be otherwise now than when the last change was `seq` and the instant `at`.

    None where that is more than so many, or where changes are no longer kept.
    """
    first = connection.scalar(select(func.min(Change.seq)))
    last = last_change(connection)
    if last > seq and (first is None or first > seq + 1 or last - seq > most):
        return None
    found = {
        (tag, name)
        for tag, name in connection.execute(
            select(Change.tag, Change.customer_id).where(Change.seq > seq, Change.tag.in_(tags))
        )
    }
    for instant in (Span.began_at, Span.ended_at):
        # Without a word on the tags, which would lead SQLite away from the index of the instants.
        query = select(Span.tag, Span.customer_id).where(instant > at, instant <= now).limit(most + 1)
        ends = connection.execute(query).all()
        if len(ends) > most:
            return None
        found |= {(tag, name) for tag, name in ends if tag in tags}
    return found


def holds_at(at: datetime) -> ColumnElement[bool]:
    """Whether a span holds at an instant."""
    return and_(Span.began_at <= at, Span.ended_at > at)


def _ids(connection: Connection, query: Select[str]) -> pa.StringArray:
    """The column `id` of a query. The database joins the texts: a row for each would take several times as long."""
    rows = query.subquery()
    column: ColumnElement[str] = literal_column("id")
    joined = (
        func.group_concat(column, SEPARATOR)
        if connection.dialect.name == "sqlite"
        else func.string_agg(column, SEPARATOR)
    )
    count, text = connection.execute(select(func.count(), joined).select_from(rows)).one()
    ids = pa.array([], pa.string()) if text is None else _split(text)
    if len(ids) != count:  # an id of a file that holds the separator
        return pa.array(list(connection.scalars(query)), pa.string())
    return ids


def _split(text: str) -> pa.StringArray:
    """The parts of a joined text, without a Python object for each."""
    written = np.frombuffer(text.encode(), dtype=np.uint8)
    is_separator = written == ord(SEPARATOR)
    ends = is_separator.nonzero()[0]
    offsets = np.zeros(len(ends) + 2, dtype=np.int32)
    offsets[1:-1] = ends - np.arange(len(ends))
    offsets[-1] = len(written) - len(ends)
    data = written[~is_separator].tobytes()
    return pa.StringArray.from_buffers(len(ends) + 1, pa.py_buffer(offsets.tobytes()), pa.py_buffer(data))


def _sorted(ids: pa.StringArray) -> pa.StringArray:
    """In ascending order of their bytes; SQLite gives them so, PostgreSQL in the order of its language."""
    if pc.all(pc.less(ids[:-1], ids[1:])).as_py() is False:
        return ids.take(pc.sort_indices(ids))
    return ids
