"""What there is to ask for, as plain values that fit the API's answer."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.settings import Settings
from core.storage import open_store
from models.release_manifest import Names, RefusalEntry
from serving.api.schemas.catalogue import TagsAnswer
from serving.catalogue import tags
from serving.snapshot import load_snapshot, load_tags
from tags.taxonomy import parse_taxonomy

NOW = datetime(2024, 3, 1, tzinfo=UTC)
WORDS = {"en": "Drama", "zh": "剧情"}
SAID = Names(en="Too little is known", zh="已知的太少")


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


def test_a_tag_that_training_refused_says_why(trained_home: Any, tmp_path: Path) -> None:
    home = trained_home.copy_to(tmp_path / "shop")
    with closing(open_store(home.settings)) as store:
        taxonomy = load_tags(home.settings, store)
        snapshot = load_snapshot(home.settings, store, taxonomy)

    def codes(*refusals: RefusalEntry) -> dict[str, str]:
        facts = snapshot.release.facts.model_copy(update={"refusals": refusals})
        told = replace(snapshot, release=replace(snapshot.release, facts=facts))
        answer = TagsAnswer.model_validate(tags(taxonomy, told, home.settings, NOW))
        return {tag.key: tag.not_predicted_because.code for tag in answer.tags if tag.not_predicted_because}

    alone = RefusalEntry(part="reviewed", tag="gourmet", code="too_few_decisions", said=SAID)
    assert codes() == {"gourmet": "not_predicted"}
    assert codes(alone) == {"gourmet": "too_few_decisions"}
    whole = RefusalEntry(part="reviewed", code="no_audit", said=SAID)
    assert codes(whole) == {"gourmet": "no_audit"}
    assert codes(whole, alone) == {"gourmet": "too_few_decisions"}
    assert codes(RefusalEntry(part="churn", code="one_day", said=SAID)) == {"gourmet": "not_predicted"}


def _outcome(type_: str, **values: object) -> dict[str, object]:
    return {"type": type_, "categories": [], "events": [], "at_least": None, "defined_by": [], **values}
