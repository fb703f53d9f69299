"""A list is made once a day and release, whoever asks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from serving.win_back import making
from serving.win_back.making import current, make
from serving.win_back.scoring import score_active


@pytest.fixture
def noon(world: Any) -> datetime:
    now: datetime = world.settings.make_clock().now()
    return now.astimezone(world.settings.zone).replace(hour=12) + timedelta(days=1)


def made(world: Any, now: datetime) -> str:
    return make(world.settings, world.store, world.snapshot, now).list_id


def test_the_list_of_today_is_used_again(world: Any, noon: datetime) -> None:
    first = made(world, noon)
    assert made(world, noon + timedelta(hours=11)) == first


def test_the_next_local_day_gets_a_list_of_its_own(world: Any, noon: datetime) -> None:
    first = made(world, noon)
    assert made(world, noon + timedelta(hours=13)) != first


def test_other_models_get_a_list_of_their_own(world: Any, noon: datetime) -> None:
    first = made(world, noon)
    world.snapshot = replace(world.snapshot, release=replace(world.snapshot.release, release_id="new"))
    assert current(world.settings, world.store, world.snapshot, noon) is None
    assert made(world, noon) != first


def test_two_at_once_make_one(world: Any, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    scored, count = score_active, []

    def counting(*arguments: Any) -> Any:
        count.append(1)
        return scored(*arguments)

    monkeypatch.setattr(making, "score_active", counting)
    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(lambda _: made(world, noon), range(4)))
    assert (len(found), len(count)) == (1, 1)
