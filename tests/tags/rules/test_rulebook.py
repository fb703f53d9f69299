"""All rules together say what the oracle says of each customer alone."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tags.profile.claims import Source
from tags.rules.known import Predicted, Said, Word
from tags.rules.rulebook import Rulebook
from tags.rules.tree import Node
from tests.tags.rules.oracle import value_of
from tests.tags.rules.rules import SPEC, customers, number_rules, truth_rules
from tests.tags.rules.worlds import known, rule_tag, taxonomy_of

TODAY = date(2017, 11, 30)


def carried_by(rulebook: Rulebook, tag: str, *, said: Said | None = None, n: int = 1) -> list[bool]:
    found = rulebook.evaluate(known([{}] * n, said=said or Said()))
    return list(found.carries[tag])


@given(st.lists(truth_rules(), min_size=1, max_size=4), st.lists(customers(), min_size=1, max_size=6))
def test_the_rules_say_what_the_oracle_says(rules: list[Node], people: list[dict[str, Any]]) -> None:
    tags = [rule_tag(f"tag_{place}", str(rule)) for place, rule in enumerate(rules)]
    rulebook = Rulebook(taxonomy_of(*tags), SPEC)
    assert rulebook.broken == {}
    found = rulebook.evaluate(known(people))
    for place, rule in enumerate(rules):
        expected = [value_of(rule, {**one, "today": TODAY}) is True for one in people]
        assert list(found.carries[f"tag_{place}"]) == expected


@given(number_rules(), st.lists(customers(), min_size=1, max_size=6))
def test_values_are_what_the_oracle_gives(rule: Node, people: list[dict[str, Any]]) -> None:
    rulebook = Rulebook(taxonomy_of(rule_tag("valued", "true", str(rule))), SPEC)
    assert rulebook.broken == {}
    numbers = rulebook.evaluate(known(people)).numbers[rulebook.value_places["valued"]]
    expected = [value_of(rule, {**one, "today": TODAY}) for one in people]
    assert [None if np.isnan(one) else one for one in numbers.tolist()] == expected


@given(st.lists(truth_rules(2), min_size=1, max_size=3), customers(), st.integers(0, 699))
def test_one_customer_gets_the_same_alone_and_among_many(
    rules: list[Node], one: dict[str, Any], place: int
) -> None:
    tags = [rule_tag(f"tag_{number}", str(rule)) for number, rule in enumerate(rules)]
    rulebook = Rulebook(taxonomy_of(*tags), SPEC)
    others = [{"spend_84d": float(number)} for number in range(700)]
    others[place] = one
    alone, among = rulebook.evaluate(known([one])), rulebook.evaluate(known(others))
    assert {tag: bool(holds[0]) for tag, holds in alone.carries.items()} == {
        tag: bool(holds[place]) for tag, holds in among.carries.items()
    }


def test_rules_that_look_at_other_tags_come_after_them() -> None:
    rulebook = Rulebook(
        taxonomy_of(
            rule_tag("vip", "tag.big and tag.loyal"),
            rule_tag("loyal", "not tag.big or true"),
            rule_tag("big", "spend_84d > 10"),
        ),
        SPEC,
    )
    assert rulebook.tags == ("big", "loyal", "vip")
    found = rulebook.evaluate(known([{"spend_84d": 11.0}, {"spend_84d": 10.0}, {}]))
    assert list(found.carries["vip"]) == [True, False, False]


def test_people_and_imports_outrank_the_rule_that_another_rule_looks_at() -> None:
    rulebook = Rulebook(
        taxonomy_of(rule_tag("big", "spend_84d > 10"), rule_tag("small", "not tag.big")), SPEC
    )
    words = [Word(0, "big", Source.PERSON, carries=False), Word(1, "big", Source.IMPORT)]
    words += [Word(1, "big", Source.MODEL, carries=False), Word(3, "big", Source.TRIGGER)]
    found = rulebook.evaluate(known([{"spend_84d": 11.0}, {}, {}, {}], said=Said.of(words, 4)))
    assert list(found.carries["big"]) == [True, False, False, False]  # what the rule itself says
    assert list(found.carries["small"]) == [True, False, True, False]


def test_the_value_of_another_tag_is_that_of_its_strongest_source() -> None:
    rulebook = Rulebook(
        taxonomy_of(
            rule_tag("tier", "spend_84d > 0", "case when spend_84d > 10 then 'gold' else 'silver' end"),
            rule_tag("gold", "value.tier = 'gold'"),
        ),
        SPEC,
    )
    words = [Word(0, "tier", Source.PERSON, value="silver"), Word(1, "tier", Source.PERSON, value="gold")]
    people = [{"spend_84d": 11.0}, {"spend_84d": 1.0}, {"spend_84d": 11.0}, {"spend_84d": 1.0}]
    found = rulebook.evaluate(known(people, said=Said.of(words, 4)))
    assert list(found.carries["gold"]) == [False, True, True, False]
    assert found.values("tier", np.arange(4)) == ["gold", "silver", "gold", "silver"]


def test_rules_in_a_circle_are_left_out_and_named() -> None:
    tags = (rule_tag("a", "tag.b"), rule_tag("b", "tag.c"), rule_tag("c", "tag.a"), rule_tag("d", "true"))
    rulebook = Rulebook(taxonomy_of(*tags), SPEC)
    assert rulebook.tags == ("d",)
    assert sorted(rulebook.broken) == ["a", "b", "c"]
    assert "a → b → c → a" in str(rulebook.broken["a"])


def test_a_rule_that_names_what_is_gone_breaks_no_other() -> None:
    rulebook = Rulebook(taxonomy_of(rule_tag("a", "spend_84 > 1"), rule_tag("b", "true")), SPEC)
    assert rulebook.tags == ("b",)
    assert "nearest: spend_84d" in str(rulebook.broken["a"])


def test_only_current_tags_are_worked_out() -> None:
    rulebook = Rulebook(
        taxonomy_of(rule_tag("draft", "true", status="draft"), rule_tag("retired", "true", status="retired")),
        SPEC,
    )
    assert rulebook.tags == ()
    assert rulebook.evaluate(known([{}])).carries == {}


def test_a_pilot_is_given_to_its_sample_alone() -> None:
    taxonomy = taxonomy_of(rule_tag("trial", "true", status="pilot", pilot_share=0.3))
    carried = carried_by(Rulebook(taxonomy, SPEC), "trial", n=200)
    sample = [taxonomy["trial"].is_in_pilot(f"customer {place}") for place in range(200)]
    assert carried == sample
    assert 0 < sum(carried) < 200


def test_a_tag_with_values_needs_one_that_it_can_have() -> None:
    rulebook = Rulebook(
        taxonomy_of(rule_tag("age", "true", "attribute.age", values=["19-24", "25-34"])), SPEC
    )
    people = [{"attribute.age": "19-24"}, {"attribute.age": "35-44"}, {}]
    found = rulebook.evaluate(known(people))
    assert list(found.carries["age"]) == [True, False, False]
    assert found.values("age", np.array([0])) == ["19-24"]


def test_evidence_shows_what_the_rule_read() -> None:
    rulebook = Rulebook(
        taxonomy_of(
            rule_tag("big", "spend_84d > 10"),
            rule_tag(
                "told", "tag.big or attribute.age >= '25-34' and today > date '2017-01-01' and churn < 0.5"
            ),
        ),
        SPEC,
    )
    found = rulebook.evaluate(
        known(
            [{"spend_84d": 10.5, "attribute.age": "35-44"}, {}],
            predicted=Predicted(churn=np.array([0.123456789, np.nan])),
        )
    )
    assert found.evidence("told", np.array([0, 1])) == [
        {"tag.big": True, "attribute.age": "35-44", "today": "2017-11-30", "churn": 0.123457},
        {"tag.big": False, "attribute.age": None, "today": "2017-11-30", "churn": None},
    ]


def test_a_rule_over_nothing_has_no_evidence() -> None:
    rulebook = Rulebook(taxonomy_of(rule_tag("all", "true")), SPEC)
    assert rulebook.evaluate(known([{}, {}])).evidence("all", np.array([0, 1])) == [{}, {}]


def test_today_is_the_local_day_of_the_last_instant_before() -> None:
    rulebook = Rulebook(taxonomy_of(rule_tag("new_year", "today = date '2017-12-31'")), SPEC)
    midnight = known([{}])
    midnight = type(midnight)(datetime(2018, 1, 1, tzinfo=UTC), midnight.customer_ids, midnight.rows)
    assert list(rulebook.evaluate(midnight).carries["new_year"]) == [True]


TIERS = {"key": "tier", "name": {"en": "Tier", "zh": "等级"}, "exclusive": True, "order": ["low", "high"]}


def tiered(*more: dict[str, Any]) -> Rulebook:
    tiers = [rule_tag("low", "spend_84d > 0", group="tier"), rule_tag("high", "spend_84d > 10", group="tier")]
    return Rulebook(taxonomy_of(*tiers, *more, groups=[TIERS]), SPEC)


def test_a_rule_that_looks_at_a_tier_sees_the_highest_alone() -> None:
    rulebook = tiered(rule_tag("mass", "tag.low"))
    assert rulebook.tags.index("high") < rulebook.tags.index("mass")
    words = [Word(2, "high", Source.PERSON, carries=False), Word(3, "high", Source.IMPORT)]
    people = [{"spend_84d": 5.0}, {"spend_84d": 11.0}, {"spend_84d": 11.0}, {"spend_84d": 5.0}]
    found = rulebook.evaluate(known(people, said=Said.of(words, 4)))
    assert list(found.carries["mass"]) == [True, False, True, False]


def test_a_tier_cannot_look_at_a_lower_one() -> None:
    tiers = [rule_tag("low", "spend_84d > 0", group="tier"), rule_tag("high", "tag.low", group="tier")]
    rulebook = Rulebook(taxonomy_of(*tiers, groups=[TIERS]), SPEC)
    assert rulebook.tags == ("low",)
    assert "high → high" in str(rulebook.broken["high"])
