"""Both SQL rivals give the kernel's numbers, on a made-up shop with orders in every window."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from benchmarks import plain_sql, sql, tuned_sql
from benchmarks.features import check_equal, median_customers
from core.errors import ConflictError
from core.ids import stable_key
from features.build import build
from features.catalogue import Catalogue, CatalogueItem, CategoryGroup
from features.contract import Event
from features.lake import Lake
from features.source import FeatureSource
from features.spec import FeatureSpec
from tests.features.test_lake import parts_of

AS_OF = datetime(2017, 11, 20, 5, tzinfo=UTC)  # midnight in New York
GROUPS = (CategoryGroup("coffee", ("COFFEE",)), CategoryGroup("drinks", ("COFFEE", "TEA")))
ITEMS = {"latte": ("FOOD", "COFFEE"), "tea": ("FOOD", "TEA"), "lamp": ("HOME", "LIGHTS")}
OTHER_TYPES = ("refund", "campaign_exposure", "coupon_redeem", "view")


def order(dice: random.Random, customer: str, number: int) -> list[Event]:
    at = AS_OF - timedelta(
        minutes=dice.choice((30, 60 * 24 * 6, 60 * 24 * 80, 60 * 24 * 300)) + dice.randrange(999)
    )
    place = dice.choice(("north", "south"))
    return [
        Event(
            event_id=f"{customer}-{number}-{line}",
            customer_id=customer,
            occurred_at=at,
            received_at=at,
            type="purchase",
            item_id=dice.choice((*ITEMS, "unlisted")),
            amount=Decimal(dice.randrange(1, 900)) / 100,
            discount=Decimal(dice.randrange(2)) / 2,
            order_id=f"{customer}-{number}",
            location_id=place,
            channel="store",
        )
        for line in range(dice.randrange(1, 4))
    ]


def other(dice: random.Random, customer: str, number: int) -> Event:
    at = AS_OF - timedelta(days=dice.randrange(-3, 200), minutes=1)
    return Event(
        event_id=f"{customer} other {number}",
        customer_id=customer,
        occurred_at=at,
        received_at=at,
        type=dice.choice(OTHER_TYPES),
        amount=Decimal("-1.50"),
        campaign_id="autumn",
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> FeatureSource:
    dice = random.Random(4)  # noqa: S311 (made-up data)
    customers = [f"customer {number}" for number in range(12)]
    bought = [event for name in customers for number in range(8) for event in order(dice, name, number)]
    others = [other(dice, name, number) for name in [*customers, "no buyer"] for number in range(6)]
    lake = Lake(tmp_path_factory.mktemp("home") / "lake", buckets=2)
    lake.create()
    lake.append(parts_of([*bought, *others], 2), app="test", batch=1, note={})
    spec = FeatureSpec(timezone="America/New_York", groups=GROUPS, channels=("store",))
    catalogue = Catalogue([CatalogueItem(stable_key(name), [path]) for name, path in ITEMS.items()], GROUPS)
    return FeatureSource(lake, lake.version(), spec, catalogue, {})


@pytest.mark.parametrize("queries", [plain_sql.queries, tuned_sql.queries], ids=["plain", "tuned"])
def test_sql_gives_the_kernels_numbers(
    source: FeatureSource, queries: Callable[[sql.Shop], list[str]]
) -> None:
    with sql.connect(source, threads=1) as connection:
        found = sql.ask(connection, queries(sql.open_shop(source, AS_OF)), source.spec)
    assert list(found.columns) == sql.stated(source.spec)
    check_equal(found, build(source, AS_OF))


def test_another_number_is_noticed_and_named() -> None:
    rows = pd.DataFrame({"baskets_7d": [1.0, 2.0]}, index=["a", "b"])
    with pytest.raises(ConflictError, match="baskets_7d"):
        check_equal(rows * 2, rows)


def test_median_customers_stand_around_the_median_size() -> None:
    sizes = [(f"c{size}", size) for size in (1, 900, 5, 4, 6, 2, 800)]
    assert median_customers(sizes, 3) == ["c4", "c5", "c6"]
