"""On real households: the online row is the batch row, every feature, bit by bit."""

import random
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from core.clock import FixedClock, midnight
from core.settings import Settings
from core.storage import Store, open_store
from features.attributes import AttributeFact
from features.build import build
from features.catalogue import CategoryGroup
from features.contract import EVENT_SCHEMA, Event
from features.ingest import ingest
from features.kernel import column_names
from features.online import OnlineFeatures
from features.source import FeatureSource, open_source
from features.sources import load_mapping
from features.tables import Attribute, Item
from tests.features import oracle
from tests.features.worlds import same_bits

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CUTOFFS = [date(2017, 3, 13), date(2017, 8, 1), date(2017, 11, 6)]  # two of them just after clocks changed
TAGS = (
    CategoryGroup("coffee", ("COFFEE",)),
    CategoryGroup("beer", ("BEERS/ALES",)),
    CategoryGroup("seafood", ("SEAFOOD - FROZEN", "SEAFOOD-FRESH")),
    CategoryGroup("floral", ("FLORAL",), level=0),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, FeatureSource]:
    """The whole demo source, loaded."""
    home = Settings(home=tmp_path_factory.mktemp("home"), timezone="America/New_York", currency="USD")
    store = open_store(home)
    ingest(
        load_mapping(ROOT / "tagloop" / "complete_journey.yaml"),
        home,
        store,
        FixedClock(datetime(2018, 1, 1, 5, tzinfo=UTC)),
    )
    return store, open_source(home, store, TAGS)


@pytest.mark.parametrize("day", CUTOFFS)
def test_online_rows_of_fifty_households_are_the_batch_rows(
    shop: tuple[Store, FeatureSource], day: date
) -> None:
    store, source = shop
    as_of = midnight(day, source.spec.zone)
    batch = build(source, as_of)
    households = random.Random(day.toordinal()).sample(list(batch.index), 50)  # noqa: S311 (no secret)
    online = OnlineFeatures(source.spec, source.catalogue)
    with store.read() as connection:
        together = online.of_stored(connection, households, as_of)[1]
        alone = [online.of_stored(connection, [name], as_of)[1] for name in households]
    expected = np.ascontiguousarray(batch.loc[households].to_numpy())
    assert same_bits(together, expected)
    assert same_bits(np.concatenate(alone), expected)


def test_demo_has_no_columns_of_views_or_ratings(shop: tuple[Store, FeatureSource]) -> None:
    """Its events that are no purchases name no items, so its models read what they always read."""
    _, source = shop
    assert source.spec.attention == ()
    assert not [name for name in column_names(source.spec) if name.startswith(("interests_28d__", "rating"))]


@pytest.mark.parametrize("day", CUTOFFS)
def test_rows_of_real_households_are_the_oracles(shop: tuple[Store, FeatureSource], day: date) -> None:
    store, source = shop
    as_of = midnight(day, source.spec.zone)
    batch = build(source, as_of)
    assert tuple(batch.columns) == column_names(source.spec)
    paths = _paths(store)
    for name in random.Random(day.toordinal()).sample(list(batch.index), 4):  # noqa: S311 (no secret)
        rows = source.lake.read_customer(name, EVENT_SCHEMA.names).to_pylist()
        expected = oracle.row([Event(**row) for row in rows], as_of, source.spec, paths, _facts(store, name))
        told = [expected[column] for column in batch.columns]
        np.testing.assert_allclose(batch.loc[name], told, rtol=1e-9, atol=1e-9, equal_nan=True)


def _paths(store: Store) -> oracle.Paths:
    with store.read() as connection:
        return {
            row.item_id: row.category_paths
            for row in connection.execute(select(Item.item_id, Item.category_paths))
        }


def _facts(store: Store, customer_id: str) -> list[AttributeFact]:
    query = select(Attribute.customer_id, Attribute.key, Attribute.value, Attribute.observed_at)
    with store.read() as connection:
        return [
            AttributeFact(*row)
            for row in connection.execute(query.where(Attribute.customer_id == customer_id))
        ]
