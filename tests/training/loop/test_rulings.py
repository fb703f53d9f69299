"""Who takes over: only what is better for certain, or, from a champion that is out of date, what is not worse."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.language import Text
from core.settings import Settings
from models.certification import Certification
from training.gates import Gate
from training.loop.compare import LEAST_POSITIVES, Figures, PartComparison, TagFigures
from training.loop.recertified import Promise
from training.loop.rulings import Case, Ruling, rule

BETTER = Figures(0.50, 0.53, 0.03, 0.01, 0.05)
ALIKE = Figures(0.50, 0.50, 0.0, -0.005, 0.005)
UNSURE = Figures(0.50, 0.51, 0.01, -0.02, 0.04)
WORSE = Figures(0.50, 0.40, -0.10, -0.15, -0.05)
CERTIFIED = Certification(0.8, 0.9, 0.03, threshold=0.7, coverage=0.3)
NOT_CERTIFIED = Certification(0.8, 0.9, 0.03, reason="target_out_of_reach")


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Three parts of either side, nothing compared yet."""
    return Case(
        settings=Settings(home=tmp_path, promote_margin=0.01, promote_tag_loss=0.03),
        champions={"interest": ["coffee", "tea"], "churn": ["churned"], "segments": []},
        challengers={"interest": ["coffee", "tea"], "churn": ["churned"], "segments": []},
        gates=(),
        comparisons={},
        not_compared={part: Text("Coffee") for part in ("interest", "churn")},
        unlike=(),
        promises=(),
        is_out_of_date=False,
        not_trained={},
    )


def compared(part: str, figures: Figures, *tags: TagFigures) -> dict[str, PartComparison]:
    return {part: PartComparison(part, "macro_ap", ("2024-01-01",), 100, figures, tags)}


def ruled(case: Case) -> Mapping[str, Ruling]:
    return {one.part: one for one in rule(case)}


def codes(case: Case) -> dict[str, str]:
    return {part: one.code for part, one in ruled(case).items()}


def test_challenger_that_is_better_for_certain_takes_over_and_segments_go_along(case: Case) -> None:
    found = ruled(replace(case, comparisons=compared("interest", BETTER)))
    assert [part for part, one in found.items() if one.takes_over] == ["interest", "segments"]
    assert found["interest"].code == "better"
    assert "+0.0300 (+0.0100 +0.0500)" in str(found["interest"].because)


@pytest.mark.parametrize("figures", [ALIKE, UNSURE, WORSE])
def test_challenger_that_is_not_better_for_certain_leaves_everything_as_it_is(
    case: Case, figures: Figures
) -> None:
    assert codes(replace(case, comparisons=compared("interest", figures))) == {
        "interest": "not_better",
        "churn": "no_later_data",
        "segments": "stays_along",
    }


@pytest.mark.parametrize(
    ("figures", "code"),
    [(ALIKE, "not_worse"), (BETTER, "better"), (UNSURE, "not_better"), (WORSE, "not_better")],
)
def test_champion_out_of_date_is_replaced_by_what_is_not_worse_by_more_than_the_margin(
    case: Case, figures: Figures, code: str
) -> None:
    late = replace(case, is_out_of_date=True, comparisons=compared("interest", figures))
    assert codes(late)["interest"] == code


def test_margin_is_the_settings(case: Case) -> None:
    strict = case.settings.model_copy(update={"promote_margin": 0.001})
    late = replace(case, settings=strict, is_out_of_date=True, comparisons=compared("interest", ALIKE))
    assert codes(late)["interest"] == "not_better"


def test_nothing_takes_over_before_an_outcome_after_its_training_is_known(case: Case) -> None:
    found = ruled(replace(case, is_out_of_date=True))
    assert found["interest"].code == "no_later_data"
    assert str(found["interest"].because) == "Coffee"
    assert not any(one.takes_over for one in found.values())


def test_a_tag_that_is_worse_for_certain_by_more_than_the_limit_vetoes_what_is_better_on_the_whole(
    case: Case,
) -> None:
    tag = TagFigures("tea", LEAST_POSITIVES, Figures(0.6, 0.5, -0.1, -0.2, -0.01))
    found = ruled(replace(case, comparisons=compared("interest", BETTER, tag)))
    assert found["interest"].code == "tag_worse"
    assert "tea" in str(found["interest"].because)


@pytest.mark.parametrize(
    "tag",
    [
        TagFigures("tea", LEAST_POSITIVES - 1, Figures(0.6, 0.5, -0.1, -0.2, -0.01)),
        TagFigures("tea", LEAST_POSITIVES, Figures(0.6, 0.5, -0.1, -0.2, 0.01)),
        TagFigures("tea", LEAST_POSITIVES, Figures(0.6, 0.58, -0.02, -0.03, -0.01)),
    ],
    ids=["too few outcomes", "may be chance", "within the limit"],
)
def test_a_tag_that_is_not_worse_beyond_doubt_and_limit_vetoes_nothing(case: Case, tag: TagFigures) -> None:
    assert codes(replace(case, comparisons=compared("interest", BETTER, tag)))["interest"] == "better"


def test_a_tag_that_the_challenger_does_not_know_keeps_the_champion(case: Case) -> None:
    fewer = {**case.challengers, "interest": ["coffee"]}
    found = ruled(replace(case, challengers=fewer, comparisons=compared("interest", BETTER)))
    assert (found["interest"].code, "tea" in str(found["interest"].because)) == ("tag_lost", True)


def test_a_promise_that_only_the_champion_can_go_on_giving_keeps_it(case: Case) -> None:
    lost = Promise("tea", holds=True, champion=CERTIFIED, challenger=NOT_CERTIFIED)
    found = replace(case, comparisons=compared("interest", BETTER), promises=(lost,))
    assert codes(found)["interest"] == "promise_lost"
    small = replace(lost, champion=replace(CERTIFIED, coverage=0.05))
    assert codes(replace(found, promises=(small,)))["interest"] == "better"


def test_a_promise_that_the_champion_could_not_give_again_is_no_loss(case: Case) -> None:
    gone = Promise("tea", holds=True, champion=NOT_CERTIFIED, challenger=NOT_CERTIFIED)
    found = replace(case, comparisons=compared("interest", BETTER), promises=(gone,))
    assert codes(found)["interest"] == "better"


@pytest.mark.parametrize(("figures", "code"), [(ALIKE, "knows_more"), (UNSURE, "not_better")])
def test_a_challenger_that_knows_another_tag_takes_over_if_it_is_not_worse(
    case: Case, figures: Figures, code: str
) -> None:
    more = {**case.challengers, "interest": ["coffee", "tea", "wine"]}
    found = ruled(replace(case, challengers=more, comparisons=compared("interest", figures)))
    assert found["interest"].code == code


def test_a_gate_refuses_its_own_model_and_lets_the_other_pass(case: Case) -> None:
    gate = Gate(Text("{model}: calibration", {"model": "churn"}), passed=False, finding=Text("Coffee"))
    both = {**compared("interest", BETTER), **compared("churn", BETTER)}
    assert codes(replace(case, gates=(gate,), comparisons=both)) == {
        "interest": "better",
        "churn": "refused",
        "segments": "goes_along",
    }


def test_a_gate_about_all_refuses_all(case: Case) -> None:
    gate = Gate(Text("online equals offline"), passed=False, finding=Text("Coffee"))
    both = {**compared("interest", BETTER), **compared("churn", BETTER)}
    found = codes(replace(case, gates=(gate,), comparisons=both))
    assert found == dict.fromkeys(("interest", "churn", "segments"), "refused")


def test_a_part_that_did_not_serve_is_new_and_leaves_the_others_alone(case: Case) -> None:
    more = {**case.challengers, "reviewed": ["gourmet"]}
    found = ruled(replace(case, challengers=more))
    assert [part for part, one in found.items() if one.takes_over] == ["reviewed"]


def test_everything_is_new_where_nothing_served(case: Case) -> None:
    assert codes(replace(case, champions={})) == {"interest": "new", "churn": "new", "segments": "new"}


def test_a_model_that_could_not_be_trained_leaves_its_champion_with_the_reason(case: Case) -> None:
    fewer = {part: tags for part, tags in case.challengers.items() if part != "churn"}
    found = ruled(replace(case, challengers=fewer, not_trained={"churn": Text("Coffee")}))
    assert (found["churn"].code, str(found["churn"].because)) == ("not_trained", "Coffee")


def test_what_reads_features_of_another_time_holds_up_the_rest(case: Case) -> None:
    """A release computes each feature in one way."""
    case = replace(case, unlike=("churn",), comparisons=compared("interest", BETTER))
    assert codes(case) == dict.fromkeys(("interest", "churn", "segments"), "unlike_features")
