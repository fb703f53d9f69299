"""What a week comes to, and the picture of several."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from core.clock import to_us
from tagloop.replaying.plot import picture
from tagloop.replaying.truth import Truth
from tagloop.replaying.weeks import Interval, Week, kept, week_of

DAY = datetime(2017, 10, 1, tzinfo=UTC)
TARGETS = pd.Series({"coffee": 0.8, "tea": 0.6})


def truth(told_until: datetime = DAY + timedelta(days=60)) -> Truth:
    """Ann buys coffee and bob tea on the fifth day."""
    bought = to_us(DAY + timedelta(days=4))
    happened = {"coffee": {"ann": [bought]}, "tea": {"bob": [bought]}}
    return Truth(happened, {}, told_until, 30, ZoneInfo("UTC"))


def suggested(known: Truth, *rows: tuple[str, str, float, str], day: datetime = DAY) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["customer_id", "tag", "confidence", "decision"])
    found = found.assign(as_of=day, day=day)
    return found.assign(fits=known.of_all(found, day))


def test_precision_coverage_and_target_count_what_was_applied() -> None:
    known = truth()
    result = kept(
        suggested(
            known,
            ("ann", "coffee", 0.9, "apply"),
            ("bob", "coffee", 0.9, "apply"),
            ("bob", "tea", 0.5, "review"),
            ("ann", "tea", 0.2, "withhold"),
        ),
        known,
        TARGETS,
    )
    assert (result.applied, result.precision, result.target) == (2, 0.5, 0.8)
    assert result.coverage == 0.5  # of ann's coffee and bob's tea, the one
    assert result.calibration is not None


def test_coverage_counts_what_came_true_and_was_never_suggested() -> None:
    known = truth()
    rows = suggested(known, ("ann", "coffee", 0.9, "apply"), ("bob", "coffee", 0.1, "withhold"))
    assert kept(rows, known, TARGETS).coverage == 0.5


def test_week_of_which_nobody_knows_the_outcomes_tells_no_shares() -> None:
    known = truth(told_until=DAY + timedelta(days=29))
    result = kept(suggested(known, ("ann", "coffee", 0.9, "apply")), known, TARGETS)
    assert (result.applied, result.precision, result.coverage, result.calibration) == (1, None, None, None)
    assert result.target == 0.8


def test_tags_that_only_people_know_are_left_out() -> None:
    known = truth()
    rows = suggested(known, ("ann", "coffee", 0.9, "apply"), ("ann", "homeowner", 0.9, "apply"))
    assert kept(rows, known, TARGETS).applied == 1


def week(number: int, **more: object) -> Week:
    began = DAY + timedelta(days=7 * (number - 1))
    made = Week(
        number=number,
        began_at=began,
        ended_at=began + timedelta(days=7),
        champion="interest/1",
        certified=13,
        suspended=0,
        events=28_000,
        accepted=300,
        rejected=350,
        skipped=50,
        suggestions=100_000,
        applied=5_000,
        precision=0.85,
        target=0.8,
        coverage=0.16,
        calibration=0.004,
        audit=Interval(0.83, 0.71, 0.91, 44),
        said=0.82,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def test_week_is_the_same_after_it_was_written_and_read() -> None:
    made = week(
        3,
        alarms=({"en": "drift", "zh": "漂移"},),
        withdrawn=("tea",),
        calls=True,
        reasons=({"en": "age", "zh": "时间"},),
        retraining="promoted",
        audit=None,
        precision=None,
    )
    for one in (made, week(1)):
        assert week_of(json.loads(json.dumps(one.as_json(), default=str))) == one


def test_week_of_an_older_replay_is_told_in_the_words_that_it_kept() -> None:
    kept = {**week(1).as_json(), "alarms": ["amounts: till"], "reasons": ["The data moved"]}
    read = week_of(json.loads(json.dumps(kept, default=str)))
    assert [one["zh"] for one in (*read.alarms, *read.reasons)] == ["amounts: till", "The data moved"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_picture_shows_break_and_new_champion(language: str) -> None:
    weeks = [
        week(1),
        week(2, precision=0.7),
        week(3, champion="interest/2", suspended=2),
        week(4, precision=None),
    ]
    svg = picture(weeks, broken_at=DAY + timedelta(days=10), language=language)  # type: ignore[arg-type]
    root = ET.fromstring(svg)  # noqa: S314 (our own)
    texts = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "interest/2" in texts
    assert ("break" if language == "en" else "故障") in texts
    points = next(root.iter("{http://www.w3.org/2000/svg}polyline")).attrib["points"].split()
    assert len(points) == 3  # the fourth week's precision is not known
    heights = [float(point.split(",")[1]) for point in points]
    assert heights[1] > heights[0] == heights[2]


def test_picture_of_weeks_that_tell_nothing_can_be_drawn() -> None:
    empty = week(1, precision=None, target=None, coverage=None, calibration=None, audit=None)
    assert ET.fromstring(picture([empty])).tag.endswith("svg")  # noqa: S314 (our own)
