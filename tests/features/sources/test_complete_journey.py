"""The demo's source says what is known of it."""

from collections import Counter
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.contract import EventTypes
from features.sources import (
    Mapping,
    attribute_definitions,
    check_mapping,
    count_rows,
    load_mapping,
    read_attributes,
    read_events,
    read_items,
)

pytestmark = pytest.mark.slow

ELSEWHERE = ZoneInfo("Asia/Shanghai")  # the mapping names its own zone


@pytest.fixture(scope="module")
def mapping() -> Mapping:
    return load_mapping(Path(__file__).parents[3] / "tagloop" / "complete_journey.yaml")


@pytest.fixture(scope="module")
def events(mapping: Mapping) -> pa.Table:
    batches = list(read_events(mapping, types=EventTypes(), zone=ELSEWHERE))
    assert [reject for batch in batches for reject in batch.rejects] == []
    return pa.concat_tables([batch.table for batch in batches])


@pytest.fixture(scope="module")
def purchases(events: pa.Table) -> pa.Table:
    return events.filter(pc.field("type") == "purchase")


@pytest.fixture(scope="module")
def paths(mapping: Mapping) -> dict[str, list[list[str]]]:
    table = pa.concat_tables([batch.table for batch in read_items(mapping)])
    return {item["item_id"]: item["category_paths"] for item in table.to_pylist()}


def _local(table: pa.Table) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(table["occurred_at"].to_pandas()).tz_convert("America/New_York")


def test_mapping_fits_the_installed_package(mapping: Mapping) -> None:
    check_mapping(mapping, EventTypes())
    assert count_rows(mapping) == 1_469_307 + 6_589 + 2_102


def test_every_row_is_an_event(events: pa.Table) -> None:
    assert Counter(events["type"].to_pylist()) == {
        "purchase": 1_469_307,
        "campaign_exposure": 6_589,
        "coupon_redeem": 2_102,
    }
    events.validate(full=True)


def test_no_two_rows_are_the_same(events: pa.Table) -> None:
    assert pc.count_distinct(events["event_id"]).as_py() == events.num_rows


def test_households_baskets_and_odd_rows_are_all_there(purchases: pa.Table) -> None:
    assert pc.count_distinct(purchases["customer_id"]).as_py() == 2_469
    assert pc.count_distinct(purchases["order_id"]).as_py() == 155_848
    quantity, amount, discount = (
        purchases[name].cast(pa.float64()).to_numpy() for name in ("quantity", "amount", "discount")
    )
    assert (quantity == 0).sum() == 8_869
    assert (amount == 0).sum() == 11_226 + 20  # 20 sales such as 2e-16 are what subtraction left of zero
    assert quantity.max() == 89_638
    assert discount.min() == 0


def test_purchases_lie_inside_the_local_year_and_not_at_midnight(purchases: pa.Table) -> None:
    local = _local(purchases)
    assert (local.min().year, local.max().year) == (2017, 2017)
    share_of_hour = np.bincount(local.hour, minlength=24) / len(local)
    assert share_of_hour[0] < 0.01
    assert 12 <= int(share_of_hour.argmax()) <= 19


def test_redemptions_count_at_the_end_of_their_local_day(events: pa.Table) -> None:
    local = _local(events.filter(pc.field("type") == "coupon_redeem"))
    assert set(local.strftime("%H:%M:%S")) == {"23:59:59"}
    assert (str(local.min().date()), str(local.max().date())) == ("2017-01-01", "2017-12-31")


def test_exposures_count_at_the_beginning_of_their_campaign(events: pa.Table) -> None:
    exposures = events.filter(pc.field("type") == "campaign_exposure")
    local = _local(exposures)
    assert set(local.strftime("%H:%M:%S")) == {"00:00:00"}
    starts = dict(zip(exposures["campaign_id"].to_pylist(), local.strftime("%Y-%m-%d"), strict=True))
    assert (len(starts), starts["18"], starts["24"]) == (27, "2017-10-30", "2016-11-14")


def test_products_have_paths_and_17_are_missing(
    purchases: pa.Table, paths: dict[str, list[list[str]]]
) -> None:
    assert len(paths) == 92_331
    assert paths["26190"] == [["GROCERY", "FRUIT - SHELF STABLE", "APPLE SAUCE"]]
    assert paths["26081"] == [["MISCELLANEOUS"]]
    bought = Counter(purchases["item_id"].to_pylist())
    missing = {item: rows for item, rows in bought.items() if item not in paths}
    assert (len(missing), sum(missing.values())) == (17, 4_836)


def test_demographics_cover_801_households_and_no_value_is_unknown(mapping: Mapping) -> None:
    (batch,) = read_attributes(mapping, zone=ELSEWHERE)
    assert batch.rejects == []
    assert len(batch.customer_ids) == 801
    counts = Counter(batch.table["key"].to_pylist())
    assert counts["age"] == 801
    assert counts["home_ownership"] == 801 - 233
    assert counts["marital_status"] == 801 - 137
    assert batch.table["observed_at"].null_count == batch.table.num_rows
    assert [fact.key for fact in attribute_definitions(mapping)] == list(counts)
