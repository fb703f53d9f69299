"""Promises at an instant: when they hold, when they end, and what is said where there is none."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from serving.phrases import no_guarantee
from serving.promises import Promises, promise_of
from tags.certificates import Certificate
from tests.certificates import COFFEE, DAY, ON

INSTANT = timedelta(microseconds=1)
TEA = replace(COFFEE, tag="tea", threshold=None, reason="target_out_of_reach", more_labels=None)


def test_certified_tag_is_applied_from_its_threshold_reviewed_in_the_band_and_else_withheld() -> None:
    promise = promise_of(COFFEE, ON)
    asked = (1.0, 0.72, 0.7199, 0.4, 0.3999, 0.0)
    assert [promise.decide(p) for p in asked] == [
        "apply",
        "apply",
        "review",
        "review",
        "withhold",
        "withhold",
    ]
    assert promise.guarantee is not None
    assert (promise.guarantee["target"], promise.guarantee["n"], promise.no_guarantee) == (0.8, 210, None)


@pytest.mark.parametrize(
    ("certificate", "at", "code"),
    [
        (None, ON, "no_certificate"),
        (TEA, ON, "target_out_of_reach"),
        (replace(TEA, reason="too_few_positives"), ON, "too_few_positives"),
        (replace(TEA, reason="too_few_labels"), ON, "too_few_labels"),
        (replace(TEA, reason="short_history"), ON, "short_history"),
        (replace(TEA, reason="not_audited"), ON, "not_audited"),
        (COFFEE, ON - INSTANT, "not_yet"),
        (COFFEE, ON + 60 * DAY, "expired"),
        (replace(COFFEE, suspended_at=ON, suspended_because="drift"), ON, "drift"),
        (replace(COFFEE, suspended_at=ON), ON, "suspended"),
    ],
)
def test_without_a_promise_nothing_is_applied_and_the_reason_is_told_in_both_languages(
    certificate: Certificate | None, at: datetime, code: str
) -> None:
    promise = promise_of(certificate, at)
    assert promise.decide(1.0) == "review"
    assert promise.guarantee is None
    assert promise.no_guarantee is not None
    assert promise.no_guarantee["code"] == code
    assert promise.no_guarantee["en"] != promise.no_guarantee["zh"]


def test_every_reason_has_words_of_its_own() -> None:
    codes = ("no_certificate", "target_out_of_reach", "too_few_positives", "too_few_labels", "short_history")
    more = ("not_audited", "not_yet", "expired", "suspended", "no_labels")
    assert len({no_guarantee(code).as_json()["en"] for code in (*codes, *more)}) == 10


def test_promises_change_at_the_instant_at_which_one_expires_and_not_before() -> None:
    promises = Promises(["coffee", "tea", "wine"], {"coffee": COFFEE, "tea": TEA})
    held = [
        promises.at(at)[0].guarantee is not None
        for at in (ON, COFFEE.expires_at - INSTANT, COFFEE.expires_at)
    ]
    assert held == [True, True, False]
    assert promises.at(ON)[0].guarantee is not None  # also when the clock is put back
    assert [promises.same_until(at) for at in (ON - DAY, ON, COFFEE.expires_at)] == [
        ON,
        COFFEE.expires_at,
        None,
    ]


def test_what_does_not_change_is_worked_out_once() -> None:
    promises = Promises(["coffee"], {"coffee": COFFEE})
    assert promises.at(ON) is promises.at(ON + 59 * DAY)


def test_tag_without_a_certificate_shares_the_others_band() -> None:
    _, wine = Promises(["coffee", "wine"], {"coffee": COFFEE}).at(ON)
    assert [wine.decide(p) for p in (0.9, 0.4, 0.39)] == ["review", "review", "withhold"]
