"""The small shop with rules of every sort, as the report looks at it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from core.settings import Settings
from core.storage import open_store
from features.source import FeatureSource, data_begins_at, open_source
from tags.report.windows import Window, windows_until
from tags.rules.shop import rules_spec
from tags.taxonomy import Taxonomy, parse_taxonomy
from tests.conftest import Shop

RULES = {
    "big": {"when": "spend_84d > 150"},
    "top": {"when": "spend_84d >= quantile(spend_84d, 0.8)"},
    "where": {"when": "attribute.city is not null", "value": "attribute.city"},
    "faithful": {"when": "tag.top and days_since_last_purchase < 5"},
    "gone": {"when": "churn > 0.5"},
}
VALUES = {"where": ["杭州", "苏州", "北京"]}


@dataclass(frozen=True)
class Looked:
    """What a report is made from."""

    settings: Settings
    taxonomy: Taxonomy
    source: FeatureSource
    windows: Sequence[Window]


@pytest.fixture(scope="session")
def look(loaded_shop: Shop) -> Callable[[Taxonomy], Looked]:
    """Looks at the small shop with some tags."""

    def looked(taxonomy: Taxonomy) -> Looked:
        settings = Settings(home=loaded_shop.home)
        store, now = open_store(settings), settings.make_clock().now()
        with store.read() as connection:
            spec = rules_spec(connection, settings, taxonomy)
        source = open_source(settings, store, taxonomy.groups, targets=taxonomy.targets, spec=spec)
        store.close()
        begins = data_begins_at(source, now)
        return Looked(settings, taxonomy, source, windows_until(now, settings.zone, 30, begins=begins))

    return looked


@pytest.fixture(scope="session")
def shop(look: Callable[[Taxonomy], Looked]) -> Looked:
    words = {"en": "x", "zh": "某"}
    tags = [
        {"key": key, "name": words, "definition": words, "kind": "value", "method": "rule", "rule": rule}
        | ({"values": VALUES[key]} if key in VALUES else {})
        for key, rule in RULES.items()
    ]
    return look(parse_taxonomy({"tags": tags}))
