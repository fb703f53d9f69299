"""What the general pack says of customers whose habits are plain to see."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import Event
from tests.tags.packs.shops import Crowd, event, fitted, weekly

PACK = fitted("general")
LIFECYCLE = {"prospect", "new_customer", "active_customer", "at_risk", "churned", "returned"}
ORDINARY = {
    f"ordinary {place}": [
        event(place % 7 + 1 + gap * number, amount=10 + place) for number in range(300 // gap)
    ]
    for place, gap in enumerate([8, 9, 10, 11, 12, 13, 14, 15] * 3)
}


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    """Those who buy every other week or so, and some who do otherwise."""
    own: dict[str, Sequence[Event]] = {
        "onlooker": [event(3, "view")],
        "newcomer": [event(10)],
        "regular": weekly(2),
        "late": weekly(20),
        "gone": weekly(200),
        "back": [*weekly(130), event(5)],
        "back for long": [*weekly(200), *weekly(1, since=60)],
        "splurge": [*weekly(3, since=80, amount=5), event(9, amount=5000)],
        "steady spender": weekly(1, amount=500),
        "night owl": [event(7 * week + 0.55) for week in range(10)],  # 22:48
        "weekender": [event(7 * week + 6) for week in range(10)],  # Saturdays
        "bargain hunter": weekly(2, since=80, amount=5, discount=5),
        "saver": [*weekly(2), event(12, "coupon_redeem")],
        "tea lover": weekly(2),
        "bread lover": weekly(2, item_id="bread 1"),
        "app fan": weekly(2, channel="app"),
        "newly loyal": [event(2 * place + 1, amount=20) for place in range(45)],
        "lapsing": [*[event(3 * place + 40) for place in range(60)], event(27)],
    }
    return Crowd({**ORDINARY, **own}).told_by(PACK)


@pytest.mark.parametrize(
    ("customer", "tag"),
    [
        ("onlooker", "prospect"),
        ("newcomer", "new_customer"),
        ("regular", "active_customer"),
        ("late", "at_risk"),
        ("gone", "churned"),
        ("back", "returned"),
        ("back for long", "active_customer"),
        ("regular", "loyalty_active"),
        ("newly loyal", "loyalty_new"),
        ("lapsing", "loyalty_lapsing"),
        ("late", "loyalty_lapsing"),
        ("splurge", "one_off_big_spender"),
        ("steady spender", "steady_high_spender"),
        ("steady spender", "spend_high"),
        ("newcomer", "spend_low"),
        ("newly loyal", "frequency_high"),
        ("newcomer", "frequency_low"),
        ("steady spender", "value_platinum"),
        ("gone", "value_bronze"),
        ("night owl", "shops_at_night"),
        ("regular", "shops_midday"),
        ("weekender", "weekend_shopper"),
        ("bargain hunter", "discount_seeker"),
        ("saver", "coupon_user"),
        ("app fan", "prefers_app"),
        ("regular", "prefers_store"),
    ],
)
def test_habit_gives_its_tag(crowd: Crowd, customer: str, tag: str) -> None:
    assert tag in crowd.tags[customer]


@pytest.mark.parametrize(
    ("customer", "tag"),
    [
        ("splurge", "steady_high_spender"),
        ("steady spender", "one_off_big_spender"),
        ("regular", "coupon_user"),
        ("regular", "weekend_shopper"),
        ("gone", "frequency_low"),
        ("onlooker", "value_bronze"),
        ("late", "loyalty_active"),
        ("app fan", "prefers_store"),
    ],
)
def test_habit_that_is_not_there_gives_none(crowd: Crowd, customer: str, tag: str) -> None:
    assert tag not in crowd.tags[customer]


def exclusive() -> list[set[str]]:
    keys = {group.key for group in PACK.groups if group.exclusive}
    return [{tag.key for tag in PACK.tags if tag.group == key} for key in sorted(keys)]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.floats(0.01, 400), st.integers(-20, 500), st.sampled_from(["purchase", "refund", "view"])
            ),
            max_size=12,
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whoever_they_are_customers_have_one_lifecycle_and_no_two_tags_of_a_group(
    histories: list[list[tuple[float, int, str]]],
) -> None:
    people = {
        f"c{place}": [event(days, kind, amount=amount) for days, amount, kind in history]
        for place, history in enumerate(histories)
    }
    found = Crowd(people).told_by(PACK)
    for customer in people:
        tags = found.tags.get(customer, set())
        assert len(tags & LIFECYCLE) == 1, tags
        assert all(len(tags & group) <= 1 for group in exclusive()), tags
