"""What feature rows are built from, opened once and then fixed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from core.clock import midnight
from core.errors import InvalidInputError, NotReadyError
from core.settings import Settings
from core.storage import Store
from features.build import build
from features.catalogue import CategoryGroup
from features.contract import Event, Role
from features.flush import flush
from features.intake import accept
from features.lake import Lake
from features.outcomes import Target
from features.source import data_begins_at, open_source
from features.spec import ATTENTION_ROLES
from tests.conftest import Shop

DAY = timedelta(days=1)
COFFEE = CategoryGroup("coffee", ("咖啡豆", "速溶咖啡"))


def test_home_without_a_lake_says_how_to_load(home: Settings, store: Store) -> None:
    with pytest.raises(NotReadyError, match="load data first with `tagloop ingest MAPPING`"):
        open_source(home, store)


def test_lake_without_events_says_so_too(home: Settings, store: Store, lake: Lake) -> None:
    assert lake.version() == 0
    with pytest.raises(NotReadyError, match="no events yet"):
        open_source(home, store)


def test_spec_tells_what_the_shop_is_like(loaded_shop: Shop, open_shop: Callable[[Shop], Store]) -> None:
    settings = loaded_shop.settings()
    source = open_source(settings, open_shop(loaded_shop), [COFFEE])
    names = [group.name for group in source.spec.groups]
    assert names[0] == "coffee"
    assert len(names) == 1 + settings.catalogue_groups
    assert source.spec.channels == ("小程序", "门店")
    assert [(a.key, a.kind, a.name_zh) for a in source.spec.attributes] == [
        ("age", "ordinal", "年龄段"),
        ("city", "nominal", "城市"),
    ]
    assert source.spec.timezone == "Asia/Shanghai"


def test_first_purchase_and_not_the_first_event_is_where_data_begins(home: Settings, store: Store) -> None:
    visit, purchase = datetime(2023, 1, 5, tzinfo=UTC), datetime(2023, 2, 7, tzinfo=UTC)
    accept(store, [_event("v", visit, "visit"), _event("p", purchase, "purchase")], now=purchase)
    flush(store, Lake(home.lake_path, buckets=2))
    assert data_begins_at(open_source(home, store), purchase + DAY) == purchase


def test_without_purchases_data_begins_with_what_the_targets_count_else_with_any_event(
    home: Settings, store: Store
) -> None:
    seen, rated = datetime(2023, 1, 5, tzinfo=UTC), datetime(2023, 2, 7, tzinfo=UTC)
    accept(store, [_event("v", seen, "campaign_exposure"), _event("r", rated, "rating")], now=rated)
    flush(store, Lake(home.lake_path, buckets=2))
    loves = Target("loves", ("opinion",), at_least=4, in_group=False)
    assert data_begins_at(open_source(home, store, targets=[loves]), rated + DAY) == rated
    assert data_begins_at(open_source(home, store), rated + DAY) == seen


def test_data_begins_nowhere_when_nothing_was_known_by_then(home: Settings, store: Store) -> None:
    at = datetime(2023, 1, 5, tzinfo=UTC)
    accept(store, [_event("v", at, "visit")], now=at)
    flush(store, Lake(home.lake_path, buckets=2))
    with pytest.raises(NotReadyError, match="no events yet"):
        data_begins_at(open_source(home, store), at)


def test_views_and_ratings_get_columns_only_where_they_name_items(home: Settings, store: Store) -> None:
    at = datetime(2023, 1, 5, tzinfo=UTC)
    events = [replace(_event("v", at, "view"), item_id=None), _event("r", at, "rating")]
    accept(store, events, now=at)
    flush(store, Lake(home.lake_path, buckets=2))
    assert open_source(home, store).spec.attention == (Role.OPINION,)
    accept(store, [_event("w", at, "view"), _event("p", at, "purchase")], now=at)
    flush(store, Lake(home.lake_path))
    assert open_source(home, store).spec.attention == (Role.INTEREST, Role.OPINION)
    accept(store, [replace(_event("q", at, "purchase"), rating=4.0)], now=at)
    flush(store, Lake(home.lake_path))
    assert open_source(home, store).spec.attention == ATTENTION_ROLES


def test_target_of_a_type_that_the_shop_has_not_is_refused(home: Settings, store: Store) -> None:
    at = datetime(2023, 1, 5, tzinfo=UTC)
    accept(store, [_event("v", at, "visit")], now=at)
    flush(store, Lake(home.lake_path, buckets=2))
    with pytest.raises(InvalidInputError, match=r"'vist'.*did you mean visit"):
        open_source(home, store, targets=[Target("comes", ("vist",), in_group=False)])


def test_catalogue_group_of_a_tags_name_is_left_out(
    loaded_shop: Shop, open_shop: Callable[[Shop], Store]
) -> None:
    tag = CategoryGroup("category_蔬菜", ("蔬菜", "面包"))
    settings = loaded_shop.settings()
    groups = open_source(settings, open_shop(loaded_shop), [tag]).spec.groups
    assert [group for group in groups if group.name == tag.name] == [tag]


def test_one_purchase_dated_back_by_years_does_not_move_the_beginning(home: Settings, store: Store) -> None:
    first = datetime(2023, 2, 7, tzinfo=UTC)
    events = [_event(f"p{n}", first + n * DAY, "purchase") for n in range(150)]
    old = _event("old", datetime(1900, 1, 1, tzinfo=UTC), "purchase")
    accept(store, [old, *events], now=first + 200 * DAY)
    flush(store, Lake(home.lake_path, buckets=2))
    assert data_begins_at(open_source(home, store), first + 200 * DAY) == first


def test_what_came_later_does_not_move_the_beginning(home: Settings, store: Store) -> None:
    early, late = datetime(2023, 2, 7, tzinfo=UTC), datetime(2023, 9, 1, tzinfo=UTC)
    accept(
        store,
        [_event("early", early, "purchase", received=late), _event("p", early + DAY, "purchase")],
        now=late,
    )
    flush(store, Lake(home.lake_path, buckets=2))
    assert data_begins_at(open_source(home, store), late) == early + DAY


def test_source_keeps_its_lake_version_when_events_come(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(loaded_shop)
    store, settings = open_shop(shop), shop.settings()
    as_of = midnight(datetime(2024, 3, 1).date(), settings.zone)  # noqa: DTZ001 (a date)
    before = open_source(settings, store, [COFFEE])
    frame = build(before, as_of)
    late = as_of - timedelta(hours=1)
    accept(store, [_event("late", late, "purchase", customer=str(frame.index[0]))], now=as_of)
    flush(store, Lake(settings.lake_path))
    pd.testing.assert_frame_equal(build(before, as_of), frame, check_exact=True)
    after = open_source(settings, store, [COFFEE])
    assert after.lake_version == before.lake_version + 1
    assert build(after, as_of)["purchases_7d"].sum() == frame["purchases_7d"].sum() + 1


def test_earlier_spec_and_version_repeat_an_earlier_frame(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop], open_shop: Callable[[Shop], Store]
) -> None:
    shop = copy_of(loaded_shop)
    store, settings = open_shop(shop), shop.settings()
    as_of = midnight(datetime(2024, 3, 1).date(), settings.zone)  # noqa: DTZ001 (a date)
    before = open_source(settings, store, [COFFEE])
    frame = build(before, as_of)
    new = _event("new", as_of - timedelta(hours=1), "purchase", customer="m000", channel="web")
    accept(store, [new], now=as_of)
    flush(store, Lake(settings.lake_path))
    assert open_source(settings, store, [COFFEE]).spec.channels != before.spec.channels
    again = open_source(settings, store, spec=before.spec, lake_version=before.lake_version)
    pd.testing.assert_frame_equal(build(again, as_of), frame, check_exact=True)


def _event(
    event_id: str,
    at: datetime,
    type_: str,
    *,
    customer: str = "ann",
    channel: str | None = None,
    received: datetime | None = None,
) -> Event:
    return Event(
        event_id,
        customer,
        at,
        received or at,
        type_,
        channel=channel,
        order_id=event_id,
        item_id="蔬菜1",
        amount=Decimal(3),
    )
