"""A replay's home knows what was known until its first day, and nothing later."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import func, select

from core.clock import to_us
from core.errors import ConflictError, InvalidInputError, NotReadyError
from core.settings import Settings
from core.storage import Store
from features.contract import LIVE_SOURCE
from features.lake import Lake
from features.tables import Customer, History, Item
from tagloop.replaying.asked import Asked, checked
from tagloop.replaying.held_back import SENT, HeldBack, takes_part
from tagloop.replaying.home import make_home, replay_settings, write_config
from tagloop.replaying.preparing import Original, original
from tests.conftest import Shop

BEGAN = datetime.fromisoformat("2024-01-20T00:00:00+08:00")
ENDS = datetime.fromisoformat("2024-03-01T00:00:00+08:00")


@pytest.fixture(scope="module")
def old(loaded_shop: Shop) -> Iterator[Original]:
    with original(loaded_shop.settings()) as home:
        yield home


@pytest.fixture
def new(old: Original, tmp_path: Path) -> Iterator[tuple[Settings, Store, HeldBack]]:
    settings = replay_settings(old.settings, tmp_path / "replay")
    held_back = HeldBack(old.lake, old.lake.version())
    store = make_home(settings, old.store, held_back, BEGAN)
    yield settings, store, held_back
    store.close()


def events_of(lake: Lake) -> pa.Table:
    parts = [lake.read_bucket(bucket, SENT) for bucket in range(lake.buckets)]
    return pa.concat_tables(parts).unify_dictionaries()


def ids_of(events: pa.Table) -> list[str]:
    return sorted(map(str, events.column("event_id").to_pylist()))


def test_every_event_is_either_in_the_new_home_or_held_back(
    old: Original, new: tuple[Settings, Store, HeldBack]
) -> None:
    settings, _, held_back = new
    known = events_of(Lake(settings.lake_path))
    days = (ENDS - BEGAN).days
    later = [
        held_back.known_within(BEGAN + timedelta(days=day), BEGAN + timedelta(days=day + 1))
        for day in range(days)
    ]
    assert np.asarray(known.column("occurred_at").cast(pa.int64())).max() < to_us(BEGAN)
    assert all(len(day) for day in later)
    assert sorted([*ids_of(known), *(name for day in later for name in ids_of(day))]) == ids_of(
        events_of(old.lake)
    )


def test_held_back_events_come_in_the_order_in_which_they_became_known(
    new: tuple[Settings, Store, HeldBack],
) -> None:
    events = new[2].known_within(BEGAN, BEGAN + timedelta(days=7))
    known = np.maximum(
        *(np.asarray(events.column(name).cast(pa.int64())) for name in ("occurred_at", "received_at"))
    )
    assert (np.diff(known) >= 0).all()
    assert known.min() >= to_us(BEGAN)


def test_histories_customers_and_catalogue_are_those_of_the_day(
    old: Original, new: tuple[Settings, Store, HeldBack]
) -> None:
    settings, store, _ = new
    events = events_of(Lake(settings.lake_path))
    names = {str(name) for name in events.column("customer_id").to_pylist()}
    with store.read() as connection, old.store.read() as other:
        assert set(connection.scalars(select(Customer.customer_id))) == names
        assert connection.scalar(select(func.sum(History.n_events))) == len(events)
        count = select(func.count()).select_from(Item)
        assert connection.scalar(count) == other.scalar(count)


def test_events_of_before_have_the_source_of_those_that_are_sent(
    new: tuple[Settings, Store, HeldBack],
) -> None:
    lake = Lake(new[0].lake_path)
    sources = [lake.read_bucket(bucket, ["source"]).column("source") for bucket in range(lake.buckets)]
    assert {str(name) for column in sources for name in column.to_pylist()} == {LIVE_SOURCE}


def test_clock_of_the_new_home_begins_with_the_replay(new: tuple[Settings, Store, HeldBack]) -> None:
    assert Settings(home=new[0].home).make_clock().now() == BEGAN


def test_when_the_replay_has_ended_its_clock_runs_on(new: tuple[Settings, Store, HeldBack]) -> None:
    write_config(new[0], goes_on_from=ENDS)
    settings = Settings(home=new[0].home)
    assert ENDS <= settings.make_clock().now() < ENDS + timedelta(minutes=1)
    assert (settings.timezone, settings.lake_buckets) == ("Asia/Shanghai", 3)
    assert settings.follow_seconds > 0


def test_share_of_the_customers_is_the_same_before_and_after(old: Original, tmp_path: Path) -> None:
    settings = replay_settings(old.settings, tmp_path / "replay")
    held_back = HeldBack(old.lake, old.lake.version(), share=0.3)
    make_home(settings, old.store, held_back, BEGAN).close()
    before = {str(name) for name in events_of(Lake(settings.lake_path)).column("customer_id").to_pylist()}
    after = {str(name) for name in held_back.known_within(BEGAN, ENDS).column("customer_id").to_pylist()}
    everybody = {str(name) for name in events_of(old.lake).column("customer_id").to_pylist()}
    assert before | after == {name for name in everybody if takes_part(name, 0.3)}
    assert 0.2 < len(before | after) / len(everybody) < 0.4


def test_folder_that_is_not_empty_is_left_alone(old: Original, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    settings = replay_settings(old.settings, tmp_path)
    with pytest.raises(ConflictError, match="is not empty"):
        make_home(settings, old.store, HeldBack(old.lake, old.lake.version()), BEGAN)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_day_before_the_data_is_refused(old: Original, tmp_path: Path) -> None:
    settings = replay_settings(old.settings, tmp_path / "replay")
    with pytest.raises(NotReadyError, match="nothing was known yet on 2022-01-01"):
        make_home(
            settings,
            old.store,
            HeldBack(old.lake, old.lake.version()),
            datetime.fromisoformat("2022-01-01T00:00:00+08:00"),
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ends": BEGAN}, "--from, --until: expected a first day before the last"),
        ({"began": ENDS, "ends": ENDS + timedelta(days=3)}, "the data of this home ends on 2024-02-29"),
        ({"broken": "fire"}, "--break: expected one of unit, missing, got 'fire'"),
        ({"broken": "unit", "breaks_at": ENDS}, "--break-at: expected a day from 2024-01-20"),
    ],
)
def test_wrong_option_is_named(old: Original, change: dict[str, object], said: str) -> None:
    asked = Asked(**{"began": BEGAN, "ends": ENDS, "zone": old.settings.zone, **change})  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=said):
        checked(asked, old.data_ends())


def test_break_begins_half_way_unless_told_otherwise(old: Original) -> None:
    asked = checked(Asked(BEGAN, ENDS, old.settings.zone, broken="unit"), old.data_ends())
    assert asked.breaks_at == datetime.fromisoformat("2024-02-09T00:00:00+08:00")
    assert [asked.is_broken(asked.day(day)) for day in (0, 19, 20, 40)] == [False, False, True, True]


def test_databases_of_the_old_home_stay_as_they_were(
    loaded_shop: Shop, copy_of: Callable[[Shop], Shop], tmp_path: Path
) -> None:
    shop = copy_of(loaded_shop)
    before = {file: file.read_bytes() for file in shop.home.rglob("*") if file.is_file()}
    with original(shop.settings()) as home:
        settings = replay_settings(home.settings, tmp_path / "replay")
        make_home(settings, home.store, HeldBack(home.lake, home.lake.version()), BEGAN).close()
    assert {file: file.read_bytes() for file in shop.home.rglob("*") if file.is_file()} == before
