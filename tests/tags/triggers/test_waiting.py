"""Which waits go on: what calls one off, at which instant, and which of several counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Event
from features.records import to_histories
from tags.triggers.waiting import Kinds, Wait, going_on, newest

BEGAN = datetime(2017, 11, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CART = Kinds(begin=frozenset({"cart_add"}), unless=frozenset({"purchase"}))
REPURCHASE = Kinds(begin=frozenset({"purchase"}), unless=frozenset({"purchase"}))
KINDS = {"left_cart": CART, "repurchase_due": REPURCHASE}
WAIT = Wait("ann", "left_cart", 1, "c1", BEGAN, BEGAN + 24 * HOUR, {})


def event(type_: str, at: datetime, customer_id: str = "ann") -> Event:
    return Event(f"{customer_id} {type_} {at.isoformat()}", customer_id, at, at, type_)


def goes_on(events: Sequence[Event], wait: Wait = WAIT) -> bool:
    names = dict.fromkeys(["bo", *(one.customer_id for one in events)])
    histories = to_histories({name: [one for one in events if one.customer_id == name] for name in names})
    return going_on([wait], KINDS, histories) == [wait]


@pytest.mark.parametrize(
    ("type_", "after", "expected"),
    [
        ("purchase", -HOUR, True),
        ("purchase", HOUR, False),
        (
            "purchase",
            0 * HOUR,
            False,
        ),  # clocks of shops tell seconds: what is bought in the same one was bought
        ("purchase", 30 * HOUR, False),  # the tag was not given yet, and would say what is no longer so
        ("view", HOUR, True),
        ("cart_add", HOUR, True),
    ],
)
def test_wait_is_called_off_by_what_comes_at_its_beginning_or_later(
    type_: str, after: timedelta, *, expected: bool
) -> None:
    assert goes_on([event(type_, BEGAN + after)]) is expected


def test_another_customers_purchase_calls_nothing_off() -> None:
    assert goes_on([event("cart_add", BEGAN), event("purchase", BEGAN + HOUR, "bo")])


def test_lines_of_one_order_do_not_call_each_other_off() -> None:
    wait = replace(WAIT, tag="repurchase_due")
    lines = [event("purchase", BEGAN), replace(event("purchase", BEGAN), event_id="line 2")]
    assert goes_on(lines, wait)
    assert not goes_on([*lines, event("purchase", BEGAN + HOUR)], wait)


def test_wait_of_a_tag_that_waits_no_more_is_dropped() -> None:
    assert not goes_on([], replace(WAIT, tag="no_trigger_any_more"))


def test_wait_of_a_customer_without_history_goes_on() -> None:
    assert going_on([WAIT], KINDS, None) == [WAIT]
    assert going_on([WAIT], KINDS, to_histories({"bo": [event("purchase", BEGAN, "bo")]})) == [WAIT]


def test_of_several_waits_the_last_begun_counts_whatever_the_order_of_arrival() -> None:
    later = replace(WAIT, cause="c2", began_at=BEGAN + HOUR)
    other = replace(WAIT, customer_id="bo")
    for waits in permutations([WAIT, later, other]):
        assert sorted(newest(waits), key=lambda wait: wait.customer_id) == [later, other]
    together = replace(WAIT, cause="c3", began_at=later.began_at)
    assert newest([later, together]) == newest([together, later])


@given(
    st.lists(st.tuples(st.sampled_from(["cart_add", "purchase", "view", "refund"]), st.integers(-3, 3))),
    st.sampled_from(["left_cart", "repurchase_due"]),
)
def test_going_on_is_what_a_plain_look_through_the_events_says(
    happened: list[tuple[str, int]], tag: str
) -> None:
    events = [event(type_, BEGAN + hours * HOUR) for type_, hours in dict.fromkeys(happened)]
    expected = True
    for one in events:
        is_later = one.occurred_at > BEGAN or (one.occurred_at == BEGAN and tag == "left_cart")
        if one.type == "purchase" and is_later:
            expected = False
    assert goes_on(events, replace(WAIT, tag=tag)) is expected
