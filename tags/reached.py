"""How many of the active customers each tag of a taxonomy reaches in the typical window."""

from datetime import datetime

from features.contract import Role
from features.outcomes import Target
from features.source import FeatureSource
from tags.reach import TELLING, Census, reach_of, take_census
from tags.taxonomy import Taxonomy


def reach_by_tag(
    source: FeatureSource, taxonomy: Taxonomy, *, until: datetime, horizon_days: int
) -> dict[str, float]:
    """The share of active customers for whom each tag with categories came true, by key; from 0 to 1.

    `source` has the taxonomy's groups before any others. Tags that count nothing the shop has are at 0; tags
    without categories, and those that only reviewers judge, are left out.
    """
    census = take_census(source, source.catalogue, until)
    places = {group.name: place for place, group in enumerate(source.catalogue.groups)}
    found: dict[str, float] = {}
    counted: dict[tuple[tuple[str, ...], float | None], dict[str, float]] = {}
    for target in taxonomy.targets:
        if not target.in_group:
            continue
        way = target.events, target.at_least
        if way not in counted:
            counted[way] = _shares(source, target, census, places, until, horizon_days)
        found[target.name] = counted[way].get(target.name, 0.0)
    return found


def _shares(
    source: FeatureSource,
    target: Target,
    census: dict[Role, Census],
    places: dict[str, int],
    until: datetime,
    horizon_days: int,
) -> dict[str, float]:
    roles = [role for role in target.roles(source.spec.roles) if role in census and role in TELLING]
    if not roles:
        return {}
    reach = reach_of(
        source, source.catalogue, target, census[roles[0]], until=until, horizon_days=horizon_days
    )
    return {
        name: float(reach.customers[place] / reach.active) if reach.active else 0.0
        for name, place in places.items()
    }
