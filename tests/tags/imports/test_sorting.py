"""What imports said before is looked up by customer, however much was ever imported."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from core.settings import Settings
from core.storage import Store, open_store
from tags.imports.rows import APPLIED, Statement
from tags.imports.sorting import sort_out
from tags.profile.claims import NEVER

CUSTOMERS = 600  # more than one statement takes


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path))
    yield opened
    opened.close()


def plans_of(connection: Connection, asked: list[str]) -> set[str]:
    """How SQLite goes about those statements; it does not look at the values."""
    cursor = connection.connection.cursor()
    return {
        row[3]
        for sql in asked
        for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * sql.count("?")).fetchall()
    }


def test_a_look_up_does_not_read_all_that_was_ever_imported(store: Store) -> None:
    asked: list[str] = []
    statements = [
        Statement(number, f"c{number}", "tea", carries=True, value=None, confidence=None, until=NEVER)
        for number in range(CUSTOMERS)
    ]
    with store.write() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for one in statements:
            raw.execute("INSERT INTO customers VALUES (?, '2017-01-01 00:00:00.000000')", (one.customer_id,))
        raw.set_trace_callback(asked.append)
        found = sort_out(connection, statements, "imp_1", seen={})
        raw.set_trace_callback(None)
        of_claims = [sql for sql in asked if "FROM tag_claims" in sql]
        plans = plans_of(connection, of_claims)
    assert {one.outcome for one in found.outcomes} == {APPLIED}
    assert of_claims
    assert plans == {"SEARCH tag_claims USING INDEX ix_tag_claims_standing (customer_id=?)"}
