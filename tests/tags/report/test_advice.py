"""What is advised of a tag, from its figures alone: the first thing that speaks against it, else why it is kept."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tags.report.advice import Subject, is_negligible, judge
from tags.report.estimate import Estimate
from tags.report.quality import (
    Advice,
    Basis,
    Coverage,
    Moment,
    Precision,
    Recommendation,
    Stability,
    TagFigures,
    Twin,
    Use,
    Weight,
)
from tags.report.thresholds import ALIKE, NO_LIFT, TOO_NARROW, TOO_WIDE, UNSTABLE, UNUSED_DAYS

NOW = datetime(2024, 3, 1, tzinfo=UTC)
LIKE_EVERYBODY = Weight(
    Basis.RECOMPUTED,
    500,
    purchase=Estimate(0.001, 0.0, 0.01),
    spend=Estimate(0.002, 0.0, 0.01),
    purchase_lift=Estimate(1.0, 0.97, 1.03),
    spend_lift=Estimate(1.01, 0.95, 1.06),
)
TELLING = Weight(
    Basis.RECOMPUTED,
    500,
    purchase=Estimate(0.2, 0.15, 0.25),
    spend=Estimate(0.4, 0.3, 0.5),
    purchase_lift=Estimate(1.4, 1.3, 1.5),
    spend_lift=Estimate(2.1, 1.9, 2.3),
)
NOT_USED, USED = Use({}, int(UNUSED_DAYS.value), ()), Use({"found": 7}, 5, ())


def figures(tag: str = "tea", **known: Any) -> TagFigures:
    """A telling tag that a fifth of the customers carries, and nobody asked for."""
    plain = TagFigures(
        tag,
        coverage=Coverage(200, 0.2),
        precision=None,
        weight=TELLING,
        twins=(),
        stability=Stability(Basis.RECOMPUTED, (Moment(NOW, 0.2, 200, None),), 1.1),
        age=None,
        use=NOT_USED,
    )
    return replace(plain, **known)


def advised(
    about: TagFigures,
    *,
    rivals: Collection[str] = (),
    others: Mapping[str, TagFigures] | None = None,
    is_momentary: bool = False,
    is_predicted: bool = False,
    is_worked_out: bool = True,
) -> Recommendation:
    subject = Subject(about, is_momentary, is_predicted, is_worked_out, rivals, others or {})
    return judge(subject).recommendation


def precision(low: float, high: float) -> Precision:
    return Precision(Estimate((low + high) / 2, low, high), 400, Basis.KEPT, target=0.8)


def twin(tag: str, jaccard: float = 0.9) -> Twin:
    return Twin(tag, 180, jaccard, 0.95, 0.8)


def test_a_telling_tag_is_kept_with_what_its_carriers_do() -> None:
    found = advised(figures())
    assert (found.advice, str(found.reason)) == (
        Advice.KEEP,
        "its carriers later spend 2.10 times the average",
    )
    thrifty = replace(TELLING, spend_lift=Estimate(0.5, 0.4, 0.6))
    assert str(advised(figures(weight=thrifty)).reason) == "its carriers later spend only 50% of the average"


def test_a_tag_that_nobody_carries_is_to_be_redefined_unless_that_is_its_nature() -> None:
    nobody = figures(coverage=Coverage(0, 0.0), weight=None)
    assert advised(nobody).advice is Advice.REDEFINE
    assert advised(nobody, is_predicted=True).advice is Advice.REDEFINE
    assert advised(nobody, is_momentary=True).advice is Advice.KEEP
    assert advised(nobody, is_worked_out=False).advice is Advice.KEEP


def test_what_nobody_carries_is_said_otherwise_of_models_than_of_rules() -> None:
    nobody = figures(coverage=Coverage(0, 0.0))
    assert "loosen its rule" in str(advised(nobody).reason)
    assert "review more of its suggestions" in str(advised(nobody, is_predicted=True).reason)


def test_a_broken_promise_weighs_more_than_whatever_else_is_wrong() -> None:
    broken = figures(precision=precision(0.6, 0.79), coverage=Coverage(950, 0.95))
    found = advised(broken)
    assert found.advice is Advice.REDEFINE
    assert "surely fewer than the 80%" in str(found.reason)
    assert "carry it" in str(
        advised(figures(precision=precision(0.6, 0.81), coverage=Coverage(950, 0.95))).reason
    )


def test_the_limits_of_coverage_are_those_of_the_thresholds() -> None:
    for share, advice in (
        (TOO_WIDE.value, Advice.KEEP),
        (TOO_WIDE.value + 0.001, Advice.REDEFINE),
        (TOO_NARROW.value, Advice.KEEP),
        (TOO_NARROW.value - 0.001, Advice.REDEFINE),
    ):
        assert advised(figures(coverage=Coverage(5, share))).advice is advice, share


def test_few_carriers_speak_against_no_trigger() -> None:
    few = figures(coverage=Coverage(2, 0.001))
    assert advised(few, is_momentary=True).advice is Advice.KEEP


def test_of_two_tags_on_the_same_customers_the_weaker_one_is_to_be_merged() -> None:
    strong = figures("tea", twins=(twin("green_tea"),), use=USED)
    weak = figures("green_tea", twins=(twin("tea"),))
    known = {"tea": strong, "green_tea": weak}
    found = advised(weak, others=known)
    assert (found.advice, found.other) == (Advice.MERGE, "tea")
    assert advised(strong, others=known).advice is Advice.KEEP


def test_exactly_one_of_two_equal_twins_is_to_be_merged() -> None:
    one, other = figures("a", twins=(twin("b"),)), figures("b", twins=(twin("a"),))
    known = {"a": one, "b": other}
    advice = {tag: advised(known[tag], others=known).advice for tag in known}
    assert sorted(advice.values()) == [Advice.KEEP, Advice.MERGE]


@pytest.mark.parametrize(
    ("of_twin", "rivals"), [(twin("b", ALIKE.value - 0.01), ()), (twin("b"), ("b",)), (twin("gone"), ())]
)
def test_tags_that_overlap_less_or_exclude_each_other_or_are_gone_are_not_merged(
    of_twin: Twin, rivals: Collection[str]
) -> None:
    one, other = figures("a", twins=(of_twin,)), figures("b", use=USED)
    assert advised(one, rivals=rivals, others={"a": one, "b": other}).advice is Advice.KEEP


def test_a_tag_that_tells_nothing_is_retired_once_nobody_asks_for_it() -> None:
    found = advised(figures(weight=LIKE_EVERYBODY))
    assert (found.advice, f"in {int(UNUSED_DAYS.value)} days" in str(found.reason)) == (Advice.RETIRE, True)
    early = advised(figures(weight=LIKE_EVERYBODY, use=Use({}, 3, ())))
    assert (early.advice, "so far" in str(early.reason)) == (Advice.RETIRE, True)
    for use, why in ((USED, "7 answers named it"), (Use({}, 90, ("vip",)), "made from it: vip")):
        kept = advised(figures(weight=LIKE_EVERYBODY, use=use))
        assert (kept.advice, why in str(kept.reason)) == (Advice.KEEP, True)


@pytest.mark.parametrize(
    "unsure",
    [
        None,
        replace(LIKE_EVERYBODY, spend_lift=None),
        replace(LIKE_EVERYBODY, spend=Estimate(0.01, 0.0, 0.05)),
        replace(LIKE_EVERYBODY, spend_lift=Estimate(1.0, 0.9, 1.0 + NO_LIFT.value + 0.01)),
        replace(LIKE_EVERYBODY, purchase_lift=Estimate(1.0, 0.85, 1.05)),
    ],
)
def test_not_knowing_what_a_tag_tells_is_no_reason_to_retire_it(unsure: Weight | None) -> None:
    assert is_negligible(LIKE_EVERYBODY)
    assert not is_negligible(unsure)
    assert advised(figures(weight=unsure)).advice is not Advice.RETIRE


def test_a_tag_that_follows_the_calendar_is_to_be_redefined() -> None:
    swinging = Stability(Basis.KEPT, (), UNSTABLE.value)
    assert advised(figures(stability=swinging)).advice is Advice.REDEFINE
    assert advised(figures(stability=swinging), is_momentary=True).advice is Advice.KEEP
    assert advised(figures(stability=replace(swinging, moved=UNSTABLE.value - 0.01))).advice is Advice.KEEP


def test_why_a_tag_is_kept_is_the_strongest_thing_that_is_known() -> None:
    faint = replace(LIKE_EVERYBODY, spend=Estimate(0.05, 0.03, 0.07))
    assert "tells something" in str(advised(figures(weight=faint)).reason)
    kept = figures(weight=None, precision=precision(0.85, 0.95))
    assert str(advised(kept).reason) == "it keeps its promise: it came true for 90% of its carriers"
    assert "too early to tell" in str(advised(figures(weight=None)).reason)
