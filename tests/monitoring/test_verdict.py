from datetime import UTC, datetime

import pytest

from core.language import Text
from core.settings import Settings
from monitoring.finding import Finding, text_as_json, text_of, worst
from monitoring.verdict import DATA_CHECKS, is_violated, judge

AT = datetime(2018, 1, 1, tzinfo=UTC)
SETTINGS = Settings(verdict_windows=4, verdict_violations=2)


def found(check: str, alarm: str | None, subject: str = "") -> Finding:
    return Finding(check, subject, 1.0, Text("x"), alarm=alarm)  # type: ignore[arg-type]


DRIFTED, FINE, WARNED = (found("feature_drift", alarm) for alarm in ("critical", None, "warning"))


@pytest.mark.parametrize(
    ("before", "latest", "act"),
    [
        ([], DRIFTED, False),
        ([True], DRIFTED, True),
        ([True, False, False], DRIFTED, True),
        ([True, False, False, False], DRIFTED, False),  # it is out of the last four
        ([True, True, True], FINE, False),  # the latest is not in violation
        ([True, True, True], WARNED, False),
        ([False, False, False], DRIFTED, False),
    ],
)
def test_it_acts_when_enough_of_the_last_windows_were_violated_and_the_latest_is(
    before: list[bool],
    latest: Finding,
    act: bool,  # noqa: FBT001 (of the table)
) -> None:
    verdict = judge([latest], before, SETTINGS, at=AT)
    assert (verdict.act, verdict.at) == (act, AT)
    assert verdict.because.render("zh") != verdict.because.render("en")


def test_a_broken_promise_acts_at_once_and_names_the_tags() -> None:
    verdict = judge([found("promise", "critical", "coffee"), FINE], [], SETTINGS, at=AT)
    assert verdict.act
    assert "coffee" in verdict.because.render()


@pytest.mark.parametrize("check", sorted(DATA_CHECKS))
def test_nothing_is_learned_from_broken_data(check: str) -> None:
    verdict = judge(
        [found(check, "critical"), DRIFTED, found("promise", "critical", "tea")], [True] * 3, SETTINGS, at=AT
    )
    assert not verdict.act
    assert check in verdict.because.render()
    assert not is_violated([found(check, "critical")])


def test_the_worst_alarm_is_the_status() -> None:
    assert [worst(some) for some in ([FINE], [FINE, WARNED], [WARNED, DRIFTED])] == [
        "ok",
        "warning",
        "critical",
    ]


def test_words_come_back_from_the_store_in_any_language() -> None:
    text = Text("The promise is broken of {tags}", {"tags": "coffee"})
    assert text_of(text_as_json(text)).render("zh") == text.render("zh")
