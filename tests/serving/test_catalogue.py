"""What there is to ask for, as plain values that fit the API's answer."""

from datetime import UTC, datetime

from core.settings import Settings
from serving.api.schemas.catalogue import TagsAnswer
from serving.catalogue import tags
from tags.taxonomy import parse_taxonomy

NOW = datetime(2024, 3, 1, tzinfo=UTC)
WORDS = {"en": "Drama", "zh": "剧情"}


def test_every_kind_of_outcome_says_what_it_counts() -> None:
    outcomes = {
        "buys": {"type": "purchase", "categories": ["Drama"]},
        "loves": {"type": "event", "events": ["rating"], "at_least": 4, "categories": ["Drama"], "level": 0},
        "writes": {"type": "event", "events": ["contact"]},
        "fits": {"type": "reviewed", "defined_by": ["city"]},
    }
    given = [
        {"key": key, "name": WORDS, "definition": WORDS, "outcome": one} for key, one in outcomes.items()
    ]
    answer = TagsAnswer.model_validate(tags(parse_taxonomy({"tags": given}), None, Settings(), NOW))
    assert {tag.key: tag.outcome and tag.outcome.model_dump() for tag in answer.tags} == {
        "buys": _outcome("purchase", categories=["Drama"]),
        "loves": _outcome("event", events=["rating"], at_least=4.0, categories=["Drama"]),
        "writes": _outcome("event", events=["contact"]),
        "fits": _outcome("reviewed", defined_by=["city"]),
    }


def _outcome(type_: str, **values: object) -> dict[str, object]:
    return {"type": type_, "categories": [], "events": [], "at_least": None, "defined_by": [], **values}
