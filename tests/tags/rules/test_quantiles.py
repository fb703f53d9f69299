"""Thresholds taken from the shop's own customers."""

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.storage import Store
from features import counters
from tags.rules.kinds import Threshold
from tags.rules.quantiles import COUNTER, Found, Taking, read_values, write_values
from tags.rules.rulebook import Rulebook
from tests.tags.rules.rules import SPEC
from tests.tags.rules.worlds import AS_OF, known, rule_tag, taxonomy_of

BIG = "spend_84d > quantile(spend_84d, 0.8)"
OF_SPEND = Threshold("spend_84d", 0.8)


def spenders(*spend: float | None) -> list[dict[str, Any]]:
    return [{"spend_84d": one} for one in spend]


def found_of(when: str, people: list[dict[str, Any]], at_once: int = 100) -> dict[Threshold, Found]:
    taxonomy = taxonomy_of(rule_tag("big", when))
    taking = Taking(Rulebook(taxonomy, SPEC).taken, SPEC, taxonomy)
    for first in range(0, len(people), at_once):
        taking.add(known(people[first : first + at_once]))
    return taking.found()


@given(st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=40), st.integers(1, 99))
def test_a_quantile_is_the_least_value_that_so_many_do_not_exceed(values: list[float], percent: int) -> None:
    when = f"spend_84d > quantile(spend_84d, {percent / 100})"
    (found,) = found_of(when, spenders(*values), at_once=7).values()
    expected = min(v for v in values if 100 * sum(one <= v for one in values) >= percent * len(values))
    assert found == Found(expected, len(values))


def test_unknown_values_do_not_count() -> None:
    assert found_of(BIG, spenders(None, 1.0, None, 2.0)) == {OF_SPEND: Found(2.0, 2)}


def test_a_condition_says_whose_values_count() -> None:
    found = found_of(
        "spend_84d > quantile(spend_84d, 0.5, spend_84d > 0)", spenders(0.0, 0.0, 3.0, 5.0, None)
    )
    assert found == {Threshold("spend_84d where spend_84d > 0", 0.5): Found(3.0, 2)}


def test_nobody_passes_a_quantile_that_nobody_has_a_value_for() -> None:
    assert found_of(BIG, spenders(None)) == {OF_SPEND: Found(None, 0)}
    rulebook = Rulebook(taxonomy_of(rule_tag("big", BIG)), SPEC, {OF_SPEND: None})
    assert list(rulebook.evaluate(known(spenders(5.0))).carries["big"]) == [False]


def test_equal_quantiles_of_several_rules_are_taken_once() -> None:
    tags = [rule_tag("a", BIG), rule_tag("b", "spend_84d <= quantile( spend_84d , .80)")]
    assert [one.threshold for one in Rulebook(taxonomy_of(*tags), SPEC).taken] == [OF_SPEND]


def test_evidence_names_the_threshold() -> None:
    rulebook = Rulebook(taxonomy_of(rule_tag("big", BIG)), SPEC, {OF_SPEND: 2.5})
    found = rulebook.evaluate(known(spenders(5.0)))
    assert found.evidence("big", np.array([0])) == [{"spend_84d": 5, "quantile(spend_84d, 0.8)": 2.5}]


def test_kept_quantiles_are_read_again_and_noticed(store: Store) -> None:
    with store.write() as connection:
        write_values(connection, {OF_SPEND: Found(2.5, 4), Threshold("a", 0.5): Found(None, 0)}, as_of=AS_OF)
        write_values(connection, {OF_SPEND: Found(3.5, 5)}, as_of=AS_OF + timedelta(days=1))
    with store.read() as connection:
        assert read_values(connection) == {OF_SPEND: 3.5, Threshold("a", 0.5): None}
        assert counters.value(connection, COUNTER) == 2


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7, 0.9])
def test_a_share_is_not_pushed_up_by_rounding(share: float) -> None:
    people = spenders(*[float(value) for value in range(1, 31)])
    (found,) = found_of(f"spend_84d > quantile(spend_84d, {share})", people).values()
    assert found.value == math.floor(share * 30 + 0.5)
