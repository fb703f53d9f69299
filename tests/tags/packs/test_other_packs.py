"""What the e-commerce and automotive packs say of customers whose habits are plain to see."""

from collections.abc import Sequence

import pytest

from features.contract import Event
from tests.tags.packs.shops import Crowd, event, fitted, weekly


@pytest.fixture(scope="module")
def shoppers() -> Crowd:
    own: dict[str, Sequence[Event]] = {
        "app fan": weekly(2, channel="app"),
        "web fan": weekly(2, channel="Website"),
        "everywhere": [event(place + 1, channel=["app", "tmall", "store"][place % 3]) for place in range(30)],
        "evening": [event(7 * week + 0.75) for week in range(10)],  # 18:00
        "any time": [event(4 * place + place % 4 / 4) for place in range(20)],
        "couponer": [*weekly(2), *(event(14 * place + 3, "coupon_redeem") for place in range(6))],
        "sometimes": [*weekly(2), event(3, "coupon_redeem")],
        "window shopper": [event(place + 0.5, "view") for place in range(6)],
        "wishes": [event(4, "favourite")],
        "returner": [*weekly(2, since=60), *(event(place + 1, "refund", amount=None) for place in range(4))],
        "critic": [event(place + 1, "rating", amount=None, rating=4.0) for place in range(3)],
    }
    return Crowd(own).told_by(fitted("e-commerce"))


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ("app fan", {"platform_app", "coupon_never", "order_time_band"}),
        ("web fan", {"platform_web", "coupon_never", "order_time_band"}),
        ("everywhere", {"coupon_never", "order_time_band"}),
        ("any time", {"coupon_never"}),
        ("couponer", {"coupon_mostly", "order_time_band"}),
        ("sometimes", {"coupon_sometimes", "order_time_band"}),
        ("window shopper", {"browses_without_buying"}),
        ("wishes", {"wish_list"}),
        ("returner", {"coupon_never", "order_time_band", "returns_often"}),
        ("critic", {"writes_reviews"}),
    ],
)
def test_online_habit_gives_exactly_its_tags(shoppers: Crowd, customer: str, expected: set[str]) -> None:
    assert shoppers.tags[customer] == expected


def test_order_time_band_says_which(shoppers: Crowd) -> None:
    assert shoppers.values["evening", "order_time_band"] == "evening"
    assert shoppers.values["app fan", "order_time_band"] == "midday"


@pytest.fixture(scope="module")
def drivers() -> Crowd:
    own: dict[str, Sequence[Event]] = {
        "looker": [event(3, "view", item_id="tea 1"), event(9, "view", item_id="tea 1")],
        "glance": [event(3, "view", item_id="tea 1")],
        "drove": [event(10, "试驾")],
        "drove and bought": [event(10, "试驾"), event(5, amount=200_000)],
        "new owner": [event(100, amount=200_000)],
        "owner": [event(400, amount=200_000)],
        "looked after": [event(400, amount=200_000), event(60, "service")],
        "replaces": [event(1200, amount=150_000), event(3, "view"), event(4, "view"), event(30, "service")],
    }
    return Crowd(own).told_by(fitted("automotive"))


@pytest.mark.parametrize(
    ("customer", "expected"),
    [
        ("looker", {"wants_tea"}),
        ("drove", {"test_drive_undecided"}),
        ("drove and bought", {"car_owner"}),
        ("new owner", {"car_owner"}),
        ("owner", {"car_owner", "service_due"}),
        ("looked after", {"car_owner"}),
        ("replaces", {"car_owner", "may_replace_car"}),
    ],
)
def test_driver_gets_exactly_the_tags_of_where_they_are(
    drivers: Crowd, customer: str, expected: set[str]
) -> None:
    assert drivers.tags[customer] == expected


def test_one_glance_is_no_interest(drivers: Crowd) -> None:
    assert "glance" not in drivers.tags
