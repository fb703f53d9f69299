from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import ConflictError, InvalidInputError
from core.settings import Settings
from core.storage import Store, open_store
from review.consensus import read_labels
from review.decisions import Decision, Recorded, Standing, decided, record
from tags.taxonomy import Tag, load_taxonomy

NOW = datetime(2018, 1, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
COFFEE: Tag = load_taxonomy()["coffee"]
ACCEPT = Decision("d1", "c1", "coffee", accepted=True, reviewer="lin", as_of=NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(Settings(home=tmp_path))
    yield store
    store.close()


def kept(store: Store, decision: Decision, now: datetime = NOW) -> Recorded:
    with store.write() as connection:
        return record(connection, decision, COFFEE, now=now, zone=ZONE)


def standing(store: Store, now: datetime = NOW) -> dict[str, dict[str, Standing]]:
    with store.read() as connection:
        return decided(connection, ["c1", "c2"], now)


def test_a_decision_governs_until_its_tags_lifetime_ends(store: Store) -> None:
    until = kept(store, ACCEPT).holds_until
    assert until == NOW + timedelta(days=30)
    assert standing(store, until - timedelta(microseconds=1))["c1"]["coffee"].accepted
    assert standing(store, until) == {}


def test_a_decision_sent_twice_is_kept_once(store: Store) -> None:
    assert kept(store, ACCEPT).is_new
    assert not kept(store, ACCEPT, NOW + timedelta(hours=1)).is_new
    with store.read() as connection:
        assert len(read_labels(connection, ["coffee"])) == 1


def test_a_decision_about_now_sent_again_later_is_the_same(store: Store) -> None:
    first = kept(store, replace(ACCEPT, as_of=None))
    again = kept(store, replace(ACCEPT, as_of=None), NOW + timedelta(hours=1))
    assert (first.is_new, again.is_new) == (True, False)
    assert again.holds_until == first.holds_until


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"accepted": False}, "decision"),
        ({"customer_id": "c2"}, "customer_id"),
        ({"reviewer": "wang"}, "reviewer"),
        ({"note": "sure"}, "note"),
        ({"as_of": NOW - timedelta(days=1)}, "as_of"),
        ({"shown_confidence": 0.5}, "shown_confidence"),
        ({"shown_model": "0" * 20}, "shown_release_id"),
    ],
)
def test_an_id_used_for_another_decision_is_refused_and_the_difference_named(
    store: Store, change: dict[str, Any], field: str
) -> None:
    kept(store, ACCEPT)
    with pytest.raises(ConflictError, match="'d1' was used before") as error:
        kept(store, replace(ACCEPT, **change))
    assert [(one.field, one.code) for one in error.value.fields] == [(field, "id_of_another_decision")]


def test_a_very_long_note_is_not_repeated_in_full(store: Store) -> None:
    kept(store, ACCEPT)
    with pytest.raises(ConflictError) as error:
        kept(store, replace(ACCEPT, note="长" * 5_000))
    assert len(str(error.value.fields[0].message)) < 200


def test_a_newer_decision_outranks_the_older_and_both_stay_on_record(store: Store) -> None:
    kept(store, ACCEPT)
    later = NOW + timedelta(hours=1)
    kept(store, replace(ACCEPT, decision_id="d2", accepted=False, as_of=later), later)
    assert not standing(store, later)["c1"]["coffee"].accepted
    assert standing(store, NOW)["c1"]["coffee"].accepted
    with store.read() as connection:
        assert [label.value for label in read_labels(connection, ["coffee"])] == [True, False]


def test_of_two_decisions_about_the_same_instant_the_last_to_arrive_counts(store: Store) -> None:
    kept(store, ACCEPT)
    kept(store, replace(ACCEPT, decision_id="a0", accepted=False))
    assert not standing(store)["c1"]["coffee"].accepted
    with store.read() as connection:
        assert [label.value for label in read_labels(connection, ["coffee"])] == [False]


def test_a_late_decision_about_an_earlier_instant_does_not_outrank_a_newer_one(store: Store) -> None:
    kept(store, ACCEPT)
    old = NOW - timedelta(days=2)
    kept(store, replace(ACCEPT, decision_id="d0", accepted=False, as_of=old), NOW + timedelta(hours=1))
    assert standing(store, NOW + timedelta(hours=2))["c1"]["coffee"].accepted


def test_a_decision_about_an_instant_after_the_clock_is_refused(store: Store) -> None:
    with pytest.raises(InvalidInputError, match="after the clock"):
        kept(store, replace(ACCEPT, as_of=NOW + timedelta(seconds=1)))
    assert standing(store, NOW + timedelta(days=1)) == {}


def test_training_reads_only_what_had_been_decided_by_then(store: Store) -> None:
    kept(store, ACCEPT)
    kept(store, replace(ACCEPT, decision_id="d2", customer_id="c2"), NOW + timedelta(days=1))
    with store.read() as connection:
        assert [
            one.customer_id for one in read_labels(connection, ["coffee"], until=NOW + timedelta(hours=1))
        ] == ["c1"]
        assert [one.customer_id for one in read_labels(connection, ["coffee"])] == ["c1", "c2"]
        assert read_labels(connection, ["tea"]) == []


def test_nothing_is_in_force_for_customers_that_were_not_asked_for(store: Store) -> None:
    kept(store, replace(ACCEPT, customer_id="someone else"))
    assert standing(store) == {}
