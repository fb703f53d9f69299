"""What a rule would do: counted over everybody, against who carries the tag now."""

from typing import Any

from tags.rules.kinds import Threshold
from tags.rules.preview import Now, Preview, Previewer
from tags.rules.rulebook import Rulebook
from tests.tags.rules.rules import SPEC
from tests.tags.rules.worlds import known, rule_tag, taxonomy_of


def preview(
    when: str,
    *chunks: list[dict[str, Any]],
    now: Now | None = None,
    value: str | None = None,
    customers: int = 0,
) -> Preview:
    taxonomy = taxonomy_of(rule_tag("tried", when, value))
    previewer = Previewer(taxonomy, Rulebook(taxonomy, SPEC), "tried")
    for people in chunks:
        previewer.add(known(people))
    return previewer.preview(now or Now(), customers or sum(map(len, chunks)))


def said(found: Preview) -> list[str]:
    return [str(warning) for warning in found.warnings]


def spenders(*spend: float | None) -> list[dict[str, Any]]:
    return [{"spend_84d": one} for one in spend]


def test_gains_and_losses_are_against_who_carries_the_tag_now() -> None:
    now = Now(carriers={"customer 1", "customer 2"})
    found = preview("spend_84d > 5", spenders(6.0, 6.0, 1.0, 1.0), now=now)
    assert (found.matches, found.carries, found.carries_now) == (2, 2, 2)
    assert (found.gains, found.loses) == (1, 1)
    assert [(one.customer_id, one.change) for one in found.examples] == [
        ("customer 0", "gains"),
        ("customer 2", "loses"),
        ("customer 1", "keeps"),
    ]
    assert found.examples[0].evidence == {"spend_84d": 6}


def test_people_and_imports_keep_what_they_said() -> None:
    now = Now(carriers={"customer 1"}, said={"customer 0": False, "customer 1": True})
    found = preview("spend_84d > 5", spenders(6.0, 1.0), now=now)
    assert (found.matches, found.carries, found.gains, found.loses) == (1, 1, 0, 0)


def test_quantiles_are_taken_over_all_chunks_before_anybody_is_counted() -> None:
    found = preview("spend_84d > quantile(spend_84d, 0.5)", spenders(1.0, 2.0), spenders(3.0, 4.0))
    assert found.thresholds == {str(Threshold("spend_84d", 0.5)): 2.0}
    assert found.matches == 2


def test_a_rule_that_is_true_of_everybody_or_nobody_is_warned_of() -> None:
    assert "true of everybody" in said(preview("true", spenders(1.0)))[0]
    assert "true of nobody" in said(preview("spend_84d > 5", spenders(1.0)))[0]
    assert preview("spend_84d > 5", spenders(6.0, 1.0)).warnings == ()


def test_division_by_zero_and_unknown_values_are_counted_and_said() -> None:
    people = [
        {"spend_84d": 6.0, "baskets_28d": 0.0},
        {"spend_84d": 6.0, "baskets_28d": 2.0},
        {"spend_84d": 0.0, "baskets_28d": 2.0},
        {"baskets_28d": 2.0},
    ]
    found = preview("spend_84d / baskets_28d > 1", people)
    assert (found.matches, found.unknown, found.by_zero) == (1, 2, 1)
    assert [text.split(" ")[:3] for text in said(found)] == [
        ["of", "2", "customers"],
        ["for", "1", "customers"],
    ]


def test_values_are_counted() -> None:
    found = preview(
        "spend_84d > 0", spenders(1.0, 9.0, 2.0), value="case when spend_84d > 5 then 'big' else 'small' end"
    )
    assert found.values == {"small": 2, "big": 1}
    assert [one.value for one in found.examples] == ["small", "big", "small"]


def test_examples_are_ten_at_most() -> None:
    assert len(preview("true", spenders(*[1.0] * 50), spenders(*[1.0] * 50)).examples) == 10


def test_a_sample_is_told_from_the_whole() -> None:
    found = preview("spend_84d > 5", spenders(6.0, 1.0), customers=100)
    assert (found.customers, found.looked_at, found.share) == (100, 2, 0.5)


def test_a_shop_without_customers_has_a_preview() -> None:
    assert preview("spend_84d > quantile(spend_84d, 0.5)").share is None
