"""Rows that break the contract are kept with their reason, each once, and never silently."""

from collections.abc import Callable

from sqlalchemy import select

from core.storage import Store
from features.tables import Rejected
from tests.command_line import answered, tagloop_here
from tests.conftest import Shop


def test_two_faults_of_one_row_are_kept_both_and_once(
    small_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(small_shop)
    with (shop.mapping.parent / "members.csv").open("a", encoding="utf-8") as file:
        file.write("m900,广州,少年\n")
    for _ in range(2):
        report = answered(shop.home, "ingest", shop.mapping, "--json", run=tagloop_here)
        assert report["rejected"] == {"unknown_level": 2}
    with open_shop(shop).read() as connection:
        kept = connection.execute(
            select(Rejected.line, Rejected.reason, Rejected.detail, Rejected.content)
        ).all()
    assert sorted((row.line, row.detail) for row in kept) == [(301, "age='少年'"), (301, "city='广州'")]
    assert {row.content for row in kept} == {'{"member": "m900", "city": "广州", "age": "少年"}'}
