"""Reasons: a part that a training refused is explained in the training's own words."""

from models.release_manifest import Names, RefusalEntry, ReleaseFacts
from serving.phrases import NO_MODEL, no_churn_model

SAID = Names(en="3% of customers came back, 25% are needed", zh="只有 3% 的客户回来过，需要 25%")


def facts(*refusals: RefusalEntry) -> ReleaseFacts:
    return ReleaseFacts(
        origins={},
        feature_columns=(),
        feature_schema_version="1",
        feature_spec={},
        taxonomy_version="1",
        refusals=refusals,
    )


def test_refused_churn_is_explained_by_what_the_training_found() -> None:
    refused = facts(RefusalEntry(part="churn", code="no_repeat_visits", said=SAID))
    assert no_churn_model(refused).as_json() == {"code": "no_repeat_visits", "en": SAID.en, "zh": SAID.zh}


def test_churn_that_was_never_trained_has_no_model() -> None:
    other = facts(RefusalEntry(part="segments", code="too_few_customers", said=SAID))
    assert no_churn_model(other) == no_churn_model(facts()) == NO_MODEL


def test_refused_tag_is_not_taken_for_its_whole_part() -> None:
    tag = RefusalEntry(part="interest", tag="tea", code="too_few_positives", said=SAID)
    assert facts(tag).refusal("interest") is None
    assert facts(tag).refusal("interest", "tea") == tag


def test_refusals_of_a_release_are_listed_beside_its_models() -> None:
    refused = RefusalEntry(part="churn", code="no_repeat_visits", said=SAID)
    read = ReleaseFacts.model_validate_json(facts(refused).model_dump_json())
    assert read.refusals == (refused,)
