"""Today's rules asked of the past, against each customer's stored history as of then."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from core.storage import open_store
from features.outcomes import Horizon
from tags.knowing import known_of
from tags.report.following import Followed, follow
from tags.report.recompute import Recomputing
from tags.workings import load_workings
from tests.conftest import Shop
from tests.small_shop import city_of
from tests.tags.report.conftest import VALUES, Looked


@pytest.fixture(scope="module")
def followed(shop: Looked) -> Followed:
    recomputing = Recomputing(shop.taxonomy, shop.source, shop.windows)
    horizon = Horizon(30, shop.settings.make_clock().now())
    return follow(shop.source, shop.windows, horizon, recomputing.recompute)


def known_at(followed: Followed, place: int) -> list[str]:
    return [followed.customer_ids[number] for number in followed.customer[followed.window == place].tolist()]


def numbers(followed: Followed, tag: str, place: int) -> dict[str, int]:
    """By customer the number of the tag's value when the window began."""
    found = followed.recomputed[tag][followed.window == place].tolist()
    return dict(zip(known_at(followed, place), found, strict=True))


def carriers(followed: Followed, tag: str, place: int) -> set[str]:
    return {name for name, number in numbers(followed, tag, place).items() if number}


def test_rules_without_quantiles_give_what_they_give_of_stored_histories(
    shop: Looked, followed: Followed
) -> None:
    store = open_store(shop.settings)
    with store.read() as connection:
        workings = load_workings(connection, shop.settings, shop.taxonomy)
        for place, window in enumerate(shop.windows):
            names = known_at(followed, place)
            answers = workings.rulebook.evaluate(known_of(connection, workings, names, window.as_of))
            expected = {name for name, fits in zip(names, answers.carries["big"], strict=True) if fits}
            assert carriers(followed, "big", place) == expected
            assert 0 < len(expected) < len(names)
    store.close()
    assert len(shop.windows) == 3
    assert carriers(followed, "big", 0) != carriers(followed, "big", 2)


def test_a_value_has_the_same_number_in_every_window(shop: Looked, followed: Followed) -> None:
    named: dict[str, set[int]] = defaultdict(set)
    for place in range(len(shop.windows)):
        for name, number in numbers(followed, "where", place).items():
            named[city_of(name)].add(number)
    assert sorted(named) == sorted(VALUES["where"])
    assert sorted(min(one) for one in named.values()) == [1, 2, 3]
    assert all(len(one) == 1 for one in named.values())


def test_quantiles_are_those_of_the_customers_as_they_were_then(
    shop: Looked, followed: Followed, loaded_shop: Shop
) -> None:
    for place, window in enumerate(shop.windows):
        spent = spend_before(loaded_shop.mapping.parent / "sales.csv", window.as_of, shop)
        of = {name: spent.get(name, 0.0) for name in known_at(followed, place)}
        found = carriers(followed, "top", place)
        assert len(found) / len(of) == pytest.approx(0.2, abs=0.01)
        assert min(of[name] for name in found) >= max(of[name] for name in of.keys() - found) - 0.01


def test_a_rule_that_looks_at_the_tag_of_another_rule_sees_it_as_of_then(
    shop: Looked, followed: Followed
) -> None:
    for place in range(len(shop.windows)):
        faithful = carriers(followed, "faithful", place)
        assert faithful
        assert faithful < carriers(followed, "top", place)


def test_what_only_a_model_could_have_said_is_left_out(shop: Looked, followed: Followed) -> None:
    assert "gone" not in followed.recomputed
    assert set(followed.recomputed) == {tag.key for tag in shop.taxonomy.tags} - {"gone"}


def spend_before(sales: Path, as_of: datetime, shop: Looked) -> Mapping[str, float]:
    """By customer what the file says was paid on the 84 local days that ended with the last instant before."""
    zone = shop.settings.zone
    begins = as_of.astimezone(zone).date()
    found: dict[str, float] = defaultdict(float)
    with sales.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = datetime.fromisoformat(row["时间"]).date()
            if 1 <= (begins - day).days <= 84:
                found[row["会员"]] += float(row["金额"])
    return found
