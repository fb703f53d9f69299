"""New events and the profile: rules and triggers have done their work when the events are accepted."""

from tags.imports.importing import Importer, Job
from tags.imports.rows import Row
from tests.serving.tagging.shops import DAY, HOUR, NOW, ZONE, Shop, event, purchase


def test_rules_and_triggers_have_given_their_tags_when_the_event_is_accepted(shop: Shop) -> None:
    shop.send(first := purchase(NOW - HOUR, item_id="coffee"))
    assert shop.tags() == {"first_purchase", "coffee_buyer", "low"}
    carried = shop.profile()["first_purchase"]
    assert carried.evidence == {
        "event_id": first.event_id,
        "event_type": "purchase",
        "occurred_at": (NOW - HOUR).isoformat(),
    }
    assert (carried.source_version, carried.began_at, carried.as_of) == ("1", NOW, NOW - HOUR)
    assert carried.ends_at == NOW - HOUR + 14 * DAY
    assert shop.profile()["low"].evidence == {"spend_84d": 5}


def test_second_purchase_is_no_first_one_and_an_earlier_one_that_arrives_late_neither(shop: Shop) -> None:
    shop.send(event("visit", NOW - 3 * DAY), purchase(NOW - 2 * DAY))
    given = shop.profile()["first_purchase"].evidence
    shop.send(purchase(NOW - HOUR))
    shop.send(purchase(NOW - 9 * DAY))
    assert shop.profile()["first_purchase"].evidence == given


def test_same_event_sent_twice_triggers_once(shop: Shop) -> None:
    signed = event("sign_up", NOW - HOUR)
    shop.send(signed)
    before = shop.profile()
    shop.now += HOUR
    assert shop.send(signed, signed).duplicates == 2
    assert shop.profile() == before


def test_conditions_read_the_event_itself(shop: Shop) -> None:
    shop.send(event("click", NOW - HOUR, campaign_id="s1"), event("click", NOW - HOUR))
    assert shop.tags() == set()
    shop.send(event("click", NOW - HOUR, campaign_id="m7"))
    assert shop.tags() == {"answers_mail"}


def test_call_about_many_customers_is_each_ones_own(shop: Shop) -> None:
    shop.send(*(purchase(NOW - HOUR, 5 * n, f"c{n}") for n in range(1, 31)))
    assert {n for n in range(1, 31) if "high" in shop.tags(f"c{n}")} == set(range(20, 31))
    assert all("first_purchase" in shop.tags(f"c{n}") for n in range(1, 31))


def test_event_known_so_late_that_the_tag_would_be_over_gives_none(shop: Shop) -> None:
    shop.send(purchase(NOW - 15 * DAY))
    assert shop.tags() == {"low"}


def test_cart_begins_a_wait_and_a_purchase_calls_it_off(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    assert (shop.tags(), shop.waits()) == (set(), {"left_cart": NOW + 23 * HOUR})
    shop.send(purchase(NOW - HOUR / 2))
    assert shop.waits() == {}


def test_another_cart_begins_the_wait_anew_whichever_arrives_first(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - 2 * HOUR))
    shop.send(event("cart_add", NOW - HOUR), event("cart_add", NOW - 3 * HOUR))
    shop.send(event("cart_add", NOW - 5 * HOUR))
    assert shop.waits() == {"left_cart": NOW + 23 * HOUR}


def test_purchase_that_arrives_late_calls_off_a_cart_that_is_not_due_yet(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - 20 * HOUR))
    shop.now = NOW + 3 * HOUR
    shop.send(purchase(NOW - 19 * HOUR))
    assert shop.waits() == {}


def test_purchase_before_the_cart_calls_nothing_off(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - HOUR))
    shop.send(purchase(NOW - 2 * HOUR))
    assert set(shop.waits()) == {"left_cart"}


def test_cart_that_arrives_after_the_purchase_that_followed_it_begins_nothing(shop: Shop) -> None:
    shop.send(purchase(NOW - HOUR))
    shop.send(event("cart_add", NOW - 2 * HOUR))
    assert shop.waits() == {}


def test_cart_that_becomes_known_after_it_was_due_gives_the_tag_at_once_and_says_how_late(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - 26 * HOUR))
    assert (shop.tags(), shop.waits()) == ({"left_cart"}, {})
    assert shop.profile()["left_cart"].evidence["late_seconds"] == 7200


def test_purchase_ends_the_tag_of_a_cart_that_was_left(shop: Shop) -> None:
    shop.send(event("cart_add", NOW - 26 * HOUR))
    shop.send(purchase(NOW - 30 * HOUR))
    assert "left_cart" in shop.tags()
    shop.now += HOUR
    shop.send(purchase(NOW))
    assert "left_cart" not in shop.tags()
    assert "left_cart" in shop.profile(at=NOW)


def test_repurchase_is_due_by_the_customers_own_cycle(shop: Shop) -> None:
    shop.send(purchase(NOW - 9 * DAY), purchase(NOW - 5 * DAY))
    assert "repurchase_due" not in shop.waits()
    last = NOW - DAY
    shop.send(purchase(last, order_id="o1"), purchase(last, order_id="o1"))
    assert shop.waits() == {"repurchase_due": last + 4 * DAY}
    shop.now += HOUR
    shop.send(purchase(NOW))
    assert shop.waits()["repurchase_due"] == NOW + 3 * DAY


def test_move_to_a_higher_tier_gives_its_tag_and_what_rests_on_it_in_the_same_call(shop: Shop) -> None:
    shop.send(purchase(NOW - HOUR, 60))
    assert shop.tags() == {"first_purchase", "low"}
    shop.send(purchase(NOW - HOUR, 60))
    assert shop.tags() == {"first_purchase", "high", "spends_more", "thank"}
    evidence = shop.profile()["spends_more"].evidence
    assert (evidence["from"], evidence["to"]) == ("low", "high")
    shop.now += 90 * DAY
    shop.send(purchase(shop.now - HOUR, 5))
    assert shop.tags() >= {"low", "spends_less"}


def test_move_between_tiers_right_after_a_definition_changed_is_not_news(shop: Shop) -> None:
    shop.send(purchase(NOW - HOUR, 60))
    shop.define({"high": {"rule": {"when": "spend_84d >= 50"}, "group": "spend"}})
    shop.now += HOUR
    shop.send(event("visit", NOW))
    assert "high" in shop.tags()
    assert "spends_more" not in shop.tags()


def test_tag_that_another_process_retired_a_moment_ago_is_not_given(shop: Shop) -> None:
    shop.retire("first_purchase")
    shop.send(purchase(NOW - HOUR))
    assert shop.tags() == {"low"}


def test_imported_tag_that_was_held_is_there_before_rules_are_asked(shop: Shop) -> None:
    shop.define({"vip": {"method": "import"}, "greet": {"rule": {"when": "tag.vip"}}})
    job = Job("i1", "vips.csv", "0" * 64, made_by="lin", made_at=NOW)
    importer = Importer(shop.store, shop.current.refresh().taxonomy, job, ZONE)
    with shop.store.write() as connection:
        importer.run_at_once(connection, [Row(1, "ann", "vip")], lambda _: None, now=NOW)
    assert shop.tags() == set()
    shop.send(event("visit", NOW - HOUR))
    assert shop.tags() == {"vip", "greet"}
