"""What turned out, against a plain look through the events."""

from datetime import datetime, timedelta

import pytest

from tagloop.replaying.preparing import original
from tagloop.replaying.reviewers import answer
from tagloop.replaying.truth import Truth
from tests.conftest import Shop
from tests.small_shop import TAGGED

HORIZON = timedelta(days=30)


@pytest.fixture(scope="module")
def truth(loaded_shop: Shop) -> Truth:
    with original(loaded_shop.settings()) as home:
        return home.truth(home.data_ends())


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T00:00:00+08:00")


def bought(shop: Shop, tag: str) -> dict[str, list[datetime]]:
    """When each customer bought of the tag's categories, read from the shop's own file."""
    import csv  # noqa: PLC0415 (only here)

    found: dict[str, list[datetime]] = {}
    with (shop.mapping.parent / "sales.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["商品"].rstrip("1234") in TAGGED[tag]:
                found.setdefault(row["会员"], []).append(datetime.fromisoformat(f"{row['时间']}+08:00"))
    return found


@pytest.mark.parametrize("tag", ["coffee", "baby"])
@pytest.mark.parametrize("day", ["2023-06-01", "2024-01-15", "2024-01-31"])
def test_truth_is_what_the_shops_file_tells(loaded_shop: Shop, truth: Truth, tag: str, day: str) -> None:
    begins, sales = at(day), bought(loaded_shop, tag)
    names = [f"m{number:03}" for number in range(300)]
    expected = [any(begins <= one < begins + HORIZON for one in sales.get(name, ())) for name in names]
    assert [truth.of(name, tag, begins) for name in names] == expected
    assert any(expected)
    assert not all(expected)


def test_nobody_knows_a_horizon_that_reaches_beyond_the_data(truth: Truth) -> None:
    assert truth.told_until == at("2024-03-01")
    assert truth.of("m001", "coffee", at("2024-01-31")) is not None
    assert truth.of("m001", "coffee", at("2024-01-31") + timedelta(microseconds=1)) is None


def test_nobody_knows_a_tag_that_no_fact_tells(truth: Truth) -> None:
    assert truth.of("m001", "gourmet", at("2023-06-01")) is None


@pytest.mark.parametrize("accuracy", [1.0, 0.8, 0.5])
def test_reviewers_are_right_as_often_as_they_are_said_to_be(truth: Truth, accuracy: float) -> None:
    asked = [
        (f"m{number:03}", tag, at("2023-06-01") + timedelta(days=day))
        for number in range(300)
        for tag in TAGGED
        for day in range(0, 150, 30)
    ]
    right = [answer(truth, accuracy, (0, "lin"), *one) == truth.of(*one) for one in asked]
    assert sum(right) / len(right) == pytest.approx(accuracy, abs=0.02)


def test_reviewers_say_the_same_when_asked_again_and_err_on_their_own(truth: Truth) -> None:
    asked = [(f"m{number:03}", "coffee", at("2023-06-01")) for number in range(300)]
    lin, wu = ([answer(truth, 0.8, (0, who), *one) for one in asked] for who in ("lin", "wu"))
    assert lin == [answer(truth, 0.8, (0, "lin"), *one) for one in asked]
    both_wrong = [a == b != truth.of(*one) for a, b, one in zip(lin, wu, asked, strict=True)]
    assert sum(both_wrong) / 300 == pytest.approx(0.04, abs=0.03)
