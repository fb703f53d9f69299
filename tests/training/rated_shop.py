"""A made-up site that people rate films on and buy nothing at: 220 customers, 14 months. No real data.

Each customer likes some of four genres, rates those more often and better, and is a kind or a harsh judge.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from core.ids import bucket_of, stable_key
from core.storage import Store
from features.catalogue import Catalogue, CatalogueItem
from features.contract import STANDARD_TYPES, Event, Role
from features.lake import BULK_APP, Lake
from features.lake_rows import keyed
from features.records import to_table
from features.source import FeatureSource
from features.spec import ATTENTION_ROLES, FeatureSpec
from features.stored_histories import rebuild
from tags.taxonomy import Taxonomy, parse_taxonomy

CUSTOMERS = 220
FIRST_DAY = datetime(2023, 1, 2, tzinfo=UTC)
UNTIL = datetime(2024, 3, 1, tzinfo=UTC)
GENRES = ("Action", "Comedy", "Drama", "剧情")
FILMS = {f"film {number}": GENRES[number % len(GENRES)] for number in range(80)}


def taxonomy() -> Taxonomy:
    """A tag for each genre that is loved, and one for whoever rates at all."""
    loves = [
        {
            "key": f"loves_{place}",
            "name": {"en": genre, "zh": genre},
            "definition": {
                "en": f"Rates {genre} 4 or more within 30 days",
                "zh": f"30 天内给{genre}评分不低于 4",
            },
            "outcome": {
                "type": "event",
                "events": ["rating"],
                "at_least": 4,
                "categories": [genre],
                "level": 0,
            },
        }
        for place, genre in enumerate(GENRES)
    ]
    rates = {
        "key": "rates",
        "name": {"en": "Rates", "zh": "评分"},
        "definition": {"en": "Rates anything within 30 days", "zh": "30 天内有评分"},
        "outcome": {"type": "event", "events": ["rating"]},
    }
    return parse_taxonomy({"tags": [*loves, rates]})


def open_rated_shop(lake: Lake, store: Store, role: Role) -> FeatureSource:
    """The site's source, its ratings counted in that role; lake and histories hold its events."""
    lake.create()
    events = [event for number in range(CUSTOMERS) for event in _ratings(number)]
    parts = [
        (b, keyed(to_table([e for e in events if bucket_of(e.customer_id, lake.buckets) == b]), lake.buckets))
        for b in range(lake.buckets)
    ]
    lake.append(parts, app=BULK_APP, batch=1, note={})
    rebuild(store, lake, range(lake.buckets))
    tags = taxonomy()
    spec = FeatureSpec(
        timezone="Asia/Shanghai",
        groups=tags.groups,
        roles={**STANDARD_TYPES, "rating": role},
        attention=tuple(one for one in ATTENTION_ROLES if one is role),
    )
    items = [CatalogueItem(stable_key(name), [(genre,)]) for name, genre in FILMS.items()]
    return FeatureSource(
        lake, lake.version(), spec, Catalogue(items, spec.groups), {}, workers=1, targets=tags.targets
    )


def _ratings(number: int) -> Iterator[Event]:
    dice = random.Random(f"judge {number}")  # noqa: S311 (no secret)
    liked = {genre: dice.random() < 0.35 for genre in GENRES}
    kindness, gap_days = dice.uniform(-0.8, 0.4), dice.uniform(3, 14)
    day, last_day = dice.uniform(0, 40), dice.uniform(200, 430)
    while day < last_day:
        film = dice.choice([film for film, genre in FILMS.items() for _ in range(5 if liked[genre] else 1)])
        stars = (4.3 if liked[FILMS[film]] else 2.9) + kindness + dice.gauss(0, 0.6)
        at = FIRST_DAY + timedelta(days=day)
        if at < UNTIL:
            rating = min(5.0, max(0.5, round(2 * stars) / 2))
            yield Event(f"{number} {day}", f"judge {number}", at, at, "rating", item_id=film, rating=rating)
        day += dice.expovariate(1 / gap_days) + 0.3
