"""Certificates as the store keeps them: the last of a tag and version counts, and time ends it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.settings import Settings
from core.storage import Store, open_store
from features import counters
from tags.certificates import COUNTER, read_certificates, record, suspend
from tags.tables import CertificateRow
from tests.certificates import COFFEE, DAY, ON

TEA = replace(COFFEE, tag="tea", threshold=None, reason="too_few_labels", more_labels=40)


@pytest.fixture
def store(tmp_path: Path, database_url: str | None) -> Iterator[Store]:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


def test_what_was_kept_is_read_back_for_its_model_version_alone(store: Store) -> None:
    with store.write() as connection:
        record(connection, [COFFEE, TEA, replace(COFFEE, model="interest/4", threshold=0.9)])
    with store.read() as connection:
        assert read_certificates(connection, ["interest/3"]) == {"coffee": COFFEE, "tea": TEA}
        assert read_certificates(connection, ["interest/4", "reviewed/1"])["coffee"].threshold == 0.9
        assert read_certificates(connection, []) == {}


def test_the_last_attempt_counts_and_the_others_stay_on_record(store: Store) -> None:
    again = replace(COFFEE, certified_on=ON + 30 * DAY, threshold=None, reason="target_out_of_reach")
    with store.write() as connection:
        record(connection, [COFFEE])
        record(connection, [again])
    with store.read() as connection:
        assert read_certificates(connection, ["interest/3"]) == {"coffee": again}
        assert connection.scalar(select(func.count()).select_from(CertificateRow)) == 2


def test_every_change_is_counted_so_that_servers_notice_it(store: Store) -> None:
    seen = []
    for change in (
        lambda connection: record(connection, [COFFEE]),
        lambda connection: suspend(connection, "coffee", "interest/3", "drift", at=ON + DAY),
        lambda connection: record(connection, []),
    ):
        with store.write() as connection:
            change(connection)
            seen.append(counters.value(connection, COUNTER))
    assert seen == [1, 2, 2]


def test_a_suspended_certificate_promises_nothing_from_then_on_and_is_suspended_once(store: Store) -> None:
    with store.write() as connection:
        record(connection, [COFFEE, TEA])
        assert suspend(connection, "coffee", "interest/3", "drift", at=ON + DAY)
        assert not suspend(connection, "coffee", "interest/3", "drift", at=ON + 2 * DAY)
        assert not suspend(connection, "tea", "interest/3", "drift", at=ON + DAY)
        assert not suspend(connection, "wine", "interest/3", "drift", at=ON + DAY)
    with store.read() as connection:
        found = read_certificates(connection, ["interest/3"])["coffee"]
    assert (found.suspended_at, found.suspended_because) == (ON + DAY, "drift")
    assert [found.why_not(at) for at in (ON, ON + DAY)] == [None, "suspended"]


def test_a_version_that_is_certified_again_stays_suspended_and_another_begins_anew(store: Store) -> None:
    later = replace(COFFEE, certified_on=ON + 30 * DAY, expires_at=ON + 90 * DAY)
    with store.write() as connection:
        record(connection, [COFFEE])
        suspend(connection, "coffee", "interest/3", "broken_promise", at=ON + DAY)
        record(connection, [later, TEA])
        record(connection, [later, replace(later, model="interest/4")])
    with store.read() as connection:
        (same, other) = (read_certificates(connection, [f"interest/{n}"])["coffee"] for n in (3, 4))
    assert (same.certified_on, same.suspended_at) == (ON + 30 * DAY, ON + DAY)
    assert [one.why_not(ON + 31 * DAY) for one in (same, other)] == ["suspended", None]


def test_a_promise_holds_from_its_day_until_it_expires() -> None:
    instant = timedelta(microseconds=1)
    asked = [ON - instant, ON, COFFEE.expires_at - instant, COFFEE.expires_at]
    assert [COFFEE.why_not(at) for at in asked] == ["not_yet", None, None, "expired"]
    assert [TEA.why_not(at) for at in asked] == ["too_few_labels"] * 4
    assert COFFEE.changes_at() == (ON, COFFEE.expires_at)
    assert TEA.changes_at() == ()
