"""What the clock alone does: waits that are over, days that are near, tags that lapse, moves that no event brought."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import insert

from core.clock import FixedClock
from core.storage.upsert import upsert
from features import counters
from features.stored_histories import fold
from features.tables import Attribute
from tags.current import Current
from tags.profile.book import put
from tags.profile.claims import Claim, Source
from tags.profile.reading import computed
from tags.profile.tables import Computed
from tags.triggers.days import FACTS, Unread
from tags.triggers.timing import TIMERS, Ticked, tick
from tests.serving.tagging.shops import DAY, HOUR, NOW, Shop, event, purchase

MICROSECOND = timedelta(microseconds=1)


def test_tag_is_on_the_profile_once_its_wait_is_over_and_not_before(shop: Shop) -> None:
    shop.send(cart := event("cart_add", NOW - HOUR))
    assert shop.tick(23 * HOUR - MICROSECOND).given == 0
    assert shop.tags() == set()
    assert shop.tick(MICROSECOND).given == 1
    carried = shop.profile()["left_cart"]
    assert carried.began_at == NOW + 23 * HOUR
    assert carried.evidence == {
        "event_id": cart.event_id,
        "event_type": "cart_add",
        "occurred_at": (NOW - HOUR).isoformat(),
        "due_at": (NOW + 23 * HOUR).isoformat(),
    }
    assert shop.waits() == {}


def test_nothing_due_writes_nothing(shop: Shop) -> None:
    shop.tick()
    with shop.store.read() as connection:
        before = computed(connection)
    assert shop.tick(timedelta(seconds=30)) == Ticked()
    with shop.store.read() as connection:
        assert computed(connection) == before


def test_server_that_was_down_gives_the_tag_late_once_and_says_so(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    assert shop.tick(3 * DAY).given == 1
    carried = shop.profile()["left_cart"]
    assert carried.evidence["late_seconds"] == (3 * DAY - 23 * HOUR).total_seconds()
    assert carried.ends_at is not None
    assert carried.ends_at - (NOW + 23 * HOUR) == 30 * DAY
    assert shop.tick(HOUR).given == 0


def test_wait_that_was_over_longer_ago_than_its_tag_lasts_gives_nothing(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    assert shop.tick(40 * DAY) == Ticked()
    assert (shop.tags(), shop.waits()) == (set(), {})


def test_purchase_that_a_file_brought_calls_the_wait_off_when_it_is_over(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    fold(shop.store, {"ann": [purchase(NOW)]})
    assert shop.tick(DAY) == Ticked(called_off=1)
    assert (shop.tags(), shop.waits()) == (set(), {})


def test_wait_for_a_tag_that_was_retired_gives_nothing(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    shop.retire("left_cart")
    assert shop.tick(DAY).given == 0
    assert (shop.tags(), shop.waits()) == (set(), {})


def test_tag_says_the_version_of_the_definition_under_which_its_wait_began(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    wait = {"events": ["cart_add"], "after": "48h", "unless": ["purchase"]}
    shop.define({"left_cart": {"trigger": wait}})
    shop.tick(DAY)
    assert shop.profile()["left_cart"].tag_version == 1


def test_rules_that_look_at_a_tag_are_asked_when_it_comes_and_when_it_goes(shop: Shop) -> None:
    shop.define({"remind": {"rule": {"when": "tag.left_cart"}}})
    shop.send(event("cart_add", NOW - HOUR))
    shop.tick(DAY)
    assert shop.tags() == {"left_cart", "remind"}
    assert shop.tick(40 * DAY).ended == 1
    assert shop.tags() == set()


def test_many_waits_are_all_given_however_many_a_transaction_takes(shop: Shop) -> None:
    names = [f"c{number}" for number in range(450)]
    shop.send(*(event("cart_add", NOW - HOUR, name) for name in names))
    assert shop.tick(DAY).given == 450
    assert all(shop.tags(name) == {"left_cart"} for name in names[::50])


def test_two_servers_that_look_at_once_give_a_tag_once(shop: Shop) -> None:
    names = [f"c{number}" for number in range(300)]
    shop.send(*(event("cart_add", NOW - HOUR, name) for name in names))
    later, both, done = FixedClock(NOW + DAY), Barrier(2), list[Ticked]()

    def look() -> None:
        current = Current(shop.settings, shop.store)
        current.refresh()
        both.wait(30)
        done.append(tick(shop.store, current, later))

    servers = [Thread(target=look) for _ in range(2)]
    for server in servers:
        server.start()
    for server in servers:
        server.join(60)
    assert sum(one.given for one in done) == 300


def test_stamp_says_through_when_the_clock_was_followed_at_most_once_a_minute_unless_something_happened(
    shop: Shop,
) -> None:
    def through() -> datetime:
        with shop.store.read() as connection:
            return computed(connection)[TIMERS].through

    shop.tick()
    assert through() == NOW
    shop.tick(timedelta(seconds=59))
    assert through() == NOW
    shop.tick(timedelta(seconds=1))
    assert through() == NOW + timedelta(seconds=60)
    shop.send(event("cart_add", shop.now - 24 * HOUR + timedelta(seconds=2)))
    shop.tick(timedelta(seconds=2))
    assert through() == NOW + timedelta(seconds=62)


BIRTHDAY = {"birthday_soon": {"trigger": {"date": "birthday", "before_days": 3}}}


def tell(shop: Shop, customer_id: str, birthday: str, observed_at: datetime | None = None) -> None:
    """Load a customer's birthday, as a file of customers does."""
    fact = {"customer_id": customer_id, "key": "birthday", "value": birthday, "observed_at": observed_at}
    with shop.store.write() as connection:
        number = counters.advance(connection, FACTS)
        connection.execute(insert(Attribute), [{"fact_id": f"f{number}", **fact}])


def test_birthday_is_near_from_so_many_days_before_until_its_end(shop: Shop) -> None:
    shop.define(BIRTHDAY)
    tell(shop, "ann", "1985-11-12")  # now it is noon of 8 November in the shop
    assert shop.tick().days == 0
    assert shop.tick(12 * HOUR - MICROSECOND).days == 0
    assert shop.tick(MICROSECOND).days == 1
    carried = shop.profile()["birthday_soon"]
    assert carried.evidence == {"attribute": "birthday", "value": "1985-11-12", "day": "2017-11-12"}
    assert carried.ends_at == NOW + 12 * HOUR + 4 * DAY
    assert shop.tick(DAY).days == 0
    assert "birthday_soon" in shop.profile(at=carried.ends_at - MICROSECOND)
    shop.tick(3 * DAY)
    assert shop.tags() == set()


def test_birthday_that_becomes_known_or_is_corrected_counts_at_once(shop: Shop) -> None:
    shop.define(BIRTHDAY)
    shop.tick()
    tell(shop, "ann", "11-09")
    assert shop.tick(timedelta(minutes=1)).days == 1
    tell(shop, "ann", "03-09", NOW - DAY)
    shop.tick(timedelta(minutes=1))
    assert shop.tags() == set()


def test_birthdays_that_cannot_be_read_are_told(shop: Shop) -> None:
    shop.define(BIRTHDAY)
    tell(shop, "ann", "spring")
    assert shop.tick().unread == (Unread("birthday_soon", "birthday", 1, ("spring",)),)


def tier(customer_id: str, tag: str, at: datetime) -> Claim:
    return Claim(None, customer_id, tag, 1, Source.RULE, "1", carries=True, as_of=at)


def change_tier(shop: Shop, before: str, after: str) -> None:
    """What the turn of the day does to a customer whose spend has left the window."""
    taxonomy = shop.current.refresh().taxonomy
    with shop.store.write() as connection:
        ended = [("ann", before, Source.RULE)]
        put(connection, [tier("ann", after, shop.now)], ended=ended, taxonomy=taxonomy, now=shop.now)


def test_move_that_no_event_brought_gives_its_tag_once(shop: Shop) -> None:
    shop.send(purchase(NOW - HOUR, 120))
    shop.tick()  # notes from where on changes are moves
    shop.now += 90 * DAY
    change_tier(shop, "high", "low")
    assert shop.tick().moves == 1
    assert "spends_less" in shop.tags()
    assert shop.tick(HOUR).moves == 0


def test_moves_that_a_new_definition_brought_are_passed_over(shop: Shop) -> None:
    shop.send(purchase(NOW - HOUR, 60))
    shop.tick()
    shop.define({"high": {"rule": {"when": "spend_84d >= 50"}, "group": "spend"}})
    shop.now += HOUR
    change_tier(shop, "low", "high")
    assert shop.tick().moves == 0
    shop.look_at_everybody()
    assert shop.tick().moves == 0
    assert "spends_more" not in shop.tags()
    shop.now += HOUR
    change_tier(shop, "high", "low")
    assert shop.tick().moves == 1


@pytest.mark.parametrize("part", ["rules"])
def test_before_anybody_was_looked_at_nobody_has_moved(shop: Shop, part: str) -> None:
    row: dict[str, Any] = {"part": part, "through": NOW, "version": "another/r0", "computed_at": NOW}
    with shop.store.write() as connection:
        upsert(connection, Computed, [row])
    shop.send(purchase(NOW - HOUR, 60))
    shop.send(purchase(NOW - HOUR, 60))
    assert shop.tick().moves == 0
    assert "spends_more" not in shop.tags()
