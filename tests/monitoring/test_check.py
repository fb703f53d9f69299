"""A check from the lake to the store: windows, findings, what turned out, certificates, incidents, the verdict."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert

from core.clock import add_days
from features.outcomes import Horizon, outcome_names
from monitoring import keeping, served
from monitoring.incidents import open_incidents
from monitoring.recording import findings_of, recent_windows
from monitoring.scored import scored_window
from monitoring.summary import summary
from monitoring.verdict import latest_verdict
from monitoring.watched import open_watched
from review.tables import OutcomeLabel
from tags.certificates import read_certificates
from tests.monitoring.conftest import EVERYBODY, World
from tests.serving.conftest import END, ZONE


def test_windows_are_kept_with_what_was_found_and_what_turned_out(world: World) -> None:
    checked = world.check(weeks=6)
    with world.store.read() as connection:
        kept = recent_windows(connection, most=12)
        found = findings_of(connection, kept[-1].window_id)
        told = summary(connection)
        verdict = latest_verdict(connection, now=END)
        before = latest_verdict(connection, now=END - timedelta(days=1))
    assert [one.ended_at for one in kept] == [add_days(END, -7 * n, ZONE) for n in reversed(range(6))]
    assert {(one.check, one.subject) for one in found} == {
        (one.check, one.subject) for one in checked[-1].findings
    }
    assert {"volume", "missing_values", "lost_categories", "promise"} <= {one.check for one in found}
    assert verdict == checked[-1].verdict
    assert before is not None
    assert before.at == kept[-2].ended_at
    assert told["window"]["ended_at"] == END
    # Outcomes of a window are known once its horizon has passed: of the first one, five weeks ago.
    assert [one.course["calibration"] is not None for one in kept] == [
        True,
        False,
        False,
        False,
        False,
        False,
    ]
    assert all(len(part) == 3 for part in kept[0].course["calibration"])


def test_realised_precision_is_what_followed_the_customers_to_whom_it_was_applied(world: World) -> None:
    world.check(weeks=6)
    watched = open_watched(world.settings, world.store, world.taxonomy)
    with world.store.read() as connection:
        first = recent_windows(connection, most=12)[0]
    window = keeping.kept(watched.folder, first.began_at, first.ended_at)
    assert window is not None
    begins = pd.Timestamp(first.ended_at)
    bought = _buyers(world, "COFFEE", begins, pd.Timestamp(add_days(first.ended_at, 30, ZONE)))
    applied = window.decisions.index[window.decisions["coffee"] == "apply"]
    realised = first.course["tags"]["coffee"]["realised"]
    assert len(applied) > 10
    assert realised[0] == np.mean([name in bought for name in applied])
    assert realised[3] == len(applied)
    assert realised[1] <= realised[0] <= realised[2]


def _buyers(world: World, category: str, begins: datetime, ends: datetime) -> set[str]:
    """Who bought of the category, from the shop's own files."""
    folder = world.settings.home.parent
    lines = pd.concat([pd.read_csv(file) for file in folder.rglob("purchases.csv")])
    items = pd.concat([pd.read_csv(file) for file in folder.rglob("items.csv")])
    of_category = set(items.loc[items["category"] == category, "item_id"])
    at = pd.to_datetime(lines["occurred_at"], format="ISO8601")
    at = at.dt.tz_localize(ZONE) if at.dt.tz is None else at
    inside = (at >= pd.Timestamp(begins)) & (at < pd.Timestamp(ends)) & lines["item_id"].isin(of_category)
    return set(lines.loc[inside, "customer_id"])


def test_a_window_of_what_was_served_is_taken_where_enough_was(world: World) -> None:
    world.serve([END - timedelta(days=2), END - timedelta(hours=3)])
    assert world.check()[-1].kept.source == "scored"  # ninety customers are too few to tell anything


def test_a_window_of_what_was_served_holds_it_as_it_was_and_its_outcomes_from_each_answer_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "LEAST_SERVED", 50)  # the shop has ninety customers
    ended_at = add_days(END, -35, ZONE)
    answered_at = ended_at - timedelta(days=2)
    world.serve([answered_at - timedelta(days=1), answered_at])
    checked = world.check(weeks=6)[0]
    watched = open_watched(world.settings, world.store, world.taxonomy)
    window, as_scored = checked.window, scored_window(watched, checked.kept.began_at, answered_at)
    assert (checked.kept.source, checked.kept.ended_at) == ("served", ended_at)
    assert set(window.instants[EVERYBODY]) == {pd.Timestamp(answered_at).tz_convert("UTC")}
    same = as_scored.features.index
    pd.testing.assert_frame_equal(window.features.loc[same], as_scored.features)
    pd.testing.assert_frame_equal(window.probabilities.loc[same], as_scored.probabilities)
    pd.testing.assert_series_equal(window.distances.loc[same], as_scored.distances)
    with world.store.read() as connection:
        first = recent_windows(connection, most=12)[0]
    bought = _buyers(world, "COFFEE", answered_at, add_days(answered_at, 30, ZONE))
    applied = window.decisions.index[window.decisions["coffee"] == "apply"]
    realised = first.course["tags"]["coffee"]["realised"]
    if len(applied):  # the certificate begins later: what was served then went to review
        assert realised[0] == np.mean([name in bought for name in applied])
    bins = first.course["calibration"]
    assert sum(one[2] for one in bins) == 2 * len(EVERYBODY)  # a label of each customer and tag
    share = np.mean([name in bought for name in EVERYBODY])
    outcomes = served.outcomes_of_served(watched, window, END)
    assert outcomes["coffee"].mean() == share


def test_a_broken_promise_suspends_its_certificate_and_calls_for_a_retraining_at_once(world: World) -> None:
    _promised_in_vain(world, n=60)
    checked = world.check()[-1]
    assert checked.suspended == ("coffee",)
    assert checked.verdict.act
    assert "coffee" in checked.verdict.because.render()
    with world.store.read() as connection:
        certificate = read_certificates(connection, ["interest/1"])["coffee"]
        incidents = open_incidents(connection)
    assert certificate.why_not(END) == "suspended"
    assert certificate.suspended_because == "broken_promise"
    assert [(one.check, one.subject, one.severity) for one in incidents if one.check == "promise"] == [
        ("promise", "coffee", "critical")
    ]
    assert world.check()[-1].news == ()  # it is told once


def test_a_kept_promise_stays(world: World) -> None:
    _promised_in_vain(world, n=60, came_true=0.9)
    checked = world.check()[-1]
    assert checked.suspended == ()
    with world.store.read() as connection:
        assert read_certificates(connection, ["interest/1"])["coffee"].why_not(END) is None


def _promised_in_vain(world: World, *, n: int, came_true: float = 0.2) -> None:
    """Outcomes of customers to whom coffee was applied."""
    as_of = add_days(END, -40, ZONE)
    rows = [
        {
            "customer_id": f"c{number}",
            "tag": "coffee",
            "as_of": as_of,
            "ends_at": add_days(as_of, 30, ZONE),
            "stream": "served",
            "probability": None,
            "confidence": 0.9,
            "decision": "apply",
            "model": "interest/1",
            "value": number % 10 < 10 * came_true,
            "resolved_at": END - timedelta(days=number % 5),
        }
        for number in range(n)
    ]
    with world.store.write() as connection:
        connection.execute(insert(OutcomeLabel), rows)


def test_what_today_does_not_know_does_not_change_an_earlier_window(world: World) -> None:
    """A check as of an earlier day, made on that day and made today, looks at the same customers and features."""
    day = add_days(END, -14, ZONE)
    world.at(day).check()
    watched = open_watched(world.settings, world.store, world.taxonomy)
    began_at = add_days(day, -7, ZONE)
    then = keeping.kept(watched.folder, began_at, day)
    (watched.folder / keeping.name_of(began_at, day)).unlink()
    world.check(until=day)
    now = keeping.kept(watched.folder, began_at, day)
    assert then is not None
    assert now is not None
    pd.testing.assert_frame_equal(then.features, now.features)
    pd.testing.assert_frame_equal(then.probabilities, now.probabilities)


def test_targets_of_outcomes_are_named(world: World) -> None:
    watched = open_watched(world.settings, world.store, world.taxonomy)
    names = outcome_names(watched.source.spec, watched.source.targets)
    assert {*watched.tags, "churned"} <= set(names)
    assert Horizon(30, END).days == watched.settings.horizon_days
