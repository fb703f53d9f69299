"""What a source brings is held against what it usually brings: each planted fault is found, and nothing else."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.clock import add_days
from features.contract import Event
from monitoring.data_quality import data_quality
from monitoring.finding import Finding
from monitoring.watched import open_watched
from tests.monitoring.conftest import EVERYBODY, World
from tests.serving.conftest import END, ZONE

HOUR = timedelta(hours=1)
BEGAN = add_days(END, -7, ZONE)


def alarms(world: World) -> dict[tuple[str, str], str | None]:
    watched = open_watched(world.settings, world.store, world.taxonomy)
    found, _ = data_quality(watched, BEGAN, END, {"purchases_84d__coffee": 1.0})
    return {(one.check, one.subject): one.alarm for one in found if one.alarm}


def line(number: int, **more: Any) -> Event:
    """A purchase like those of the shop, in the window."""
    at = BEGAN + number * HOUR / 4 + HOUR
    own: dict[str, Any] = {
        "received_at": at,
        "channel": "store",
        "source": "shop",
        "item_id": "b1",
        "order_id": f"q{number}",
        "amount": Decimal("2.00"),
    }
    return Event(f"q{number}", EVERYBODY[number % 90], at, type="purchase", **{**own, **more})


def test_an_ordinary_week_is_ordinary(world: World) -> None:
    assert alarms(world) == {}


@pytest.mark.parametrize(
    ("check", "subject", "make"),
    [
        ("missing_values", "shop/item", lambda n: line(n, item_id=None)),
        ("missing_values", "shop/amount", lambda n: line(n, amount=None)),
        ("missing_values", "shop/channel", lambda n: line(n, channel=None)),
        ("amounts", "shop", lambda n: line(n, amount=Decimal(300))),
        ("amounts", "shop", lambda n: line(n, amount=Decimal("0.03"))),
        ("new_categories", "shop", lambda n: line(n, channel="kiosk")),
        ("delay_hours", "shop", lambda n: line(n, received_at=BEGAN + n * HOUR / 4 + 60 * HOUR)),
        ("from_the_future", "shop", lambda n: line(n, received_at=BEGAN + n * HOUR / 4)),
    ],
)
def test_a_fault_of_a_source_is_found(
    world: World, check: str, subject: str, make: Callable[[int], Event]
) -> None:
    world.at(END).accept([make(number) for number in range(300)])
    assert (check, subject) in alarms(world)


def test_the_same_said_twice_under_other_ids_is_found(world: World) -> None:
    doubled = [
        Event(
            f"d{number}",
            "c1",
            BEGAN + (number // 2) * HOUR / 4,
            BEGAN + (number // 2) * HOUR / 4,
            "purchase",
            source="shop",
            channel="store",
            item_id="b1",
            order_id="d",
            amount=Decimal("1.00"),
        )
        for number in range(200)
    ]
    world.accept(doubled)
    assert alarms(world)["repeated", "shop"] == "critical"


def test_more_than_usual_and_silence_are_found(world: World) -> None:
    world.accept([line(number) for number in range(600)])
    assert ("volume", "shop") in alarms(world)
    watched = open_watched(world.settings, world.store, world.taxonomy)
    after = add_days(END, 7, ZONE)
    silent, counts = data_quality(watched, END, after, {})
    volume = next(one for one in silent if one.check == "volume")
    assert (volume.alarm, volume.value, counts["shop"]) == ("critical", -1.0, 0)


def test_a_category_without_items_that_models_go_by_is_found(world: World) -> None:
    watched = open_watched(world.settings, world.store, world.taxonomy)
    groups = [group.name for group in watched.source.spec.groups]
    assert "coffee" in groups
    watched.source.catalogue.item_groups[watched.source.catalogue.item_groups == groups.index("coffee")] = -1
    found, _ = data_quality(watched, BEGAN, END, {"purchases_84d__coffee": 0.2, "purchases_84d__tea": 0.1})
    lost: list[Finding] = [one for one in found if one.check == "lost_categories"]
    assert [(one.subject, one.alarm) for one in lost] == [("coffee", "critical")]
    unimportant, _ = data_quality(watched, BEGAN, END, {"purchases_84d__coffee": 0.0})
    assert [one.alarm for one in unimportant if one.check == "lost_categories"] == [None]
