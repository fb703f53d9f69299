"""Definitions of tags of every source, and what is said of those that cannot be."""

from datetime import timedelta
from typing import Any

import pytest

from core.errors import InvalidInputError
from tags.definition import Tag
from tags.taxonomy import Taxonomy, parse_taxonomy
from tags.trigger import Trigger

RULE = {"when": "spend_84d > 100"}
CART = {"events": ["cart_add"], "after": "24h", "unless": ["purchase"]}
TIERS = {"key": "tiers", "name": {"en": "Tiers", "zh": "等级"}, "exclusive": True}


def tag(**changes: Any) -> dict[str, Any]:
    """A rule's tag as a file says it; None leaves a key out."""
    plain = {
        "key": "big",
        "name": {"en": "Big", "zh": "大客户"},
        "definition": {"en": "Spends much", "zh": "消费多"},
        "kind": "value",
        "method": "rule",
        "rule": RULE,
    }
    return {key: value for key, value in {**plain, **changes}.items() if value is not None}


def triggered(**trigger: Any) -> dict[str, Any]:
    return tag(method="trigger", rule=None, trigger=trigger)


def taxonomy(*tags: dict[str, Any], groups: Any = ()) -> Taxonomy:
    return parse_taxonomy({"tags": list(tags), "groups": list(groups)})


def refused(*tags: dict[str, Any], groups: Any = ()) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        taxonomy(*tags, groups=groups)
    return {problem.field: str(problem.message) for problem in caught.value.fields}


def test_tag_of_each_source_is_read() -> None:
    found = taxonomy(
        tag(),
        tag(key="cart", method="trigger", rule=None, trigger=CART),
        tag(key="vip", method="manual", rule=None),
        tag(key="level", method="import", rule=None, values=["1", "2"]),
        tag(key="tea", method="model", rule=None, outcome={"type": "reviewed"}),
    )
    assert [one.method.value for one in found.tags] == ["rule", "trigger", "manual", "import", "model"]
    assert [one.lifetime_days for one in found.tags] == [None, 30, None, None, 30]
    assert [one.decision_days for one in found.tags] == [30, 30, None, None, 30]
    assert [one.has_values for one in found.tags] == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        (tag(rule=None), "tags.0.rule", "this key is required where method is rule"),
        (
            tag(method="manual"),
            "tags.0.rule",
            "a tag whose method is manual has no such key: leave it out, or change the method",
        ),
        (
            tag(method="guess"),
            "tags.0.method",
            "expected one of 'model', 'rule', 'trigger', 'import' or 'manual', got 'guess'",
        ),
        (
            tag(status="pilot"),
            "tags.0.pilot_share",
            "a pilot says here which share of the customers can get it, such as 0.1 for every tenth",
        ),
        (tag(status="pilot", pilot_share=1.5), "tags.0.pilot_share", "expected at most 1.0, got 1.5"),
        (tag(values=["a", "b", "a"]), "tags.0.values", "values must be unique; given twice: a"),
        (tag(values=[]), "tags.0.values", "expected 1 or more entries, got 0"),
        (
            tag(name={"en": "Big", "zh": "大" * 200}),
            "tags.0.name.zh",
            "expected at most 100 characters, got 200",
        ),
        (
            tag(name={"en": "Big\nspender", "zh": "大"}),
            "tags.0.name.en",
            "expected one line of text with something to read in it, got 'Big\\nspender'",
        ),
        (
            tag(name={"en": " ", "zh": "大"}),
            "tags.0.name.en",
            "expected one line of text with something to read in it, got ' '",
        ),
        (
            tag(definition={"en": "a\x00b", "zh": "大"}),
            "tags.0.definition.en",
            "expected text that every database can hold: no NUL, no half of a Unicode pair",
        ),
        (
            tag(owner="a\nb"),
            "tags.0.owner",
            "expected one line of text with something to read in it, got 'a\\nb'",
        ),
        (triggered(), "tags.0.trigger", "expected exactly one of events, date and crosses, got -"),
        (
            triggered(events=["view"], date="birthday"),
            "tags.0.trigger",
            "expected exactly one of events, date and crosses, got events, date",
        ),
        (triggered(date="birthday"), "tags.0.trigger", "date needs before_days"),
        (
            triggered(date="birthday", before_days=7, after="1h"),
            "tags.0.trigger",
            "after goes with events, which is not given",
        ),
        (
            triggered(events=["view"], unless=["purchase"]),
            "tags.0.trigger",
            "unless says what may not come in between: give after or after_days as well",
        ),
        (
            triggered(events=["view"], after="1h", after_days="gap_mean_days"),
            "tags.0.trigger",
            "expected after or after_days, not both",
        ),
        (
            triggered(events=["view"], after="soon"),
            "tags.0.trigger.after",
            "expected a text of the form ^[1-9][0-9]{0,4} ?(min|h|d)$, got 'soon'",
        ),
        (
            tag(group="tires"),
            "tags.0.group",
            "there is no group 'tires'; nearest: tiers. Groups stand under groups, at the top of the file",
        ),
        (
            triggered(crosses="tires", direction="up"),
            "tags.0.trigger.crosses",
            "there is no group 'tires'; nearest: tiers. Groups stand under groups, at the top of the file",
        ),
    ],
)
def test_fault_is_named_with_what_to_do(wrong: dict[str, Any], field: str, message: str) -> None:
    assert refused(wrong, groups=[TIERS]) == {field: message}


def test_groups_are_told_apart_and_name_their_own_tags() -> None:
    assert refused(tag(), groups=[TIERS, TIERS]) == {"tags": "group keys must be unique; given twice: tiers"}
    assert refused(tag(), groups=[{**TIERS, "order": ["big"]}]) == {
        "groups.0.order": "'big' is no tag of the group tiers"
    }


def test_nobody_moves_within_a_group_that_is_not_exclusive() -> None:
    crossing = triggered(crosses="tiers", direction="up")
    found = refused(crossing, groups=[{**TIERS, "exclusive": False}])
    assert found == {
        "tags.0.trigger.crosses": "the group 'tiers' is not exclusive, so nobody moves within it"
    }


def test_tiers_stand_in_the_groups_order_and_then_as_they_come() -> None:
    keys = ["high", "new", "low"]
    found = taxonomy(
        *(tag(key=key, group="tiers") for key in keys), groups=[{**TIERS, "order": ["low", "high"]}]
    )
    assert [one.key for one in found.tags_of_group("tiers")] == ["low", "high", "new"]


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        ("90min", timedelta(minutes=90)),
        ("24 h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        (None, None),
    ],
)
def test_wait_is_as_long_as_it_says(after: str | None, wait: timedelta | None) -> None:
    assert Trigger(events=("view",), after=after).wait == wait


def of(**changes: Any) -> Tag:
    return Tag.model_validate(tag(**changes))


def test_pilot_is_open_to_a_fixed_sample_that_grows_with_its_share() -> None:
    customers = [str(number) for number in range(10_000)]
    tenth = {one for one in customers if of(status="pilot", pilot_share=0.1).is_open_to(one)}
    half = {one for one in customers if of(status="pilot", pilot_share=0.5).is_open_to(one)}
    assert 900 < len(tenth) < 1_100
    assert tenth < half
    other = {one for one in customers if of(key="other", status="pilot", pilot_share=0.1).is_open_to(one)}
    assert len(tenth & other) < 150
    assert all(of(status="pilot", pilot_share=1.0).is_open_to(one) for one in customers)


def test_only_active_tags_and_pilots_are_open_to_anybody() -> None:
    assert of().is_open_to("1")
    assert not of(status="draft").is_open_to("1")
    assert not of(status="retired", pilot_share=1.0).is_open_to("1")
    found = taxonomy(
        tag(key="a"), tag(key="b", status="draft"), tag(key="c", status="pilot", pilot_share=0.5)
    )
    assert [one.key for one in found.current] == ["a", "c"]


def test_models_learn_drafts_and_no_retired_tags() -> None:
    def learned(key: str, status: str) -> dict[str, Any]:
        return tag(
            key=key,
            method="model",
            rule=None,
            status=status,
            outcome={"type": "purchase", "categories": ["A"]},
        )

    found = taxonomy(tag(), learned("tea", "active"), learned("oil", "draft"), learned("old", "retired"))
    assert [one.key for one in found.outcome_tags] == ["tea", "oil"]
    assert [one.name for one in found.groups] == ["tea", "oil"]
    assert [one.name for one in found.targets] == ["tea", "oil"]


def test_version_does_not_know_retired_tags_and_groups_that_nobody_uses() -> None:
    plain = taxonomy(tag())
    assert taxonomy(tag(), tag(key="old", status="retired"), groups=[TIERS]).version == plain.version
    assert taxonomy(tag(group="tiers"), groups=[TIERS]).version != plain.version
    assert taxonomy(tag(owner="Mary")).version != plain.version


def test_copy_has_a_version_and_a_look_up_of_its_own() -> None:
    both = taxonomy(tag(), tag(key="other"))
    assert (both.version, both["other"].key) == (both.version, "other")
    one = both.model_copy(update={"tags": both.tags[:1]})
    assert one.version == taxonomy(tag()).version != both.version
    assert one.get("other") is None
