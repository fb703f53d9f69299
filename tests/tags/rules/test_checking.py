"""Rules that make no sense are refused with what to write instead."""

import pytest

from core.errors import InvalidInputError
from tags.rules.checking import check
from tags.rules.errors import RuleError
from tags.rules.kinds import Kind
from tags.rules.names import names_of
from tags.rules.order import order_of
from tags.rules.reading import LONGEST, parse
from tags.rules.rulebook import check_rule
from tests.tags.rules.rules import SPEC
from tests.tags.rules.worlds import rule_tag, taxonomy_of

TAXONOMY = taxonomy_of(rule_tag("coffee", "true"), rule_tag("tier", "true", "'gold'"))
NAMES = names_of(SPEC, TAXONOMY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spend_84 > 3", "there is no 'spend_84'; nearest: spend_84d"),
        ("tag.cofee", "nearest: tag.coffee"),
        ("attribute.aeg = '19-24'", "nearest: attribute.age"),
        ("qqqqqqqq > 3", "texts stand in single quotation marks"),
        ("spend_84d", "expected a truth"),
        ("spend_84d = 'much'", "'much' is a text, but = needs a number as spend_84d"),
        ("spend_84d and tag.coffee", "spend_84d is a number, but and needs a truth"),
        ("not spend_84d", "not needs a truth"),
        ("tag.coffee > 3", "3 is a number, but > needs a truth as tag.coffee"),
        ("tag.coffee > tag.tier", "a truth has no order"),
        ("attribute.region > 'north'", "a text has no order"),
        ("attribute.age = '18-24'", "attribute.age is never '18-24'; nearest: 19-24"),
        ("today > '2017-01-01'", "days are written date '2026-01-31'"),
        ("today > date '2017-02-30'", "expected a day"),
        ("spend_84d = null", "write spend_84d is null"),
        ("spend_84d / 0 > 1", "divides by zero"),
        ("spend_84d % 0 = 1", "divides by zero"),
        ("counts_of('view', 28) > 1", "nearest: count_of"),
        ("count_of('viw', 28) > 1", "nearest: view"),
        ("count_of('view', 0) > 1", "whole number from 1"),
        ("count_of(view) > 1", "count_of('view', 28)"),
        ("share_of_channel('ap', 28) > 0.5", "'ap' is no channel of this shop; nearest: app"),
        ("spend_84d > quantile(spend_84d, 80)", "expected a number between 0 and 1"),
        ("spend_84d > quantile(tag.coffee, 0.8)", "needs a number"),
        ("spend_84d > quantile(confidence.coffee, 0.8)", "not over tags"),
        ("abs(spend_84d, 2) > 1", "abs(a)"),
        ("round(spend_84d, 9) > 1", "whole number from 0 to 6"),
        ("case when tag.coffee then 1 else 'x' end = 1", "'x' is a text"),
        ("event.type = 'view'", "only triggers know of an event"),
        ("before.spend_84d > 1", "only triggers know of an event"),
        ("spend_84d >", "ends too early"),
        ("spend_84d > > 3", "not part of the language"),
        ("spend_84d and or 3", "character 15: 'or' is not expected"),
        ("(spend_84d > 3", "a bracket has to be closed"),
        ("spend_84d = 'x", "not closed"),
        ("spend_84d > 3; tag.coffee", "expected one condition"),
        ("select 1", "not part of the language"),
        ("spend_84d in (select 1)", "not part of the language"),
        ("spend_84d::text = 'x'", "not part of the language"),
        ("spend_84d is 3", "is stands before null"),
        ("", "the rule is empty"),
        ("1e999 < spend_84d", "too large"),
        ("(" * 200 + "true" + ")" * 200, "nested"),
        ("spend_84d > 1 and " * 200 + "true", "characters; at most"),
        ("a" * (LONGEST + 1), "characters; at most"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_write(text: str, said: str) -> None:
    with pytest.raises(RuleError) as found:
        check(parse(text), NAMES)
    assert said in str(found.value)


def test_an_error_knows_its_place_in_the_text() -> None:
    text = "baskets_28d > 1 and spend_84 > 3"
    with pytest.raises(RuleError) as found:
        check(parse(text), NAMES)
    assert text[slice(*found.value.place)] == "spend_84"


@pytest.mark.parametrize(
    "text",
    [
        "spend_84d > 1 AND NOT tag.coffee OR attribute.age >= '25-34'",
        "attribute.region in ('north', 'south') and value.tier = 'gold'",
        "month(today) = 12 and today - date '2017-01-01' < 300",
        "count_of('view') > 3 and days_since('opinion') < 30 and sum_of('purchase', 90) > 100",
        "share_of_channel('app', 84) > 0.5 or churn > 0.5 and segment = 'segment_1'",
        "coalesce(gap_mean_days, 30) < least(40, greatest(spend_84d, 1))",
        "tag.coffee is true and spend_84d is not null and not tag.tier is false",
        "spend_84d > quantile(spend_84d / baskets_84d, 0.8, baskets_84d > 0)",
        "true",
    ],
)
def test_what_makes_sense_is_read_again_from_what_it_prints(text: str) -> None:
    once = parse(text)
    assert parse(str(once)) == once
    assert check(once, NAMES).step == check(parse(str(once)), NAMES).step


def test_triggers_see_the_event_and_what_was_before() -> None:
    names = NAMES.with_event(("view", "purchase"))
    text = "event.type = 'purchase' and event.amount > before.spend_84d and event.property('method') = 'card'"
    assert check(parse(text), names).kind is Kind.TRUTH
    with pytest.raises(RuleError, match="never 'viw'; nearest: view"):
        check(parse("event.type = 'viw'"), names)


def test_a_value_that_the_tag_cannot_have_is_refused() -> None:
    tag = taxonomy_of(
        rule_tag("tier", "true", "case when tag.tier then 'gold' else 'bronze' end", values=["gold"])
    )
    with pytest.raises(InvalidInputError, match="'bronze' is none of the tag's values") as found:
        check_rule(tag["tier"], NAMES)
    assert [one.field for one in found.value.fields] == ["rule.value"]


def test_the_wrong_part_of_a_tag_is_named() -> None:
    tag = taxonomy_of(rule_tag("tier", "spend_84 > 1"))["tier"]
    with pytest.raises(InvalidInputError) as found:
        check_rule(tag, NAMES)
    assert [one.field for one in found.value.fields] == ["rule.when"]


def test_tags_in_a_circle_are_all_named() -> None:
    taxonomy = taxonomy_of(rule_tag("a", "tag.b"), rule_tag("b", "value.a = 'x'"), rule_tag("c", "tag.a"))
    with pytest.raises(InvalidInputError, match="circle") as found:
        order_of(taxonomy)
    assert sorted(one.field for one in found.value.fields) == ["tags.0.rule.when", "tags.1.rule.when"]


def test_a_tag_that_looks_at_itself_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="a → a"):
        order_of(taxonomy_of(rule_tag("a", "not tag.a")))
