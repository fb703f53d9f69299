"""Large calls are answered piece by piece, and in pieces they say what they say as a whole."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import FixedClock
from core.errors import InvalidInputError
from core.storage import open_store
from features.contract import Event
from serving import predict
from serving.asked import Asked
from serving.metrics import Metrics
from serving.predict import CUSTOMERS_A_CHUNK, EXPLAINED_A_GAP, Predictor
from serving.right_of_way import RightOfWay
from serving.snapshot import load_snapshot, load_tags

NOW = datetime(2018, 1, 2, 3, 4, 5, tzinfo=UTC)
STORED = [f"c{number}" for number in range(40)]


@pytest.fixture
def predictor(trained_home: Any, tmp_path: Path) -> Iterator[Predictor]:
    home = trained_home.copy_to(tmp_path / "shop")
    store = open_store(home.settings)
    snapshot = load_snapshot(home.settings, store, load_tags(home.settings, store))
    made = Predictor(store, FixedClock(NOW), lambda: snapshot, Metrics())
    yield made
    made.close()
    store.close()


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Single calls never end, and nobody is patient."""
    monkeypatch.setattr(RightOfWay, "is_busy", True)
    monkeypatch.setattr("serving.right_of_way.PATIENCE_SECONDS", 0.0)


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many customers were worked out at once, each time."""
    found: list[int] = []

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def compose(snapshot: Any, items: Sequence[Any], *others: Any, **more: Any) -> Any:
            found.append(len(items))
            return real(snapshot, items, *others, **more)

        return compose

    for name in ("answer_at_once", "answer_together", "answer_given"):
        monkeypatch.setattr(predict, name, counted(getattr(predict, name)))
    return found


def given(place: int, *, age: str = "50+") -> Asked:
    events = [
        Event(
            event_id=f"g{place}-{day}",
            customer_id=str(place),
            occurred_at=NOW - timedelta(days=day + place),
            received_at=NOW - timedelta(days=day + place),
            type="purchase",
            item_id=("b1", "c1", "t1")[(day + place) % 3],
            order_id=f"g{place}-{day}",
        )
        for day in range(1, 60, 7)
    ]
    return Asked(place, f"given {place}", events, {"age": age})


def asked(n_given: int) -> list[Asked]:
    """Given and stored customers in turns."""
    ones: list[Asked] = []
    for number in range(n_given):
        ones += [given(len(ones)), Asked(len(ones) + 1, STORED[number % len(STORED)])]
    return ones


def customers(body: bytes) -> list[Any]:
    found: list[Any] = json.loads(body)["customers"]
    return found


def one_by_one(predictor: Predictor, wanted: Sequence[Asked], *, explain: bool = False) -> list[Any]:
    return [found for one in wanted for found in customers(predictor.mixed([one], explain=explain))]


@pytest.mark.usefixtures("busy")
def test_a_mixed_call_in_pieces_says_what_each_customer_alone_is_told(
    predictor: Predictor, sizes: list[int]
) -> None:
    wanted = asked(60)
    together = customers(predictor.mixed(wanted))
    assert max(sizes) == CUSTOMERS_A_CHUNK
    assert sum(sizes) == 60 + len(STORED)
    assert together == one_by_one(predictor, wanted)


@pytest.mark.usefixtures("busy")
def test_reasons_are_worked_out_for_a_few_customers_at_once(predictor: Predictor, sizes: list[int]) -> None:
    wanted = asked(5)
    together = customers(predictor.mixed(wanted, explain=True))
    assert max(sizes) == EXPLAINED_A_GAP
    assert together == one_by_one(predictor, wanted, explain=True)
    assert any(tag["reasons"] for answer in together for tag in answer["tags"])


@pytest.mark.usefixtures("busy")
def test_a_large_call_in_pieces_says_what_single_calls_say(predictor: Predictor, sizes: list[int]) -> None:
    together = customers(predictor.many(STORED))
    assert max(sizes) == CUSTOMERS_A_CHUNK
    assert together == [found for name in STORED for found in customers(predictor.few([name]))]


def test_without_single_calls_reasons_are_not_worked_out_for_a_few_at_once(
    predictor: Predictor, sizes: list[int]
) -> None:
    predictor.mixed(asked(5), explain=True)
    assert sizes == [5, 5]  # those that are stored, and those that are given


def test_all_culprits_of_a_mixed_call_are_named_wherever_they_stand(predictor: Predictor) -> None:
    wanted = [
        *asked(40),
        given(80, age="?"),
        *[given(place) for place in range(81, 120)],
        given(120, age="!"),
    ]
    with pytest.raises(InvalidInputError) as raised:
        predictor.mixed(wanted)
    assert [found.field for found in raised.value.fields] == [
        "customers.80.attributes.age",
        "customers.120.attributes.age",
    ]


def test_calls_answered_together_say_to_the_last_digit_what_each_alone_says(
    predictor: Predictor, sizes: list[int]
) -> None:
    calls = [["c1", "c2"], ["nobody"], ["c2", "c3", "c3"], ["c4"]]
    together = [customers(body) for body in predictor.calls(calls)]
    assert sizes == [5]  # each customer once
    alone = Predictor(predictor._store, FixedClock(NOW), predictor._snapshot, Metrics())
    assert together == [customers(alone.few(names)) for names in calls]
    alone.close()
