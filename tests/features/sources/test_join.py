from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InvalidInputError
from features.sources import EventBatch, Mapping

Load = Callable[[str], Mapping]
Read = Callable[[Mapping], list[EventBatch]]

MAPPING = """
source: shop
currency: CNY
events:
  mailings:
    files: mailings.csv
    join: {files: campaigns.csv, key: campaign, other_key: id}
    columns:
      customer_id: member
      occurred_at: {column: starts_on, time_of_day: "00:00"}
      type: {constant: campaign_exposure}
      campaign_id: campaign
      properties: {kind: kind}
"""


@pytest.fixture(autouse=True)
def mailings(tmp_path: Path) -> None:
    (tmp_path / "mailings.csv").write_text("member,campaign,kind\na,1,own\nb,2.0,own\nc,9,own\nd,,own\n")


def test_row_takes_the_columns_of_its_match_and_keeps_its_own(load: Load, read: Read, tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text("id,starts_on,kind\n2,2024-02-01,other\n1,2024-01-01,other\n")
    batches = read(load(MAPPING))
    events = [event for batch in batches for event in batch.table.to_pylist()]
    assert [(event["customer_id"], event["occurred_at"].strftime("%m-%dT%H")) for event in events] == [
        ("a", "12-31T16"),
        ("b", "01-31T16"),
    ]
    assert {event["properties"] for event in events} == {'{"kind": "own"}'}


def test_row_without_a_match_is_rejected_for_what_it_lacks(load: Load, read: Read, tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text("id,starts_on\n1,2024-01-01\n2,2024-02-01\n,2024-03-01\n")
    rejects = [reject for batch in read(load(MAPPING)) for reject in batch.rejects]
    assert [(reject.line, reject.reason, reject.detail) for reject in rejects] == [
        (3, "missing_timestamp", "starts_on="),
        (4, "missing_timestamp", "starts_on="),
    ]


def test_key_that_is_there_twice_is_refused(load: Load, read: Read, tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text("id,starts_on\n1,2024-01-01\n1,2024-02-01\n")
    with pytest.raises(InvalidInputError, match="'1' more than once"):
        read(load(MAPPING))


@pytest.mark.parametrize(
    ("header", "key"),
    [("no,starts_on", "events.mailings.join.other_key"), ("id,start", "events.mailings.columns.occurred_at")],
)
def test_column_missing_in_the_other_file_is_named(
    load: Load, read: Read, tmp_path: Path, header: str, key: str
) -> None:
    (tmp_path / "campaigns.csv").write_text(f"{header}\n1,2024-01-01\n")
    with pytest.raises(InvalidInputError) as caught:
        read(load(MAPPING))
    assert [field.field for field in caught.value.fields] == [key]


def test_empty_other_file_leaves_every_row_without_a_match(load: Load, read: Read, tmp_path: Path) -> None:
    (tmp_path / "campaigns.csv").write_text("id,starts_on\n")
    assert sum(len(batch.rejects) for batch in read(load(MAPPING))) == 4
