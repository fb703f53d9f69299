"""The period: what is known decides where the data ends, not the clock and not a stray event."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import NotReadyError
from core.settings import Settings
from core.storage import Store, open_store
from features.contract import Event
from features.flush import flush
from features.intake import accept
from features.lake import Lake
from features.period import Period, known_period
from features.source import open_source

FIRST = datetime(2003, 1, 6, 20, tzinfo=UTC)  # 7 January in Shanghai
NOW = datetime(2024, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, timezone="Asia/Shanghai", lake_buckets=2)


def period(settings: Settings, events: list[Event], until: datetime = NOW) -> Period:
    store: Store = open_store(settings)
    accept(store, events, now=NOW)
    flush(store, Lake(settings.lake_path, buckets=2))
    found = known_period(open_source(settings, store), settings, until)
    store.close()
    return found


def event(number: int, at: datetime, kind: str = "purchase", received: datetime | None = None) -> Event:
    return Event(f"e{number}", f"c{number % 7}", at, received or at, kind)


def daily(days: int) -> list[Event]:
    return [event(number, FIRST + number * DAY) for number in range(days)]


def local(settings: Settings, *day: int) -> datetime:
    return datetime(*day, tzinfo=settings.zone)  # type: ignore[misc, arg-type]


def test_data_that_ended_long_before_the_clock_ends_with_its_last_local_day(settings: Settings) -> None:
    assert period(settings, daily(99)) == Period(FIRST, local(settings, 2003, 4, 16))


def test_data_that_goes_on_ends_at_the_instant_asked_for(settings: Settings) -> None:
    until = local(settings, 2003, 3, 1)
    assert period(settings, daily(100), until).ends == until


def test_visit_after_the_last_purchase_tells_that_nobody_bought(settings: Settings) -> None:
    visit = event(1000, FIRST + 120 * DAY, "visit")
    assert period(settings, [*daily(100), visit]).ends == local(settings, 2003, 5, 8)


def test_one_event_years_later_is_a_stray(settings: Settings) -> None:
    stray = event(1000, datetime(2023, 5, 5, tzinfo=UTC))
    assert period(settings, [*daily(150), stray]).ends == period(settings, daily(150)).ends


def test_shop_that_opened_again_after_a_long_pause_goes_on(settings: Settings) -> None:
    again = [event(1000 + number, FIRST + (400 + number) * DAY) for number in range(5)]
    assert period(settings, [*daily(150), *again]).ends == local(settings, 2004, 2, 16)


def test_old_events_that_arrive_now_are_known_from_now_on(settings: Settings) -> None:
    received = NOW - 5 * DAY
    late = [event(n, FIRST + n * DAY, received=received) for n in range(50)]
    assert period(settings, late) == Period(FIRST, local(settings, 2024, 2, 26))


def test_shop_without_a_purchase_begins_with_its_first_event(settings: Settings) -> None:
    found = period(settings, [event(n, FIRST + n * DAY, "visit") for n in range(9)])
    assert found == Period(FIRST, local(settings, 2003, 1, 16))


def test_time_before_the_first_event_says_to_load_data(settings: Settings) -> None:
    with pytest.raises(NotReadyError, match="Nothing was known yet on 2003-01-05"):
        period(settings, daily(3), until=local(settings, 2003, 1, 5))
