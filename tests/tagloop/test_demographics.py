"""The demo's demographics as reviewers' knowledge: every level has a meaning, and only what is known is told."""

from pathlib import Path

import yaml
from sqlalchemy import insert

from core.settings import Settings
from core.storage import open_store
from features.tables import Attribute
from tagloop.commands.demo import MAPPING
from tagloop.demographics import TOLD_BY, known_to_people
from tags.taxonomy import ReviewedOutcome, load_taxonomy

LEVELS = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))["customers"]["demographics"]["attributes"]


def test_each_reviewed_tag_of_the_demo_is_told_by_an_attribute_that_defines_it() -> None:
    reviewed = {one.key: one.outcome for one in load_taxonomy().reviewed_tags}
    assert set(TOLD_BY) == set(reviewed)
    for key, (told_by, means) in TOLD_BY.items():
        outcome = reviewed[key]
        assert isinstance(outcome, ReviewedOutcome)
        assert told_by in outcome.defined_by
        assert set(means) == set(LEVELS[told_by]["levels"])


def test_customers_are_told_whose_attribute_is_known(tmp_path: Path) -> None:
    store = open_store(Settings(home=tmp_path))
    facts = [("1", "age", "65+"), ("2", "age", "19-24"), ("2", "home_ownership", "Renter"), ("3", "age", "?")]
    with store.write() as connection:
        connection.execute(
            insert(Attribute),
            [
                {"fact_id": f"f{place}", "customer_id": name, "key": key, "value": value, "observed_at": None}
                for place, (name, key, value) in enumerate(facts)
            ],
        )
    assert known_to_people(store) == {
        "family_with_kids": {},
        "older_household": {"1": True, "2": False},
        "homeowner": {"2": False},
    }
    store.close()
