"""What goes wrong is told when it begins, when it gets worse and when it is over, and not between."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from core.language import Text
from core.settings import Settings
from core.storage import Store, open_store
from monitoring.alerts import tell
from monitoring.finding import Finding
from monitoring.incidents import News, note, open_incidents, recent_incidents
from monitoring.recording import Kept
from tags.outbox.tables import Alert, Webhook

AT = datetime(2018, 1, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def store(database_url: str | None, tmp_path: Any) -> Any:
    opened = open_store(Settings(home=tmp_path, database_url=database_url))
    yield opened
    opened.close()


def alarm(check: str, severity: Any, subject: str = "", words: str = "x") -> Finding:
    return Finding(check, subject, 1.0, Text("{check}", {"check": words}), alarm=severity)


def noted(store: Store, week: int, *findings: Finding) -> list[tuple[str, str, str]]:
    with store.write() as connection:
        news = note(connection, findings, release_id="r", at=AT + week * WEEK)
    return [(one.state, one.incident.check, one.incident.subject) for one in news]


def test_an_incident_is_told_once_worse_once_and_over_once(store: Store) -> None:
    warned, critical = alarm("promise", "warning", "tea"), alarm("promise", "critical", "tea")
    weeks = [[warned], [warned], [critical], [critical], [warned], [], []]
    told = [noted(store, week, *findings) for week, findings in enumerate(weeks)]
    key = ("promise", "tea")
    assert told == [[("opened", *key)], [], [("worse", *key)], [], [], [("recovered", *key)], []]
    with store.read() as connection:
        assert open_incidents(connection) == []
        (one,) = recent_incidents(connection)
    assert (one.severity, one.opened_at, one.closed_at) == ("critical", AT, AT + 5 * WEEK)


def test_what_comes_back_is_a_new_incident(store: Store) -> None:
    for week, findings in enumerate(
        [[alarm("volume", "critical", "shop")], [], [alarm("volume", "warning", "shop")]]
    ):
        noted(store, week, *findings)
    with store.read() as connection:
        assert len(recent_incidents(connection)) == 2
        assert [one.opened_at for one in open_incidents(connection)] == [AT + 2 * WEEK]


@pytest.mark.parametrize("check", ["feature_drift", "tag_pairs"])
def test_many_features_or_pairs_that_move_are_one_incident(store: Store, check: str) -> None:
    parts = [alarm(check, "warning", f"f{number}") for number in range(30)]
    whole = alarm(check, "critical", words="the whole")
    assert noted(store, 0, *parts, whole) == [("opened", check, "")]
    with store.read() as connection:
        (one,) = open_incidents(connection)
    assert (one.severity, one.words.render()) == ("critical", "the whole")


def test_a_check_with_parts_is_told_by_its_parts(store: Store) -> None:
    whole, part = alarm("promise", "critical"), alarm("promise", "critical", "tea")
    assert noted(store, 0, whole, part) == [("opened", "promise", "tea")]


def window() -> Kept:
    return Kept(
        window_id="w",
        release_id="r",
        began_at=AT,
        ended_at=AT + WEEK,
        computed_at=AT,
        source="scored",
        customers=9,
        status="critical",
        is_violated=True,
        act=True,
        because=Text("x"),
        course={},
    )


def test_webhooks_that_want_alerts_get_each_piece_of_news(store: Store) -> None:
    hook = {
        "webhook_id": "hook",
        "url": "https://example.com",
        "secret": "whsec_x",
        "wants": {"alerts": True},
        "created_at": AT,
        "sent_through": 0,
        "attempts": 0,
    }
    with store.write() as connection:
        connection.execute(insert(Webhook), [hook])
        news: list[News] = note(connection, [alarm("parity", "critical")], release_id="r", at=AT)
        tell(connection, news, window())
        tell(connection, note(connection, [], release_id="r", at=AT + WEEK), window())
    with store.read() as connection:
        bodies = [json.loads(body) for body in connection.scalars(select(Alert.body).order_by(Alert.made_at))]
    assert [(one["type"], one["data"]["state"], one["data"]["check"]) for one in bodies] == [
        ("drift.alert", "opened", "parity"),
        ("drift.alert", "recovered", "parity"),
    ]
    assert bodies[0]["data"]["incident_id"] == bodies[1]["data"]["incident_id"]
    assert bodies[0]["data"]["words"].keys() == {"en", "zh"}
